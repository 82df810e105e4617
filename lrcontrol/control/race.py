"""The law of the race: copies at many rates, halved until one is left, within a budget of updates.

A record costs each copy one update (predict, score, learn), and updates are what the budget counts.
Rejected: measured time. It would make the record at which the next race starts depend on the
machine, and a replay after a restart would then end with another model. Copies are of one class and
size, so the count is the ratio of times as well; the benchmark measures how nearly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Annotated, NamedTuple

from lrcontrol.checks import Count, Positive, Range, check
from lrcontrol.control.base import PerRecord

#: Most that one record may put a copy behind: one outlier decides nothing alone (squared loss).
MOST_BEHIND = 50.0
#: Records the unit of squared losses looks back, and how much of it one record may be.
UNIT_RECORDS, UNIT_CAP = 500, 25.0
#: Records from the start of a race in which less evidence is enough to change the served copy.
EAGER = 200
#: Forks of the served copy learn beside it at its rate times and divided by the factor.
NEIGHBOURS = 2


class RaceState(NamedTuple):
    """Where a race stands; ``behind`` has one entry a copy, in the order of their rates or births.

    ``turn`` is the length of the current round, 0 when no race is on; ``run`` counts records in it,
    ``since`` those since the race began; ``unit`` is what one unit of evidence is worth in loss.
    """

    behind: tuple[float, ...] = (0.0,)
    served: int = 0
    turn: int = 0
    run: int = 0
    since: int = 0
    unit: float = 0.0
    units: int = 0
    credit: float = 0.0


class Verdict(NamedTuple):
    """What follows from a record: which copies go on, and which of those are forked anew."""

    keep: tuple[int, ...]  # indices before the record; the state's are those after it
    fork: tuple[int, ...] = ()  # indices after it: replace by a fork of the served copy


@dataclass(frozen=True)
class Race(PerRecord):
    """Race copies of a model at different rates; serve the leader, end with the winner's rate.

    ``copies`` deep copies learn the same records. After ``first`` records the worse half is
    dropped, after as many more again, then after twice as many (successive halving, Jamieson and
    Talwalkar 2016). Evidence fades: ``F_k <- F_k (1 - 1/horizon) + (l_k - min l)/(2 s)``, at most
    50 a record, ``s`` the running mean of the best loss; log loss has no unit and no cap. The
    leader is served: the served copy gives way when it is ``lead`` behind the best.

    The budget counts updates. A race is paid for afterwards: the next one, asked for by a drift
    alarm, starts when the credit of ``budget - 1`` updates a record has covered the one before. So
    over n records the work is at most ``budget`` times that of one model and one race. From a
    budget of 3 the winner goes on with two forks, at 3 times and a third of its rate.

    Not for linear models where numba is installed: a bank costs less and finds more. Fails where
    the rate that is good early is not the one that is good late, as a race is short; on streams
    shorter than a race the budget is exceeded.

    Parameters
    ----------
    budget
        Work allowed in the long run, in units of the one model's own.
    copies
        Copies at the start, evenly spaced in ln(rate).
    first
        Records before the first halving.
    low
        Lowest rate raced.
    high
        Highest rate raced.
    horizon
        Records over which evidence fades.
    lead
        Evidence by which a copy must lead to be served.
    factor
        Distance of the two forks' rates from the winner's.
    lost
        Evidence a fork is behind when it is forked anew.
    clamp
        Whether a served regression prediction is cut to the range of the labels seen so far.

    Raises ``Invalid`` for a field out of range, ``low`` not below ``high`` or ``lost`` not above
    ``lead``.

    Examples
    --------
    >>> race = Race(copies=4, low=1e-3, high=1.0)
    >>> race.rates()
    (0.001, 0.01, 0.1, 1.0)
    >>> race.price()  # updates: 3 extra copies for 256 records, then 1 for 256
    1024
    """

    budget: Annotated[float, Range(above=1, at_most=100)] = 1.25
    copies: Annotated[int, Range(at_least=2, at_most=64)] = 12
    first: Count = 256
    low: Positive = 1e-5
    high: Positive = 10**1.5
    horizon: Annotated[int, Range(at_least=10)] = 1000
    lead: Positive = 2.0
    factor: Annotated[float, Range(above=1)] = 3.0
    lost: Positive = 20.0
    clamp: bool = True

    def __post_init__(self) -> None:
        check(
            self,
            ("low", self.low >= self.high, f"must be below high ({self.high:g})"),
            ("lost", self.lost <= self.lead, f"must be above lead ({self.lead:g})"),
        )

    def rates(self) -> tuple[float, ...]:
        """Return the rates of the copies, lowest first."""
        ratio = (self.high / self.low) ** (1.0 / (self.copies - 1))
        inner = (self.low * ratio**i for i in range(1, self.copies - 1))
        return (self.low, *(float(f"{rate:.6g}") for rate in inner), self.high)

    def price(self) -> int:
        """Return the extra updates of one race, when no copy is lost on the way."""
        price, turn, n = 0, self.first, self.copies
        rounds = 0
        while n > 1:
            price += (n - 1) * turn
            n, rounds = n // 2, rounds + 1
            turn = self.first * max(1, 2 ** (rounds - 1))
        return price

    @property
    def roaming(self) -> bool:
        """Whether the budget lets the winner go on with two forks."""
        return self.budget >= 1.0 + NEIGHBOURS

    def affordable(self, state: RaceState) -> bool:
        """Return whether the races before have been paid for, and none is on."""
        return state.credit >= 0.0 and not state.turn

    def begin(self, state: RaceState, served: int) -> RaceState:
        """Return the state in which all copies start level, ``served`` being the one served."""
        level = (0.0,) * self.copies
        return state._replace(behind=level, served=served, turn=self.first, run=0, since=0)

    def roam(self, state: RaceState) -> RaceState:
        """Return the state with the served copy first and two forks a lead behind it."""
        return state._replace(behind=(0.0, self.lead, self.lead), served=0)

    def rest(self, state: RaceState, records: int) -> RaceState:
        """Return the state after records that the served model learned alone."""
        return self._paid(state, records * (self.budget - 1.0))

    def judge(
        self, losses: Sequence[float], state: RaceState, log: bool = False
    ) -> tuple[Verdict, RaceState]:
        """Return what follows from one record's losses, one a copy, and the state after it.

        A loss that is not finite puts its copy out of the race. ``log``: losses are in nats.
        """
        before = state.served
        state = self._weigh(losses, state, log)
        extra = len(losses) - 1
        state = self._paid(state, self.budget - 1.0 - extra)
        state = state._replace(run=state.run + 1, since=state.since + 1)
        keep = tuple(k for k, behind in enumerate(state.behind) if behind < inf)
        keep = keep or (state.served,)  # all lost: the served one is restored by its owner
        if state.turn and state.run >= state.turn:
            keep, state = self._halved(keep, state)
        state = self._lead(keep, state)
        if len(keep) == 1:
            return Verdict(keep), state._replace(behind=(0.0,), turn=0)
        if state.turn:
            return Verdict(keep), state
        fork = self._forked(keep.index(before) if before in keep else state.served, state)
        level = state.behind[state.served] + self.lead
        behind = tuple(level if k in fork else b for k, b in enumerate(state.behind))
        return Verdict(keep, fork), state._replace(behind=behind)

    def _paid(self, state: RaceState, earned: float) -> RaceState:
        return state._replace(credit=min(state.credit + earned, float(self.price())))

    def _weigh(self, losses: Sequence[float], state: RaceState, log: bool) -> RaceState:
        finite = [loss for loss in losses if isfinite(loss)]
        best = min(finite, default=0.0)
        unit, units = state.unit, min(state.units + 1, UNIT_RECORDS)
        term = min(best, UNIT_CAP * unit) if unit > 0.0 else best
        unit += (term - unit) / units
        per, most = (1.0, inf) if log else (0.5 / unit if unit > 0.0 else 0.0, MOST_BEHIND)
        fade = 1.0 - 1.0 / self.horizon
        behind = tuple(
            f * fade + min((loss - best) * per, most) if isfinite(loss) else inf
            for f, loss in zip(state.behind, losses, strict=True)
        )
        return state._replace(behind=behind, unit=unit, units=units)

    def _halved(self, keep: tuple[int, ...], state: RaceState) -> tuple[tuple[int, ...], RaceState]:
        order = sorted(keep, key=state.behind.__getitem__)
        turn = state.turn if state.since <= self.first else 2 * state.turn
        return tuple(sorted(order[: max(len(keep) // 2, 1)])), state._replace(turn=turn, run=0)

    def _lead(self, keep: tuple[int, ...], state: RaceState) -> RaceState:
        """Return the state with the copies kept alone, the leader among them served."""
        behind = tuple(state.behind[k] for k in keep)
        best = min(range(len(keep)), key=behind.__getitem__)
        if state.served not in keep:
            return state._replace(behind=behind, served=best)
        served = keep.index(state.served)
        needed = self.lead * min(state.since / EAGER, 1.0)
        if behind[served] - behind[best] > needed:
            served = best
        return state._replace(behind=behind, served=served)

    def _forked(self, before: int, state: RaceState) -> tuple[int, ...]:
        """Return the forks far behind and, where a fork has taken the lead, the one beyond."""
        limit = state.behind[state.served] + self.lost
        beyond = {k for k in range(len(state.behind)) if k not in (before, state.served)}
        moved = beyond if before != state.served else set()
        return tuple(k for k, b in enumerate(state.behind) if b > limit or k in moved)
