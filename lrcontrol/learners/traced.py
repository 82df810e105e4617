"""One model, its rate moved on each record by the trace law, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from river import compose

from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.limits import LEAST_BOUND
from lrcontrol.control.trace import Trace
from lrcontrol.gain import Gain, NotSteerable, attach
from lrcontrol.learners.base import action
from lrcontrol.learners.clamped import Clamp
from lrcontrol.learners.fallback import Fallback
from lrcontrol.observed import Observed
from lrcontrol.onepass import OnePass
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.slopes import LinearSlope, slope_of
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
        self._attachment = attach(model, limits.contain(initial_rate))
        self._gain = self._attachment.gain
        self._observed = Observed(metrics)
        self._fallback = Fallback(task) if controller.fallback else None
        self._clamp = Clamp() if controller.clamp and task.kind == "regression" else None
        self._slope = slope_of(_final(model), self._gain, controller, *_open(limits))
        path = self._path() if self._slope is not None else None
        if self._slope is None or path is None:
            raise NotSteerable(_refusal(model))
        self._course = self._slope.course
        self._predict, self._learn = path.predict, path.learn
        self._before = initial_rate  # in force at the last decision

    def _path(self) -> Any:
        assert self._slope is not None
        learn, proba = self._slope.learn_one, self.task.kind != "regression"
        if not isinstance(self.model, compose.Pipeline):
            return _Bare(self.model, proba, learn)
        return OnePass.of(self.model, learn) or Straight.of(self.model, proba, learn)

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel."""
        return False

    @property
    def rate(self) -> float:
        """The rate applied to the newest record."""
        return self._gain.rate

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The one gain."""
        return (self._gain,)

    def prepare(self) -> None:
        """Do nothing: there is no kernel."""

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression, within the labels seen) or class probabilities."""
        if self.task.kind != "regression":
            return self._served(self.model.predict_proba_one(x))
        return self._served(self.model.predict_one(x))

    def _served(self, prediction: Any) -> Any:
        prediction = self._cut(prediction)
        return prediction if self._fallback is None else self._fallback.serve(prediction)

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss.

        ``w``, its weight, is for linear and logistic regression. Raises TypeError for others.
        """
        weight = params.pop("w", 1.0)
        if params or (weight != 1.0 and not isinstance(self._slope, LinearSlope)):
            unknown = ", ".join(params) or "w"
            raise TypeError(f"{type(_final(self.model)).__name__}.learn_one takes no {unknown}")
        if isinstance(self._slope, LinearSlope):
            self._slope.weight = weight
        loss = self.learn_all([x], [y])[0]
        if isinstance(self._slope, LinearSlope):
            self._slope.weight = 1.0
        return loss

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        clamp, fallback = self._clamp, self._fallback
        if self._observed.metrics:
            return [self._shown(x, y) for x, y in zip(xs, targets, strict=True)]
        if clamp is not None and self.task.loss == "squared":
            losses = self._squared(xs, targets, clamp)
        else:
            losses = [self._own(x, y) for x, y in zip(xs, targets, strict=True)]
        return fallback.over(losses, targets) if fallback is not None else losses

    def _squared(self, xs: Sequence[Features], targets: Sequence[Any], clamp: Clamp) -> list[float]:
        # The commonest case without three calls: they are 6 % of a small model's time.
        predict, learn = self._predict, self._learn
        losses: list[float] = []
        for x, y in zip(xs, targets, strict=True):
            own = prediction = predict(x)
            if not clamp.low <= own <= clamp.high:
                prediction = clamp.cut(own)
                clamp.learn(y, own)
            elif not clamp.low <= y <= clamp.high:
                clamp.learn(y, own)
            error = y - prediction
            losses.append(error * error)
            learn(x, y)
        return losses

    def _own(self, x: Features, y: Any) -> float:
        """Learn one record; return the model's own loss, clamped."""
        own = self._predict(x)
        loss = self.task.score(y, self._cut(own))
        if self._clamp is not None:
            self._clamp.learn(y, own)
        self._learn(x, y)
        return loss

    def _shown(self, x: Features, y: Any) -> float:
        """Learn one record and show the metrics what was served for it; return its loss."""
        own = self._predict(x)
        prediction = served = self._cut(own)
        if self._fallback is not None:
            served = self._fallback.serve(prediction)
            self._fallback.learn(y, prediction)
        if self._clamp is not None:
            self._clamp.learn(y, own)
        self._observed.update(y, served)
        self._learn(x, y)
        return self.task.score(y, served)

    def _cut(self, prediction: Any) -> Any:
        return prediction if self._clamp is None else self._clamp.cut(prediction)

    def decide(self, reading: Reading) -> Decision:
        """Say where the law stands: asked is the gain, applied the rate of the last record."""
        course = self._course
        terms = {
            "pull": course.pull,
            "ceiling": log(course.free / course.gain),
            "clamped": float(self._clamp.count) if self._clamp else 0.0,
            "fallback": float(self._fallback.count) if self._fallback else 0.0,
        }
        before, self._before = self._before, course.applied
        return Decision(
            reading.step, action(before, course.applied), "hypergradient", course.held,
            before, course.gain, course.applied, terms,
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


def _open(limits: Limits) -> tuple[float, float]:
    """Return the ends of the range; the least that can be given stands for none at all.

    On raw features of 1e6 the rate has to go below 1e-12.
    """
    return (0.0 if limits.low <= LEAST_BOUND else limits.low), limits.high


def _final(model: Any) -> Any:
    return model._last_step if isinstance(model, compose.Pipeline) and model.steps else model


def _refusal(model: Any) -> str:
    return (
        f"{type(_final(model)).__name__} cannot be traced: the law is for LinearRegression, "
        "LogisticRegression and SoftmaxRegression with optim.SGD, plain losses and no l1, alone or "
        "after unsupervised transformers; use bank for other optimizers, race for other models"
    )
