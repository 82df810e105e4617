"""A mixture in place of a linear model: what is served has many rates, and none of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from river import compose
from river import metrics as river_metrics

from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.mixture import Mixture
from lrcontrol.gain import Gain, NotSteerable
from lrcontrol.learners.base import action
from lrcontrol.linear import Linear, linear
from lrcontrol.mixture import MixtureClassifier, MixtureRegressor, Part
from lrcontrol.observed import Observed
from lrcontrol.progressive import Progressive
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.status import Decision, Member

REFUSED = (
    "{} cannot be mixed: LinearRegression, LogisticRegression and SoftmaxRegression can, with "
    "their default loss and no l1, alone or after unsupervised transformers; use race"
)


class Mixed:
    """A mixture of linear models, behind the steps of the user's pipeline.

    The user's model tells the task, the scaler and the steps before it; it is not learned itself.
    Raises ``NotSteerable`` for a model that is not linear, ``Invalid`` for an initial rate outside
    the limits.
    """

    def __init__(
        self,
        model: Any,
        controller: Mixture,
        task: Task,
        metrics: Sequence[river_metrics.base.Metric],
        initial_rate: float,
        limits: Limits,
    ) -> None:
        parts = linear(model)
        if parts is None:
            raise NotSteerable(REFUSED.format(type(model).__name__))
        self.task = task
        self._mixture = _mixture(controller, parts, limits.contain(initial_rate))
        before = _before(model, parts)
        self.model: Any = compose.Pipeline(*before, self._mixture) if before else self._mixture
        # Steps before it may learn between prediction and learning: then record by record.
        self._stepwise = Progressive(self.model, task, metrics) if before else None
        self._observed = Observed(metrics)
        self._before = self.rate

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel."""
        return self._stepwise is None

    @property
    def rate(self) -> float:
        """The rate of the member that weighs most."""
        return float(self._mixture.rate)

    @property
    def gains(self) -> tuple[Gain, ...]:
        """None: members hold their rates in the kernel."""
        return ()

    def prepare(self) -> None:
        """Compile the kernel, or load it."""
        self._mixture.prepare()

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression) or class probabilities."""
        model = self.model
        return (
            model.predict_one(x) if self.task.kind == "regression" else model.predict_proba_one(x)
        )

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. ``params`` go to its learn_one."""
        prediction = self.predict_one(x)
        self._observed.update(y, prediction)
        self.model.learn_one(x, y, **params)
        return self.task.score(y, prediction)

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        if self._stepwise is not None:
            return self._stepwise.learn_all(xs, targets)
        losses: list[float] = []
        for part in self._mixture.serve(xs, targets):
            if self._observed.metrics:
                self._show(part, targets[len(losses) :])
            losses += part.losses
        return [loss**0.5 for loss in losses] if self.task.loss == "absolute" else losses

    def _show(self, part: Part, targets: Sequence[Any]) -> None:
        for line, y in zip(part.predictions.tolist(), targets, strict=False):
            regression = isinstance(self._mixture, MixtureRegressor)
            self._observed.update(y, line[0] if regression else self._mixture.shown(line))

    def decide(self, reading: Reading) -> Decision:
        """Say whose rate weighs most; nothing is asked for, members move their own."""
        before, now = self._before, self.rate
        self._before = now
        terms = {"stack": float(self._mixture.stack)}
        moved = action(before, now)
        return Decision(reading.step, moved, "mixture", "none", before, now, now, terms)

    def read_back(self) -> Mapping[str, float]:
        """Return none: a mixture has no rate of its own."""
        return {}

    def members(self) -> tuple[Member, ...]:
        """Return each member's rate, weight and mean loss; the stack comes last."""
        members: tuple[Member, ...] = self._mixture.members()
        return members

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return (self._stepwise or self._observed).readings()


def _mixture(keys: Mixture, parts: Linear, rate: float) -> Any:
    shared: dict[str, Any] = {
        "size": keys.size, "initial_rate": rate, "scale": parts.scaler is not None,
        "delay": keys.delay, "max_features": keys.max_features,
    }  # fmt: skip
    if parts.kind == "regression":
        return MixtureRegressor(clamp=keys.clamp, **shared)
    several = parts.kind == "multiclass"
    return MixtureClassifier(multiclass=several, max_classes=keys.max_classes, **shared)


def _before(model: Any, parts: Linear) -> list[Any]:
    """Return the steps of the user's pipeline that come before what is mixed."""
    steps = list(model.steps.values()) if isinstance(model, compose.Pipeline) else [model]
    return steps[: -1 if parts.scaler is None else -2]
