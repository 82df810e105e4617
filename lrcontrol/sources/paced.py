"""Slows a source down to a given number of records a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from lrcontrol.sources.base import Batch, Memory, Positions, Source, memory_of, recall

#: Seconds' worth of records that may be made up for after a standstill; more would be a burst.
CATCH_UP = 1.0
#: Of a record; keeps rounding from asking for one more wait of no length.
ROUNDING = 1e-6


class Paced:
    """Hands out ``speed`` records/s at most, counted from ``open``; waits no longer than asked."""

    def __init__(
        self,
        source: Source,
        speed: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._most = max(1.0, speed * CATCH_UP)

    def memory(self) -> Memory:
        """Return what the source wants kept."""
        return memory_of(self._source)

    def recall(self, memory: Memory) -> None:
        """Pass it on."""
        recall(self._source, memory)

    def open(self, positions: Positions) -> None:
        """Open the source; its first record is due at once."""
        self._source.open(positions)
        self._due = 1.0
        self._at = self._clock()

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return the records that are due, up to ``limit``, waiting for the first."""
        self._accrue()
        if self._due < 1:
            pause = min(timeout, (1 - self._due) / self._speed)
            if pause > 0:
                self._sleep(pause)
                timeout -= pause
                self._accrue()
        if self._due < 1 - ROUNDING:
            return None
        batch = self._source.poll(min(limit, int(self._due + ROUNDING)), timeout)
        if batch:
            self._due -= len(batch.messages)
        return batch

    def _accrue(self) -> None:
        now = self._clock()
        self._due = min(self._most, self._due + (now - self._at) * self._speed)
        self._at = now

    def commit(self, positions: Positions) -> None:
        """Pass it on."""
        self._source.commit(positions)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    @property
    def length(self) -> int | None:
        """The source's."""
        return self._source.length

    @property
    def lag(self) -> int | None:
        """The source's."""
        return self._source.lag
