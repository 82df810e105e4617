"""A rate that is cut when the loss stops falling, and may be raised while it keeps falling."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Annotated, NamedTuple

from lrcontrol.checks import Count, Fraction, Natural, Positive, Range, check
from lrcontrol.control.base import Proposal, Reading, Reason

NonNegative = Annotated[float, Range(at_least=0)]


class PlateauState(NamedTuple):
    """The best fast mean so far and the last one; bad and good periods, and rest, counted since."""

    best: float | None = None
    last: float = 0.0
    bad: int = 0
    good: int = 0
    rest: int = 0


@dataclass(frozen=True)
class Plateau:
    """Cut the rate after ``patience`` periods without a better loss (optax ``reduce_on_plateau``).

    A period is *good* when the fast mean of the loss is a new best, ``fast < (1 - rtol) * best -
    atol``; *bad* when it is not, or its loss is not finite; and neither, counting for nothing,
    while the loss is on its way down, ``fast < (1 - rtol) * last - atol`` with ``last`` the period
    before, and has skill. After ``patience`` bad periods without a good one between them:
    ``rate * factor``. After ``patience_up`` good ones in a row: ``rate * factor_up``. The rate
    moved is the one in force.

    PyTorch's ``ReduceLROnPlateau`` compares with the best ever, so the fall that follows a spike
    counts as a plateau (pytorch#30873). Here it counts for nothing; and a drift alarm
    (``reading.drift``) forgets the best, which belonged to another world. (Not ``fast < slow`` for
    "on its way down": after a spike the slow mean is the last to come up and the last to come
    down.) A period worse than no skill, ``loss > no_skill * baseline``, does not get that benefit
    of the doubt: a model on its way back from nonsense is bad until it beats its best.

    Fails on a stream without an end, where a loss that has come down for good never improves
    again: the rate is halved for ever and ends at ``limits.low``, unless ``factor_up`` is above 1
    or a drift detector is set. A world that gets harder looks like a plateau too, since a loss
    trend alone cannot tell "rate too high" from "the world moved".

    Parameters
    ----------
    factor
        Factor of a cut (PyTorch and optax cut to 0.1; a stream may need the rate again).
    patience
        Bad periods after which the rate is cut.
    rtol
        Relative improvement that counts (PyTorch: ``threshold``, mode ``rel``).
    atol
        Absolute improvement that counts, in the unit of the loss.
    cooldown
        Periods after a cut in which bad ones do not count.
    factor_up
        Factor of a raise; 1 never raises.
    patience_up
        Good periods in a row after which the rate is raised.
    no_skill
        Multiple of the no-skill loss from which on a falling loss is no excuse.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> plateau = Plateau(patience=3)
    >>> reading = Reading(step=640, rate=0.1, loss=0.5, fast=0.5, slow=0.5)
    >>> proposal, state = plateau.update(reading, PlateauState(best=0.4, bad=2))
    >>> proposal.rate, proposal.reason, state
    (0.05, 'plateau', PlateauState(best=0.4, last=0.5, bad=0, good=0, rest=0))
    """

    factor: Fraction = 0.5
    patience: Count = 10
    rtol: Annotated[float, Range(at_least=0, below=1)] = 1e-4
    atol: NonNegative = 0.0
    cooldown: Natural = 0
    factor_up: Annotated[float, Range(at_least=1, at_most=10)] = 1.0
    patience_up: Count = 10
    no_skill: Positive = 1.0

    def __post_init__(self) -> None:
        check(self)

    def init(self, rate: float) -> tuple[Proposal, PlateauState]:
        """Return the start rate and the state before the first period: no best, nothing counted."""
        return Proposal(rate, "start"), PlateauState()

    def update(self, reading: Reading, state: PlateauState) -> tuple[Proposal, PlateauState]:
        """Return the rate in force, cut or raised when the counts say so."""
        finite = isfinite(reading.loss) and not reading.nonfinite
        if reading.drift:
            fresh = PlateauState(reading.fast, reading.fast) if finite else PlateauState()
            return Proposal(reading.rate, "drift"), fresh
        if finite and (state.best is None or self._beats(reading.fast, state.best)):
            return self._good(reading, state)
        no_skill = finite and reading.loss > self.no_skill * reading.baseline
        seen = state._replace(last=reading.fast) if finite else state
        if finite and not no_skill and self._beats(reading.fast, state.last):
            return Proposal(reading.rate, "improving"), self._rested(seen)
        why: Reason = "no_skill" if no_skill else "plateau" if finite else "nonfinite"
        return self._bad(reading, seen, why)

    def _beats(self, loss: float, other: float) -> bool:
        return loss < (1.0 - self.rtol) * other - self.atol

    def _rested(self, state: PlateauState) -> PlateauState:
        return state._replace(good=0, rest=max(state.rest - 1, 0))

    def _good(self, reading: Reading, state: PlateauState) -> tuple[Proposal, PlateauState]:
        good = state.good + 1
        rise = good >= self.patience_up
        rate = reading.rate * self.factor_up if rise else reading.rate
        rest = max(state.rest - 1, 0)
        counted = PlateauState(reading.fast, reading.fast, good=0 if rise else good, rest=rest)
        return Proposal(rate, "improving"), counted

    def _bad(
        self, reading: Reading, state: PlateauState, why: Reason
    ) -> tuple[Proposal, PlateauState]:
        if state.rest:
            return Proposal(reading.rate, "cooldown"), self._rested(state)._replace(bad=0)
        if state.bad + 1 < self.patience:
            return Proposal(reading.rate, "patience"), state._replace(bad=state.bad + 1, good=0)
        cut = state._replace(bad=0, good=0, rest=self.cooldown)
        return Proposal(reading.rate * self.factor, why), cut
