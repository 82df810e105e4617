"""One model, its rate moved on each record by the trace law, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from river import compose

from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.trace import Slope, Trace
from lrcontrol.gain import Gain, NotSteerable, attach
from lrcontrol.learners.base import action
from lrcontrol.learners.clamped import Clamp
from lrcontrol.observed import Observed
from lrcontrol.onepass import OnePass
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.slopes import slope_of
from lrcontrol.status import Decision, Member
from lrcontrol.straight import Straight


class _Bare:
    """A model without steps before it."""

    def __init__(self, model: Any, proba: bool, learn: Any) -> None:
        self.predict = model.predict_proba_one if proba else model.predict_one
        self.learn = learn


class Traced:
    """A linear, logistic or softmax River model with SGD under the trace law.

    Raises ``NotSteerable`` for any other model, saying what to use instead.
    """

    def __init__(
        self,
        model: Any,
        controller: Trace,
        task: Task,
        metrics: Sequence[Any],
        initial_rate: float,
        limits: Limits,
    ) -> None:
        self.model = model
        self.task = task
        self._law, self._limits = controller, limits
        self._state = controller.begin(limits.contain(initial_rate))
        self._attachment = attach(model, initial_rate)
        self._gain = self._attachment.gain
        self._observed = Observed(metrics)
        self._clamp = Clamp() if controller.clamp and task.kind == "regression" else None
        self._slope = slope_of(_final(model), self._gain, self._rule)
        if self._slope is None:
            raise NotSteerable(_refusal(model))
        path = self._path()
        if path is None:
            raise NotSteerable(_refusal(model))
        self._predict, self._learn = path.predict, path.learn
        self._before = initial_rate  # in force at the last decision

    def _path(self) -> Any:
        assert self._slope is not None
        learn, proba = self._slope.learn_one, self.task.kind != "regression"
        if not isinstance(self.model, compose.Pipeline):
            return _Bare(self.model, proba, learn)
        return OnePass.of(self.model, learn) or Straight.of(self.model, proba, learn)

    def _rule(self, slope: Slope, bound: float) -> float:
        limits = self._limits
        self._state = state = self._law.move(slope, self._state, limits.low, limits.high, bound)
        return state.applied

    @property
    def rate(self) -> float:
        """The rate applied to the newest record."""
        return self._gain.rate

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The one gain."""
        return (self._gain,)

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression, within the labels seen) or class probabilities."""
        if self.task.kind != "regression":
            return self.model.predict_proba_one(x)
        prediction = self.model.predict_one(x)
        return self._clamp.cut(prediction) if self._clamp else prediction

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. Raises TypeError for ``params``."""
        if params:
            raise TypeError(f"the trace law takes no {', '.join(params)}: use another controller")
        return self.learn_all([x], [y])[0]

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        predict, learn, score = self._predict, self._learn, self.task.score
        clamp, observed = self._clamp, self._observed
        losses: list[float] = []
        for x, y in zip(xs, targets, strict=True):
            prediction = predict(x)
            if clamp is not None:
                prediction = clamp.cut(prediction)
                clamp.learn(y)
            losses.append(score(y, prediction))
            if observed.metrics:
                observed.update(y, prediction)
            learn(x, y)
        return losses

    def decide(self, reading: Reading) -> Decision:
        """Say where the law stands: asked is the gain, applied the rate of the last record."""
        state = self._state
        terms = {
            "pull": state.pull,
            "ceiling": log(state.applied / state.gain) if state.applied > 0.0 else 0.0,
            "clamped": float(self._clamp.count) if self._clamp else 0.0,
        }
        before, self._before = self._before, state.applied
        return Decision(
            reading.step, action(before, state.applied), "hypergradient", state.held,
            before, state.gain, state.applied, terms,
        )  # fmt: skip

    def read_back(self) -> Mapping[str, float]:
        """Return the rate in force by group, as the optimizers report it."""
        return self._attachment.read_back()

    def members(self) -> tuple[Member, ...]:
        """Return none: there is one model."""
        return ()

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._observed.readings()


def _final(model: Any) -> Any:
    return model._last_step if isinstance(model, compose.Pipeline) and model.steps else model


def _refusal(model: Any) -> str:
    return (
        f"{type(_final(model)).__name__} cannot be traced: the law is for LinearRegression, "
        "LogisticRegression and SoftmaxRegression with optim.SGD, plain losses and no l1, alone or "
        "after unsupervised transformers; use bank for other optimizers, race for other models"
    )
