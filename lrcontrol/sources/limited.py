"""Ends a source after a given number of messages."""

from __future__ import annotations

from lrcontrol.sources.base import Batch, EndOfStream, Memory, Positions, Source, memory_of, recall


class Limited:
    """Hands out ``limit`` messages at most, those before a checkpoint it goes on from included."""

    def __init__(self, source: Source, limit: int) -> None:
        self._source = source
        self._limit = limit
        self._left = limit

    def memory(self) -> Memory:
        """Return how many are left, and what the source wants kept."""
        return {**memory_of(self._source), "left": self._left}

    def recall(self, memory: Memory) -> None:
        """Go on with as many as were left; the limit itself may be another one now."""
        self._left = int(memory.get("left", self._limit))
        recall(self._source, memory)

    def open(self, positions: Positions) -> None:
        """Open the source."""
        self._source.open(positions)

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return what the source has, up to what is left."""
        if not self._left:
            raise EndOfStream
        batch = self._source.poll(min(limit, self._left), timeout)
        if batch:
            self._left -= len(batch.messages)
        return batch

    def commit(self, positions: Positions) -> None:
        """Pass it on."""
        self._source.commit(positions)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    @property
    def length(self) -> int | None:
        """The limit, or the source's own length where that is known and smaller."""
        length = self._source.length
        return self._limit if length is None else min(self._limit, length)

    @property
    def lag(self) -> int | None:
        """The source's."""
        return self._source.lag
