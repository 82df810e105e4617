"""The ``push`` source: records that clients send over HTTP."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import chain

from lrcontrol.checks import Count
from lrcontrol.decode import Decoder, Fields, decoder
from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.keeping.journal import JournalFull, JournalSettings
from lrcontrol.sources.base import Batch, Positions, Source
from lrcontrol.sources.inbox import Delivery, Full, Inbox
from lrcontrol.sources.reader import ORIGIN, JournalReader
from lrcontrol.units import Size

PUSHED = "push"


@dataclass(frozen=True)
class Push:
    """Records that clients send to ``POST /v1/learn``, NDJSON or JSON, learned in their order.

    What was taken and not learned yet is lost in a crash, unless there is a ``journal``: then it is
    on disk before the client is told, and an idempotency key counts for as long as it is kept.

    Parameters
    ----------
    fields
        Which field of a record is what.
    max_record
        Longest record in bytes; a longer one is rejected.
    capacity
        Records that may wait; a client that brings more is told to come back.
    max_bytes
        The same in bytes.
    journal
        A file that keeps records until a checkpoint is past them; needs checkpoints.
    """

    fields: Fields = field(default_factory=Fields)
    max_record: Size = 256 * 1024
    capacity: Count = 10_000
    max_bytes: Size = 8 * 1024 * 1024
    journal: JournalSettings | None = None

    @property
    def replayable(self) -> bool:
        """Whether what was taken can be read again after a crash."""
        return self.journal is not None

    @cached_property
    def inbox(self) -> Inbox:
        """Where the server leaves what the source takes up: one for all who hold this section."""
        return Inbox(self.capacity, self.max_bytes)

    def build(self) -> Source:
        """Return the source, not yet open."""
        if self.journal is None:
            return Pushed(self.inbox)
        return Kept(self.inbox, self.journal)

    def decoder(self) -> Decoder:
        """Return what turns its messages into records."""
        return decoder("ndjson", self.fields, self.max_record)


class Pushed:
    """Records from an inbox, in memory only; a position is a number of records taken up."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._held: deque[bytes] = deque()
        self._position = 0

    def open(self, positions: Positions) -> None:
        """Count on from a position; what was sent before is gone."""
        self._position = positions.get(PUSHED, 0)
        self._inbox.open()

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return what clients have sent."""
        if not self._held:
            for delivery in self._inbox.take(timeout):
                self._held.extend(delivery.messages)
                delivery.known.set_result(False)
        if not self._held:
            return None
        messages = [self._held.popleft() for _ in range(min(limit, len(self._held)))]
        first = self._position + 1
        self._position += len(messages)
        return Batch(PUSHED, messages, range(first, self._position + 1))

    def commit(self, positions: Positions) -> None:
        """Do nothing: nothing is kept."""

    def close(self) -> None:
        """Take no more."""
        self._inbox.close()

    @property
    def length(self) -> int | None:
        """Unknown: clients send what they like."""
        return None

    @property
    def lag(self) -> int:
        """Records taken and not learned yet."""
        return len(self._held) + self._inbox.waiting


class Kept:
    """Records from an inbox by way of a journal: durable before their client is told so."""

    def __init__(self, inbox: Inbox, settings: JournalSettings) -> None:
        self._inbox = inbox
        self._reader = JournalReader(settings)
        self._last = 0

    def open(self, positions: Positions) -> None:
        """Start after ``positions``; raises SourceFailed where the journal does not reach back."""
        self._reader.open(positions)
        self._last = self._reader.journal.last
        self._inbox.open()

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Make durable what clients have sent, tell them, and return what is next.

        Raises SourceFailed when the journal cannot be read; where it cannot be written it is the
        clients who are told, and may send again.
        """
        self._keep(self._inbox.take(timeout if self._last <= self._reader.after else 0.0))
        if self._last <= self._reader.after:
            return None
        found = self._reader.read(limit)
        return None if found is None else Batch(ORIGIN, found.messages, found.positions)

    def _keep(self, deliveries: list[Delivery]) -> None:
        """Journal those without a key together, since a sync each would cost a millisecond."""
        plain = [delivery for delivery in deliveries if not delivery.key]
        try:
            if plain:
                messages = list(chain.from_iterable(d.messages for d in plain))
                self._last = self._reader.journal.append(messages)[-1]
            for delivery in plain:
                delivery.known.set_result(False)
        except (JournalFull, DatabaseFailed) as error:
            for delivery in plain:
                delivery.known.set_exception(_told(error))
        for delivery in deliveries:
            if delivery.key:
                self._keep_once(delivery)

    def _keep_once(self, delivery: Delivery) -> None:
        key = sha256(delivery.key.encode()).hexdigest()  # as long as any key, numbers included
        keys = [f"{key}:{n}" for n in range(len(delivery.messages))]
        try:
            newest = self._reader.journal.append(delivery.messages, keys=keys)[-1]
            delivery.known.set_result(newest <= self._last)
            self._last = max(self._last, newest)
        except (JournalFull, DatabaseFailed) as error:
            delivery.known.set_exception(_told(error))

    def commit(self, positions: Positions) -> None:
        """Make room for what a durable checkpoint is past."""
        self._reader.commit(positions)

    def close(self) -> None:
        """Take no more, and close the journal."""
        self._inbox.close()
        self._reader.close()

    @property
    def length(self) -> int | None:
        """Unknown: clients send what they like."""
        return None

    @property
    def lag(self) -> int:
        """Records in the journal that were not learned yet, and those on their way into it."""
        return self._last - self._reader.after + self._inbox.waiting


def _told(error: Exception) -> Exception:
    return Full(str(error)) if isinstance(error, JournalFull) else error
