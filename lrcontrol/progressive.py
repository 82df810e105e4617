"""Progressive validation: predict, score, learn, each record in turn and never otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from river.metrics.base import Metric

from lrcontrol.observed import Observed
from lrcontrol.onepass import OnePass
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.straight import Straight

Predict = Callable[[dict[Any, Any]], Any]
Learn = Callable[[dict[Any, Any], Any], None]

#: What a copy is made of.
KEPT = ("model", "task", "_observed", "_proba")


class Progressive:
    """A River model, the task it is for, and the River metrics people asked for.

    ``learn_all`` takes the one-pass path (``onepass``) or the straight one (``straight``) where the
    model allows it; River's objects end up bit for bit as if driven by themselves.
    """

    def __init__(self, model: Any, task: Task, metrics: Sequence[Metric] = ()) -> None:
        self.model = model
        self.task = task
        self._observed = Observed(metrics)
        # Whether predictions are probabilities; None until the first prediction has shown it.
        self._proba: bool | None = False if task.kind == "regression" else None
        self._path: OnePass | Straight | None = None  # found when the first block comes

    def __getstate__(self) -> dict[str, Any]:
        # The path holds nothing but ways into the model, found again when the next block comes.
        return {name: getattr(self, name) for name in KEPT}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name in KEPT:
            setattr(self, name, state[name])
        self._path = None

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a bare label without them."""
        return self._predictor(x)(x)

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. ``params`` go to River's learn_one."""
        prediction = self.predict_one(x)
        loss = self._observe(y, prediction)
        self.model.learn_one(x, y, **params)
        return loss

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        if not xs:
            return []
        predict, learn = self._predictor(xs[0]), self.model.learn_one
        if self._path is None:
            self._path = OnePass.of(self.model) or Straight.of(self.model, bool(self._proba))
        if self._path is not None:
            predict, learn = self._path.predict, self._path.learn
        if self.task.loss == "squared" and not self._observed.metrics:
            return _squared(predict, learn, xs, targets)
        score = self._observe if self._observed.metrics else self.task.score
        losses: list[float] = []
        scored = losses.append
        for x, y in zip(xs, targets, strict=True):
            scored(score(y, predict(x)))
            learn(x, y)
        return losses

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._observed.readings()

    def _observe(self, y: Any, prediction: Any) -> float:
        self._observed.update(y, prediction)
        return self.task.score(y, prediction)

    def _predictor(self, x: dict[Any, Any]) -> Predict:
        if self._proba is None:
            self._proba = self._gives_probabilities(x)
        predict: Predict = self.model.predict_proba_one if self._proba else self.model.predict_one
        return predict

    def _gives_probabilities(self, x: dict[Any, Any]) -> bool:
        # Asked of the model itself: a wrapper has the method and passes the refusal on, so looking
        # for an overriding method tells nothing.
        try:
            self.model.predict_proba_one(x)
        except NotImplementedError:
            return False
        return True


def _squared(predict: Predict, learn: Learn, xs: Sequence[Any], ys: Sequence[Any]) -> list[float]:
    # The commonest loss without a call for it: a call is 2 % of a small model's time.
    losses: list[float] = []
    scored = losses.append
    for x, y in zip(xs, ys, strict=True):
        error = y - predict(x)
        scored(error * error)
        learn(x, y)
    return losses
