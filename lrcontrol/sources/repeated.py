"""Starts a source again when it ends."""

from __future__ import annotations

from collections.abc import Callable

from lrcontrol.sources.base import Batch, EndOfStream, Memory, Positions, Source, memory_of, recall

FOR_EVER = 0
#: A position is ``pass * PASS`` and the source's own position, which stays below (256 TiB).
PASS = 2**48


class Repeated:
    """Hands out a source ``times`` times over (``FOR_EVER``: without end).

    ``make`` gives a new source for each pass, as a closed one cannot be opened again. A pass
    without a single message ends it, or an empty file would be opened for ever.
    """

    def __init__(self, make: Callable[[], Source], times: int) -> None:
        self._make = make
        self._times = times
        self._source = make()
        self._pass = 0
        self._given = False  # whether this pass gave a message

    def memory(self) -> Memory:
        """Return what the source wants kept in this pass."""
        return memory_of(self._source)

    def recall(self, memory: Memory) -> None:
        """Pass it on, to the source of the pass that the position is in."""
        recall(self._source, memory)

    def open(self, positions: Positions) -> None:
        """Open the pass that the position is in."""
        self._pass = max((position // PASS for position in positions.values()), default=0)
        self._given = bool(positions)
        self._source.open(
            {
                origin: position % PASS
                for origin, position in positions.items()
                if position // PASS == self._pass
            }
        )

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return what the source has, beginning again at its end."""
        try:
            return self._counted(self._source.poll(limit, timeout))
        except EndOfStream:
            if not self._given or self._pass + 1 == self._times:
                raise
        self._source.close()
        self._source = self._make()
        self._source.open({})
        self._pass += 1
        self._given = False
        return self._counted(self._source.poll(limit, timeout))

    def _counted(self, batch: Batch | None) -> Batch | None:
        if batch is None:
            return None
        self._given = True
        before = self._pass * PASS
        return batch._replace(positions=[before + position for position in batch.positions])

    def commit(self, positions: Positions) -> None:
        """Pass on what is of this pass."""
        self._source.commit(
            {
                o: position % PASS
                for o, position in positions.items()
                if position // PASS == self._pass
            }
        )

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    @property
    def length(self) -> int | None:
        """The length of all passes, where it is known and not without end."""
        length = self._source.length
        return None if length is None or self._times == FOR_EVER else length * self._times

    @property
    def lag(self) -> int | None:
        """The source's."""
        return self._source.lag
