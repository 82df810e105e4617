"""Records as dictionaries become compressed rows: what a kernel takes, whatever the features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter, methodcaller
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrcontrol.kernels.arrays import Array, dense
from lrcontrol.kernels.grid import Grid

Integers = NDArray[np.int64]

#: Columns that a ``Columns`` takes unless told otherwise: a kernel keeps rows of state for each.
CAP = 10_000

#: Entries of a block whose starts and columns are kept for the next: half a megabyte of each.
KEPT = 65_536

_values = methodcaller("values")


class TooManyColumns(ValueError):
    """A record brought more feature names than there are columns for; nothing was taken from it."""


class Rows(NamedTuple):
    """A block of n records: entries ``starts[t]`` up to ``starts[t + 1]`` are those of record t.

    ``starts`` (n + 1) int64, ``columns`` (entries) int64, no column twice in a record, ``values``
    (entries) float64; all C-contiguous.
    """

    starts: Integers
    columns: Integers
    values: Array

    @classmethod
    def dense(cls, records: ArrayLike) -> Rows:
        """Return the rows of an array (n, d): every record has all of the columns 0 .. d - 1.

        >>> Rows.dense([[1.0, 2.0]]).columns.tolist()
        [0, 1]
        """
        x = dense(records)
        n, d = x.shape
        return cls(_starts(n, d), np.tile(np.arange(d), n), x.reshape(-1))

    def cut(self, first: int, last: int) -> Rows:
        """Return records ``first`` up to ``last`` as rows of their own."""
        start, end = self.starts[first], self.starts[last]
        starts = self.starts[first : last + 1] - start
        return Rows(starts, self.columns[start:end], self.values[start:end])

    @property
    def records(self) -> int:
        """The number of records."""
        return len(self.starts) - 1


class _Index(dict[Any, int]):
    """Feature name -> column; an unknown name takes the next one, while there is one."""

    cap = CAP

    def __missing__(self, name: Any) -> int:
        column = len(self)
        if column >= self.cap:
            raise TooManyColumns(
                f"feature {name!r} would be column {column + 1}, the most is {self.cap}: hash the "
                "features (river.preprocessing.FeatureHasher) or allow more columns"
            )
        self[name] = column
        return column


class Columns:
    """Which column each feature name has; a new name takes the next one.

    Parameters
    ----------
    cap
        Most columns there may be, >= 1.

    30 ns a feature where all records of a block have the same features, in any order, a few times
    that where they differ, and nothing where they come as a ``Grid``.

    Examples
    --------
    >>> columns = Columns()
    >>> columns.rows([{"a": 1.0, "b": 2.0}, {}, {"b": 3, "c": True}])
    Rows(starts=array([0, 2, 2, 4]), columns=array([0, 1, 1, 2]), values=array([1., 2., 3., 1.]))
    >>> columns.names
    ['a', 'b', 'c']
    """

    def __init__(self, cap: int = CAP) -> None:
        self._index = _Index()
        self._index.cap = cap

    @property
    def cap(self) -> int:
        """Most columns there may be."""
        return self._index.cap

    @property
    def names(self) -> list[Any]:
        """The feature names in the order of their columns."""
        return list(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def get(self, name: Any) -> int | None:
        """Return the column of a name, None for one never seen."""
        return self._index.get(name)

    def rows(self, xs: Sequence[Mapping[Any, Any]]) -> Rows:
        """Return the records as rows; values are what numpy's ``float64`` makes of them.

        That is NaN for None, so let the guard see the records first. Raises TooManyColumns, or
        TypeError or ValueError for what is no number at all; then no new name is taken.
        """
        known = len(self._index)
        try:
            return self._alike(xs) or self._mixed(xs)
        except (TooManyColumns, TypeError, ValueError):
            for name in list(islice(self._index, known, None)):
                del self._index[name]
            raise

    def _alike(self, xs: Sequence[Mapping[Any, Any]]) -> Rows | None:
        """Return the rows where all records have the features of the first, else None."""
        if isinstance(xs, Grid):
            return self._repeated(xs.names, len(xs), xs.values.reshape(-1))
        names = tuple(xs[0]) if xs else ()
        d, n = len(names), len(xs)
        if d < 2 or set(map(len, xs)) != {d}:  # itemgetter of one name gives no tuple
            return None
        try:
            every = chain.from_iterable(map(itemgetter(*names), xs))
            values = np.fromiter(every, np.float64, n * d)
        except KeyError:
            return None
        return self._repeated(names, n, values)

    def _repeated(self, names: tuple[Any, ...], n: int, values: Array) -> Rows:
        """Return n records of the same names."""
        columns = tuple(map(self._index.__getitem__, names))
        few = n * len(columns) <= KEPT
        return Rows(*(_repeat if few else _repeat.__wrapped__)(columns, n), values)

    def _mixed(self, xs: Sequence[Mapping[Any, Any]]) -> Rows:
        starts = np.zeros(len(xs) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, xs), np.int64, len(xs)), out=starts[1:])
        entries = int(starts[-1])
        values = np.fromiter(chain.from_iterable(map(_values, xs)), np.float64, entries)
        column = self._index.__getitem__
        names: chain[Any] = chain.from_iterable(xs)
        return Rows(starts, np.fromiter(map(column, names), np.int64, entries), values)


def _starts(n: int, d: int) -> Integers:
    return np.arange(0, n * d + 1, d, dtype=np.int64) if d else np.zeros(n + 1, np.int64)


@lru_cache(maxsize=16)
def _repeat(columns: tuple[int, ...], n: int) -> tuple[Integers, Integers]:
    # Most blocks are like the one before. Kept here and not in ``Columns``, whose state would hang
    # on how a stream is cut into blocks.
    return _starts(n, len(columns)), np.tile(np.array(columns, np.int64), n)
