"""Numbers far from where they have been: finite, within the bounds, and not harmless.

One value of 1e6 in a standardised feature costs a linear model hundreds of records, and one such
target throws its weights. Refusing the record would lose its other features, and a stream whose
unit has changed would stop. Clipping at 20 standard deviations was tried and does more harm than
the value itself (R2 0.99 to 0.87 over the next 400 records, 0.95 without; a scaler that has seen
1e6 shrinks the feature to nothing): so the model is shown the mean instead, which says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from operator import itemgetter, mul
from typing import Any

from lrcontrol.checks import Count, Positive, check
from lrcontrol.kernels.grid import Grid
from lrcontrol.record import Features

#: Records between two looks at the bounds. Fixed, so that how a stream is cut into blocks changes
#: nothing; the bounds of a record are those of the chunk before it.
CHUNK = 64
#: One chunk in so many is learned, more of them at first (as many as make their number double), and
#: any after one with an outlier: to learn from all would cost a small model a tenth of its time.
EVERY = 32
#: Chunks that are learned whole at first, and records that are of a later one.
WHOLE = 2
SAMPLE = 16
#: Values that the mean and the spread look back on at most; then older ones fade.
HORIZON = 10_000
#: A column whose deviation is less than this share of its mean is a constant, and a constant is
#: taken to deviate by the second share: with 20 deviations it may change by five times itself.
CONSTANT = 1e-3
LEAST_SPREAD = 0.25
#: Where at least this share of a column is zero, zero is its resting place and no outlier.
SPARSE = 0.01


@dataclass(frozen=True)
class Outlying:
    """How far from the mean of its own past a number may lie.

    Parameters
    ----------
    spread
        Standard deviations from the mean beyond which a value is replaced.
    after
        Values of a feature that are seen before any of it is replaced.
    """

    spread: Positive = 20.0
    after: Count = 100

    def __post_init__(self) -> None:
        check(self)


class Column:
    """Where the numbers of one name have been; zeros are counted apart, as most of sparse ones are.

    Plain Python: for the few values looked at, numpy's forty calls took three times as long.
    """

    __slots__ = ("count", "high", "low", "mean", "squares", "zeros")

    def __init__(self) -> None:
        self.count = self.mean = self.squares = self.zeros = 0.0
        self.low, self.high = -inf, inf

    def learn(self, values: Sequence[float], outlying: Outlying) -> None:
        """Take numbers in, those outside as at the bounds, so that these can move."""
        low, high = self.low, self.high
        if not (low <= min(values) and max(values) <= high):
            values = [min(max(value, low), high) for value in values]
        there = [value for value in values if value] if 0.0 in values else values
        self.zeros += len(values) - len(there)
        if there:
            self._merge(there)
        fade = HORIZON / max(self.count, HORIZON)
        self.count *= fade
        self.squares *= fade
        self.zeros *= fade
        if self.count >= outlying.after:
            self._set(outlying.spread)

    def _merge(self, values: Sequence[float]) -> None:
        # Chan, Golub and LeVeque 1979: the moments of two sets, merged
        new = len(values)
        middle = sum(values) / new
        apart = [value - middle for value in values]
        total = self.count + new
        shift = middle - self.mean
        self.squares += sum(map(mul, apart, apart)) + shift * shift * (self.count * new / total)
        self.mean += shift * (new / total)
        self.count = total

    def _set(self, spread: float) -> None:
        mean, deviation = self.mean, sqrt(self.squares / self.count)
        if deviation <= CONSTANT * abs(mean):
            deviation = LEAST_SPREAD * abs(mean)
        reach = spread * deviation
        rests = 0.0 if self.zeros >= SPARSE * (self.zeros + self.count) else mean
        self.low, self.high = min(mean - reach, rests), max(mean + reach, rests)


class Outliers:
    """Shows the mean in place of what lies beyond ``spread`` standard deviations of it.

    Mean and spread are over some of what was admitted (``EVERY``), outliers as clipped to the
    bounds, and not over zeros (most entries of sparse features). So a thousandfold change of unit
    is taken in within 1,000 records. ``replaced`` counts values. State: six numbers a column, and
    64 records; cut into blocks in any way, a stream gives the same bits. Not for features whose
    rare large values are the signal (amounts in fraud): take the logarithm first.

    Beyond ``most`` columns a feature is let through as it is.

    Examples
    --------
    >>> import random
    >>> outliers, rng = Outliers(), random.Random(1)
    >>> xs, count = outliers.features([{"a": rng.gauss(5.0, 1.0)} for _ in range(128)])
    >>> count
    0
    >>> (x,), count = outliers.features([{"a": 1e6, "b": 1e6}])
    >>> round(x["a"], 1), x["b"], count
    (5.0, 1000000.0, 1)
    """

    def __init__(self, outlying: Outlying | None = None, most: int = 10_000) -> None:
        self.outlying = outlying or Outlying()
        self.replaced = 0
        self._most = most
        self._columns: dict[str, Column] = {}
        self._safe = (-inf, inf)  # within every column's bounds
        self._reach = inf  # and so is every value no larger than this
        self._waiting: list[Features] = []  # of this chunk, where it is learned
        self._filled = 0  # records of it
        self._chunks = 0
        self._learns = CHUNK  # records of it to be learned
        self._before = 0  # replaced before this chunk

    def features(
        self, xs: Sequence[Features], reach: float = inf
    ) -> tuple[Sequence[Features], int]:
        """Return the records, new ones where something was replaced, and how many values were.

        Categories are let through. The records must be finite; guard them first. ``reach``: what
        no magnitude of any of them is beyond, where that is known: it may settle the matter.
        """
        before = self.replaced
        out: Any = xs if isinstance(xs, Grid) else list(xs)
        for first, last in self._parts(len(out)):
            self._wait(out[first:last])
            if reach > self._reach:
                out = list(out)
                self._mend(out, first, last)
        return out, self.replaced - before

    def outside(self, values: Sequence[float]) -> list[int]:
        """Return the places of outliers among numbers of one kind: the targets of a regression."""
        found: list[int] = []
        for first, last in self._parts(len(values)):
            part = values[first:last]
            low, high = self._safe
            if self._learns:
                self._wait([{"": value} for value in part])
            if not (low <= min(part) and max(part) <= high):
                out = [at for at in range(first, last) if not low <= values[at] <= high]
                self.replaced += len(out)
                found += out
        return found

    def _parts(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield where each chunk's part of ``count`` records begins and ends, and count them."""
        first = 0
        while first < count:
            last = min(first + CHUNK - self._filled, count)
            yield first, last
            self._filled += last - first
            if self._filled == CHUNK:
                self._close()
            first = last

    def _wait(self, xs: Sequence[Features]) -> None:
        if self._learns:
            self._waiting += xs[: self._learns - len(self._waiting)]

    def _mend(self, out: list[Features], first: int, last: int) -> None:
        """Replace the outliers of one chunk's part in place."""
        part = out[first:last]
        for name, values in _columns(part):
            column = self._columns.get(name)
            if column is None or isinstance(values[0], str):
                continue
            if column.low <= min(values) and max(values) <= column.high:
                continue
            for at in range(first, last):
                value: Any = out[at].get(name, column.mean)
                if not column.low <= value <= column.high:
                    # A new one: a source may still hold it, and other models learn from it.
                    out[at] = {**out[at], name: column.mean}
                    self.replaced += 1

    def _close(self) -> None:
        """End a chunk."""
        if self._waiting:
            self._learn()
        self._filled = 0
        self._chunks += 1
        at = self._chunks % EVERY if self._chunks >= EVERY else self._chunks & (self._chunks + 1)
        whole = self._chunks < WHOLE or self.replaced > self._before
        self._learns = CHUNK if whole else SAMPLE if at == 0 else 0
        self._before = self.replaced

    def _learn(self) -> None:
        for name, values in _columns(self._waiting):
            column = self._columns.get(name)
            if isinstance(values[0], str) or (column is None and len(self._columns) >= self._most):
                continue
            if column is None:
                column = self._columns[name] = Column()
            column.learn(values, self.outlying)
        self._waiting = []
        # One pass: of ten thousand names, few have come often enough to have bounds.
        bounded = [column for column in self._columns.values() if column.high < inf]
        low = max((column.low for column in bounded), default=-inf)
        high = min((column.high for column in bounded), default=inf)
        self._safe, self._reach = (low, high), min(-low, high)


def _columns(xs: Sequence[Features]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Return the values of each name, in the order in which names come; none of no records."""
    names = list(xs[0]) if xs else []
    if len(names) > 1 and set(map(len, xs)) == {len(names)}:
        try:
            return zip(names, zip(*map(itemgetter(*names), xs), strict=True), strict=True)
        except KeyError:
            pass
    values: dict[str, list[Any]] = {}
    for x in xs:
        for name, value in x.items():
            values.setdefault(name, []).append(value)
    return iter(values.items())
