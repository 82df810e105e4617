"""A source of records from anything that can be iterated from a given record on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from lrcontrol.record import Record
from lrcontrol.sources.base import Batch, EndOfStream, Positions


class Records(NamedTuple):
    """Records that can be had from any of them on: ``after(n)`` skips n; the same ones each time.

    ``length`` is how many there are in all, None for no end or where it is not known.
    """

    after: Callable[[int], Iterator[Record]]
    length: int | None = None


class Iterated:
    """Hands out records; a position is a number of them.

    ``load`` is called in ``open`` and may raise SourceFailed. Nothing is waited for: a record is
    there as soon as it is asked for.
    """

    def __init__(self, origin: str, load: Callable[[], Records]) -> None:
        self._origin = origin
        self._load = load
        self._length: int | None = None
        self._records: Iterator[Record] = iter(())
        self._position = 0

    def open(self, positions: Positions) -> None:
        """Start after the position's records."""
        found = self._load()
        self._length = found.length
        self._position = positions.get(self._origin, 0)
        self._records = found.after(self._position)

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return the next ``limit`` records, fewer at the end."""
        records = list(islice(self._records, limit))
        if not records:
            raise EndOfStream
        before = self._position
        self._position += len(records)
        return Batch(self._origin, records, range(before + 1, self._position + 1))

    def commit(self, positions: Positions) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Let go of the records, and so of a file that they come from."""
        # River's readers close their file at its end only; let go of before, it is closed with a
        # warning that nobody can act upon.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self._records = iter(())

    @property
    def length(self) -> int | None:
        """Records in all, once it is open and where that is known."""
        return self._length

    @property
    def lag(self) -> int | None:
        """Unknown: nothing waits."""
        return None
