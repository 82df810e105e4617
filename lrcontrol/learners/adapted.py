"""A River model that an adapter knows: its one rate moves on every record, without any shadow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from river.metrics.base import Metric
from river.utils.math import sigmoid

from lrcontrol.adapters.fm import FactorizationMachine
from lrcontrol.adapters.steering import Steering
from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.limits import limits_for
from lrcontrol.control.trace import Trace
from lrcontrol.gain import Gain
from lrcontrol.learners.base import action
from lrcontrol.observed import Observed
from lrcontrol.record import Features
from lrcontrol.restore import Restore, Span
from lrcontrol.scoring import Task
from lrcontrol.status import Decision, Member


class Adapted:
    """A factorization machine of River's whose rate the trace law moves, restored when it blows up.

    Whatever ``initial_rate`` is, the gain starts at the floor of its band. Regression predictions
    are cut to the labels seen when the controller's ``clamp`` is set; whether the model has blown
    up is told from what it predicts before that.

    Raises ``NotAdapted`` for models the adapter does not know, ``Invalid`` when the initial rate is
    outside the limits.

    Examples
    --------
    >>> from river import datasets, facto, preprocessing
    >>> from lrcontrol.control import Trace
    >>> from lrcontrol.scoring import task_of
    >>> model = preprocessing.StandardScaler() | facto.FMClassifier(seed=1)
    >>> adapted = Adapted(model, Trace(), task_of(model))
    >>> losses = adapted.learn_all(*zip(*datasets.Phishing()))
    >>> sum(losses) / len(losses)
    0.265556
    """

    def __init__(
        self,
        model: Any,
        controller: Trace,
        task: Task,
        metrics: Sequence[Metric] = (),
        initial_rate: float = 0.01,
        limits: Limits | None = None,
        restore: Restore | None = None,
    ) -> None:
        limits = limits or limits_for(controller)
        self.task = task
        self._span = Span() if task.kind == "regression" else None
        self._clamp = controller.clamp
        self._machine = FactorizationMachine(model, limits.contain(initial_rate))
        self._steering = Steering(self._machine, self._span, restore, limits.low, limits.high)
        self._observed = Observed(metrics)
        self._decided = (initial_rate, 0)  # rate and restores at the last decision

    @property
    def model(self) -> Any:
        """The River model, its parameters set back in place when it is restored."""
        return self._machine.model

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel."""
        return False

    @property
    def rate(self) -> float:
        """The rate that the last record was learned at."""
        return self._machine.gain.rate

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The one gain."""
        return (self._machine.gain,)

    def prepare(self) -> None:
        """Do nothing: there is no kernel."""

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression) or class probabilities."""
        return self._served(self._machine.raw(x))

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. ``w``, its weight, scales the step.

        Raises TypeError for any other of ``params``.
        """
        w = params.pop("w", 1.0)
        if params:
            raise TypeError(f"a factorization machine's learn_one takes no {', '.join(params)}")
        prediction = self._served(self._steering.learn(x, y, w))
        if self._span is not None:
            self._span.add(y)
        if self._observed.metrics:
            self._observed.update(y, prediction)
        return self.task.score(y, prediction)

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        return [self.learn_one(x, y) for x, y in zip(xs, targets, strict=True)]

    def decide(self, reading: Reading) -> Decision:
        """Close a period: say how the rate has moved, and what the law saw in the last record."""
        state, keeper = self._steering.state, self._steering.keeper
        before, restored = self._decided
        self._decided = (state.applied, keeper.restored)
        reason = "restored" if keeper.restored > restored else "hypergradient"
        terms = {
            "pull": state.pull,
            "ceiling": log(state.applied / state.gain) if state.applied > 0.0 else 0.0,
            "clamped": float(self._span.count) if self._span else 0.0,
            "restores": float(keeper.restored),
            "skipped": float(self._steering.skipped),
        }
        return Decision(
            reading.step, action(before, state.applied), reason, state.held,
            before, state.gain, state.applied, terms,
        )  # fmt: skip

    def read_back(self) -> Mapping[str, float]:
        """Return the rate in force by group (weights, intercept), as the optimizers report it."""
        return self._machine.attachment.read_back()

    def members(self) -> tuple[Member, ...]:
        """Return none: there is one model."""
        return ()

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._observed.readings()

    def _served(self, raw: float) -> Any:
        if self._span is None:
            p = sigmoid(raw)
            return {False: 1.0 - p, True: p}
        return self._span.clamp(raw) if self._clamp else raw
