"""Back to the last good copy of a model that has blown up: when, to which copy, at which rate.

For models whose prediction is not linear in their parameters, where one step too large has no bound
(linear models come back by themselves). Everything is counted in records, so a replay restores at
the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite
from typing import Annotated, Generic, TypeVar

from lrcontrol.checks import Count, Natural, Positive, Range, check

C = TypeVar("C")

#: Restores on restores stop lowering the rate here, before it is 0, which no optimizer may have.
LEAST = 1e-30

#: Records in a row that neither the model nor its copy can predict and that are not learned.
PATIENCE = 20


@dataclass(frozen=True)
class Restore:
    """When a model counts as blown up, and what follows.

    It has when its *raw* prediction is not finite, is beyond ``margin`` (classification: log odds),
    or is ``ranges`` times the range of the labels outside it (regression; the untrained model's 0
    counts as a label). Clamped or squashed predictions hide it. Such a record is not learned. At
    the second in a row the last copy is loaded, the rate is cut to a third and the rate that blew
    up is banned for ``ban`` records.

    Parameters
    ----------
    every
        Records between copies; none is taken for as many after a restore.
    margin
        Largest |log odds| of a model in order.
    ranges
        How far outside the labels a model in order may predict, in ranges of the labels.
    cut
        What the rate is divided by.
    ban
        Records for which the rate stays at or below the cut one.
    """

    every: Count = 200
    margin: Positive = 100.0
    ranges: Positive = 10.0
    cut: Annotated[float, Range(above=1)] = 3.0
    ban: Natural = 1000

    def __post_init__(self) -> None:
        check(self)


class Span:
    """The range of the labels seen.

    >>> span = Span()
    >>> span.clamp(7.0)  # nothing is known
    7.0
    >>> span.add(2.0); span.add(5.0)
    >>> span.clamp(7.0), span.clamp(float("nan")), span.outside(25.0)
    (5.0, 3.5, 4.0)
    """

    def __init__(self) -> None:
        self.low = inf
        self.high = -inf
        self.count = 0  # predictions that were cut

    def add(self, y: float) -> None:
        """Learn a label."""
        if y < self.low:
            self.low = y
        if y > self.high:
            self.high = y

    def clamp(self, prediction: float) -> float:
        """Return the prediction cut to the range; the middle for one that is not a number."""
        if self.low <= prediction <= self.high or self.low > self.high:
            return prediction
        self.count += 1
        if prediction != prediction:
            return 0.5 * (self.low + self.high)
        return min(max(prediction, self.low), self.high)

    def outside(self, prediction: float) -> float:
        """Return how far outside the labels and 0 it is, in units of their range; 0 inside."""
        low, high = min(self.low, 0.0), max(self.high, 0.0)
        size = high - low
        if not 0.0 < size < inf:
            return 0.0
        return max(low - prediction, prediction - high, 0.0) / size


class Keeper(Generic[C]):
    """The last good copy of a model, and the ban on the rate that blew up.

    ``kept`` was taken while the model's prediction was in order, before the record was learned, so
    it has been seen to work; ``first`` is the model before its first record.
    """

    def __init__(self, restore: Restore, first: C) -> None:
        self.restore = restore
        self.first = self.kept = first
        self.restored = 0  # how many times
        self.ceiling = inf  # no rate above it while the ban lasts
        self._wait = restore.every
        self._banned = 0
        self._tried = False  # the copy has been loaded already
        self._odd = 0  # records in a row that it cannot predict

    def blown(self, raw: float, span: Span | None) -> bool:
        """Return whether a model with this raw prediction has blown up.

        A number with the span of its labels (regression), else log odds.
        """
        if not isfinite(raw):
            return True
        if span is None:
            return abs(raw) > self.restore.margin
        return span.outside(raw) > self.restore.ranges

    def passed(self, copy: Callable[[], C]) -> None:
        """Count a record predicted in good order; take a copy when one is due."""
        self._odd = 0
        if self._banned:
            self._banned -= 1
            if not self._banned:
                self.ceiling = inf
        self._wait -= 1
        if self._wait <= 0:
            self.kept, self._wait, self._tried = copy(), self.restore.every, False

    def load(self, rate: float) -> float:
        """Count a restore and return the rate to go on with; the rate that blew up is banned.

        A copy gets one chance: where it was loaded before and no other has been taken since, it is
        no good (it may have been right by luck, as on a long run of one label), and the first takes
        its place.
        """
        self.restored += 1
        if self._tried:
            self.kept = self.first
        self._tried = True
        self.ceiling = max(min(rate, self.ceiling) / self.restore.cut, LEAST)
        self._wait, self._banned = self.restore.every, self.restore.ban
        rate = self.ceiling
        if not self._banned:
            self.ceiling = inf
        return rate

    def guilty(self, kept_works: bool) -> bool:
        """Count a record the model cannot predict; return whether the model is to be set back.

        Not at the first: a record far outside all others looks the same, and the copy, being
        younger, may be the better one just because it knows less. So that record is not learned,
        and the model is at fault if the next is beyond it too. Where the kept copy cannot predict
        them either, records are at fault, until there have been ``PATIENCE`` in a row.
        """
        self._odd += 1
        return self._odd > (1 if kept_works else PATIENCE)
