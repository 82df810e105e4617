"""A source at work: batches in, records out, and every message accounted for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lrcontrol.config.sources import SourceSettings
from lrcontrol.deadletters.letter import unwritten
from lrcontrol.decode import Decoded, Rejection
from lrcontrol.decode.untouched import Untouched
from lrcontrol.keeping.aside import Aside, resumed
from lrcontrol.record import Record
from lrcontrol.sources.base import Batch, EndOfStream, memory_of, recall
from lrcontrol.status import SourceStatus

#: Origins whose positions are kept, newest last: a followed file gets one with each rotation.
MOST_ORIGINS = 1000
#: What of its status goes on after a restart.
COUNTED = ("records", "bytes", "rejected", "event_at")


class Place(NamedTuple):
    """Where a source stands and what was counted up to there: plain data, for a checkpoint."""

    positions: Mapping[str, int] = {}
    memory: Mapping[str, Any] = {}
    counters: Mapping[str, Any] = {}


class Taken(NamedTuple):
    """What was taken last: the batch as it came, and what decoding made of it."""

    batch: Batch
    decoded: Decoded

    def place(self, position: int) -> int:
        """Return the place in the batch of the message that ends at a position."""
        return bisect_left(self.batch.positions, position)


class Intake:
    """Reads one source: polls, decodes, counts, and keeps the position after what it handed out.

    ``rejected`` is called with the source's name and each message that gave no record. ``taken``
    is what the last records came from, None where nothing came; ``aside`` what became of those
    that could not be learned.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        settings: SourceSettings,
        wall: Callable[[], float],
        rejected: Callable[[str, Rejection], None],
    ) -> None:
        self.name = name
        self._kind = kind
        self._source = settings.build()
        self._decoder = settings.decoder()
        self._wall = wall
        self._on_rejected = rejected
        self._positions: dict[str, int] = {}
        self._status = SourceStatus(name, kind)
        self.taken: Taken | None = None
        self.aside = Aside()
        # Whether what was read can be read again: with the positions of a checkpoint or not at all.
        self.replayable = bool(getattr(settings, "replayable", True))

    def open(
        self,
        positions: Mapping[str, int],
        memory: Mapping[str, Any] | None = None,
        counters: Mapping[str, Any] | None = None,
    ) -> None:
        """Start after ``positions``, with what a ``place`` held besides; raises SourceFailed."""
        recall(self._source, memory or {})
        self._source.open(positions)
        self._positions = dict(positions)
        counted = {name: value for name, value in (counters or {}).items() if name in COUNTED}
        self._status = self._status._replace(**counted, connected=True, length=self._source.length)
        self._status = self._status._replace(before=self._status.records)
        self.aside = resumed((counters or {}).get("aside", {}))

    def place(self) -> Place:
        """Return where it stands; of a source that cannot be replayed only what was counted."""
        status = self._status
        counted = {name: getattr(status, name) for name in COUNTED}
        counters = {**counted, "rejected": dict(status.rejected), "aside": self.aside.data()}
        if not self.replayable:
            return Place(counters=counters)
        return Place(dict(self._positions), memory_of(self._source), counters)

    def commit(self, place: Place) -> None:
        """Tell the source that a checkpoint with ``place`` is durable. Raises SourceFailed."""
        if place.positions:
            self._source.commit(place.positions)

    def take(self, limit: int, timeout: float) -> Sequence[Record]:
        """Return up to ``limit`` records that are there, waiting up to ``timeout`` s for the first.

        Empty when nothing came or nothing could be decoded. Raises SourceFailed.
        """
        self.taken = None
        try:
            batch = self._source.poll(limit, timeout)
        except EndOfStream:
            self._status = self._status._replace(ended=True, connected=False)
            return []
        return [] if batch is None else self._decode(batch)

    def _decode(self, batch: Batch) -> Sequence[Record]:
        decoded = self._decoder.decode(batch)
        self.taken = Taken(batch, decoded)
        status = self._status
        rejected = status.rejected
        for rejection in decoded.rejected:
            rejected = {**rejected, rejection.reason: rejected.get(rejection.reason, 0) + 1}
            self._on_rejected(self.name, rejection)
        self._advance(batch.origin, batch.positions[-1])
        self._status = status._replace(
            records=status.records + len(batch.messages),
            bytes=status.bytes + _size(batch),
            rejected=rejected,
            lag=self._source.lag,
            record_at=self._wall(),
            event_at=_newest(decoded.records, status.event_at),
        )
        return decoded.records

    def decode_again(self, batch: Batch) -> Decoded:
        """Return what messages hold that were handed out before; it counts nothing.

        Those that never were bytes are as ``deadletters.letter`` wrote them.
        """
        if isinstance(self._decoder, Untouched):
            batch = batch._replace(messages=[unwritten(m) for m in batch.messages])
        return self._decoder.decode(batch)

    def _advance(self, origin: str, position: int) -> None:
        self._positions.pop(origin, None)  # newest last
        self._positions[origin] = position
        if len(self._positions) > MOST_ORIGINS:
            del self._positions[next(iter(self._positions))]

    @property
    def ended(self) -> bool:
        """Whether the source said that nothing will come any more."""
        return self._status.ended

    @property
    def live(self) -> bool:
        """Whether there may be more to read, and it may be read."""
        return not self._status.ended and not self.aside.paused

    @property
    def positions(self) -> Mapping[str, int]:
        """After the last record handed out, by origin: what a checkpoint must hold."""
        return self._positions

    @property
    def position(self) -> int:
        """After the last record handed out, in its origin; 0 before the first."""
        return next(reversed(self._positions.values()), 0)

    @property
    def status(self) -> SourceStatus:
        """Counts since the start, immutable."""
        aside = self.aside
        return self._status._replace(
            letters=aside.letters,
            replayed=aside.replayed,
            breaks=aside.broken.times,
            paused=aside.paused,
        )

    @property
    def step(self) -> int:
        """Messages read, and those sent again: what a checkpoint is behind by."""
        return self._status.records + self.aside.replayed

    def close(self) -> None:
        """Close the source."""
        self._source.close()
        self._status = self._status._replace(connected=False)


def _size(batch: Batch) -> int:
    first: Any = batch.messages[0]
    if not isinstance(first, bytes):  # a source gives bytes or records, never both
        return 0
    return sum(map(len, batch.messages))


def _newest(records: Sequence[Record], before: float) -> float:
    if not records or records[-1].timestamp is None:  # one look a batch: times come in order
        return before
    return max(before, records[-1].timestamp)
