"""The copies of a model that learn the same records, as the law of the race has them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

from lrcontrol.control.race import NEIGHBOURS, Race, RaceState, Verdict
from lrcontrol.learners.copies import Copy
from lrcontrol.status import Member


class Contest:
    """Copies at different rates, one of them served, and what they cost.

    ``copies`` is never empty; which is served, ``state`` says. A fork is one of the served copy.
    """

    def __init__(self, race: Race, copy: Copy) -> None:
        self.race = race
        self.copies = [copy]
        self.state = RaceState()
        self.ceiling = inf  # no fork above it
        self.updates = 0  # made by all copies together
        self.records = 0
        self._rates = race.rates()
        self._rested = 0  # records learned by one copy alone and not yet on the account

    @property
    def served(self) -> Copy:
        """The copy that is served."""
        return self.copies[self.state.served]

    @property
    def alone(self) -> bool:
        """Whether one copy is left."""
        return len(self.copies) == 1

    def fork(self, rate: float | None = None) -> Copy:
        """Return a fork of the served copy."""
        return self.served.fork(self.served.gain.rate if rate is None else rate)

    def start(self) -> bool:
        """Begin a race if the one before has been paid for; return whether it was."""
        self.settle()
        if not self.race.affordable(self.state):
            return False
        served = self.served
        at = nearest(self._rates, served.gain.rate)
        self.copies = [
            served if i == at else self.fork(min(rate, self.ceiling))
            for i, rate in enumerate(self._rates)
        ]
        self.state = self.race.begin(self.state, at)
        return True

    def count(self, records: int = 1) -> None:
        """Count records that every copy learns."""
        self.records += records
        self.updates += records * len(self.copies)
        self._rested += records * self.alone

    def settle(self) -> None:
        """Bring the account up to date."""
        self.state = self.race.rest(self.state, self._rested)
        self._rested = 0

    def members(self) -> tuple[Member, ...]:
        """Return each copy's rate and fading loss, lowest rate first; none once one is left."""
        served, order = self.served, sorted(self.copies, key=lambda copy: copy.gain.rate)
        return tuple(
            Member(f"copy{i:02d}", copy.gain.rate, float(copy is served), copy.loss)
            for i, copy in enumerate(order)
            if not self.alone
        )

    def update(self, losses: Sequence[float], log: bool) -> None:
        """Obey the law after a record: serve, drop and fork copies; let the last roam if it may."""
        verdict, self.state = self.race.judge(losses, self.state, log)
        if len(verdict.keep) < len(self.copies):
            self.copies = [self.copies[k] for k in verdict.keep]
        if verdict.fork:
            self._anew(verdict)
        if self.race.roaming and not self.state.turn and len(self.copies) < 1 + NEIGHBOURS:
            self.copies = [self.served, *map(self.fork, self._beside())]
            self.state = self.race.roam(self.state)

    def _anew(self, verdict: Verdict) -> None:
        stay = {*range(len(self.copies))} - {*verdict.fork, self.state.served}
        held = [self.copies[k].gain.rate for k in stay]
        free = [r for r in self._beside() if all(abs(log(r / h)) > 0.01 for h in held)]
        for k, rate in zip(verdict.fork, free, strict=False):
            self.copies[k] = self.fork(rate)

    def _beside(self) -> tuple[float, float]:
        rate, factor = self.served.gain.rate, self.race.factor
        return min(rate * factor, self.race.high, self.ceiling), max(rate / factor, self.race.low)


def nearest(rates: Sequence[float], rate: float) -> int:
    """Return the index of the rate that is nearest in ln(rate).

    >>> nearest((0.01, 0.1, 1.0), 0.2)
    1
    """
    return min(range(len(rates)), key=lambda i: abs(log(rates[i] / rate)))
