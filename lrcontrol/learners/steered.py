"""One model, its rate moved from outside: a controller of the loss trend, or a schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from river import metrics as river_metrics

from lrcontrol.compiled import Compiled
from lrcontrol.control import Limits
from lrcontrol.control.base import Controller, Reading
from lrcontrol.gain import Gain, attach
from lrcontrol.learners.base import action
from lrcontrol.mirror import Mirror
from lrcontrol.progressive import Progressive
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.status import Decision, Member


class Steered:
    """A River model whose rate a controller moves once a period, held by limits.

    ``compiled`` runs a linear model in a kernel; do not move its gain from outside then.

    Raises ``NotSteerable`` when no optimizer of the model has a rate that can be set, ``Invalid``
    when the initial rate is outside the limits.
    """

    def __init__(
        self,
        model: Any,
        controller: Controller[Any],
        task: Task,
        metrics: Sequence[river_metrics.base.Metric],
        initial_rate: float,
        limits: Limits,
        compiled: bool = False,
    ) -> None:
        self.task = task
        self._controller = controller
        self.limits = limits
        proposal, self._state = controller.init(limits.contain(initial_rate))
        first = limits.apply(proposal.rate, held=initial_rate).rate
        self._attachment = attach(model, first)
        self._gain = self._attachment.gain
        mirror = Mirror.of(model, "plain", first) if compiled else None
        self._mirror = mirror
        self._progressive: Progressive | Compiled = (
            Compiled(mirror, task, metrics) if mirror else Progressive(model, task, metrics)
        )

    @property
    def model(self) -> Any:
        """The River model, wired to the gain."""
        return self._progressive.model

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel."""
        return self._mirror is not None

    @property
    def rate(self) -> float:
        """The rate in force."""
        return self._gain.rate

    @property
    def state(self) -> Any:
        """The controller's state."""
        return self._state

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The one gain."""
        return (self._gain,)

    def prepare(self) -> None:
        """Compile the kernel, or load it, where there is one."""
        if self._mirror is not None:
            self._mirror.prepare()

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a bare label without them."""
        return self._progressive.predict_one(x)

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. ``params`` go to River's learn_one."""
        return self._progressive.learn_one(x, y, **params)

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        return self._progressive.learn_all(xs, targets)

    def decide(self, reading: Reading) -> Decision:
        """Let the controller decide, hold it by the limits, and move the gain."""
        proposal, self._state = self._controller.update(reading, self._state)
        before, asked = reading.rate, proposal.rate
        applied, limit = self.limits.apply(asked, before)
        if applied != before:
            self.hold(applied)
        moved = action(before, applied)
        return Decision(
            reading.step, moved, proposal.reason, limit, before, asked, applied, proposal.terms
        )

    def hold(self, rate: float) -> None:
        """Set the rate from outside; the controller goes on from it."""
        self._gain.rate = rate
        if self._mirror is not None:
            self._mirror.rate = rate

    def read_back(self) -> Mapping[str, float]:
        """Return the rate in force by group, as the optimizers report it."""
        return self._attachment.read_back()

    def members(self) -> tuple[Member, ...]:
        """Return none: there is one model."""
        return ()

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._progressive.readings()
