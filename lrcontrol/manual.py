"""A rate held by hand: what learns at it, and how the controller goes on, both without a jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from river import metrics as river_metrics

from lrcontrol.control import Limits
from lrcontrol.control.base import Controller, PerRecord
from lrcontrol.control.fixed import Fixed
from lrcontrol.control.limits import LEAST_BOUND, MOST_BOUND
from lrcontrol.learners import Learner, learner_for
from lrcontrol.learners.base import action
from lrcontrol.learners.steered import Steered
from lrcontrol.status import Decision, Override

#: What a rate set by hand is held by when somebody insists: the rates any model learns at.
UNBOUND = Limits(low=LEAST_BOUND, high=MOST_BOUND, slew=None)


class NotHoldable(LookupError):
    """The model has no rate of its own to hold; the message says what can be done instead."""


class Handed(NamedTuple):
    """What learns from here on, and the decision that made it so."""

    learner: Learner
    decision: Decision


class Hand:
    """Takes the rate from a controller, and gives it back.

    ``override`` says by whom and why, None in automatic mode. A learner that is moved from outside
    anyway is set to the rate. One that decides on each record is left: its served River model goes
    on, in the kernel where there was one, and its shadows are given up; given back, the controller
    begins anew on that model, from the rate in force. Rejected: to keep the shadows in step, which
    costs as much as serving them, for as long as somebody forgets to resume.
    """

    def __init__(
        self,
        controller: Controller[Any],
        metrics: Sequence[river_metrics.base.Metric],
        limits: Limits,
        compiled: bool,
    ) -> None:
        self.override: Override | None = None
        self._controller = controller
        self._metrics = metrics
        self.limits = limits
        self._compiled = compiled

    def hold(self, learner: Learner, override: Override, forced: bool) -> Handed:
        """Hold the rate at ``override.rate``, 0 for where it is; learning goes on.

        Limits bind it but for their slew, unless ``forced``. Raises NotHoldable for a mixture,
        which has a rate for each of its members.
        """
        before = learner.rate
        asked = override.rate or before
        wide = UNBOUND if forced or asked == before else replace(self.limits, slew=None)
        applied, limit = wide.apply(asked, asked)
        held = self._holding(learner, applied)
        self.override = override._replace(rate=applied)
        return Handed(held, _decision("manual", before, asked, applied, limit, override.step))

    def _holding(self, learner: Learner, rate: float) -> Steered:
        if isinstance(learner, Steered):
            learner.hold(rate)
            return learner
        if not learner.gains:
            raise NotHoldable("a mixture has many rates and none of its own: roll back instead")
        given = (learner.task, self._metrics, rate, UNBOUND)
        return Steered(learner.model, Fixed(), *given, compiled=learner.at_once)

    def release(self, learner: Learner, step: int) -> Handed:
        """Give the rate back to the controller, from where it is."""
        before = learner.rate
        if self.override is not None and isinstance(self._controller, PerRecord):
            limits = self.limits
            rate = min(max(before, limits.low), limits.high)
            given = (learner.task, self._metrics, rate, limits, self._compiled)
            learner = learner_for(learner.model, self._controller, *given)
        self.override = None
        applied = learner.rate
        return Handed(learner, _decision("released", before, applied, applied, "none", step))


def _decision(
    reason: str, before: float, asked: float, applied: float, limit: str, step: int
) -> Decision:
    return Decision(step, action(before, applied), reason, limit, before, asked, applied)
