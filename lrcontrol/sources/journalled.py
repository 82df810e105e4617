"""A source behind a journal: each message is durable before anybody learns from it."""

from __future__ import annotations

from typing import Any

from lrcontrol.decode import Rows
from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.keeping.journal import JournalFull, JournalSettings
from lrcontrol.sources.base import Batch, EndOfStream, Positions, Source, SourceFailed
from lrcontrol.sources.reader import ORIGIN, JournalReader


class Journalled:
    """Hands out what is in the journal; reads the source only to add to it.

    Messages come in the order of the journal, after a crash the same ones again. ``rewinds`` says
    that the writer begins again from its first message after a restart (``zcat file | lrcontrol
    run``), so that what is journalled already is skipped; without it, what comes is taken as new.

    When the journal is full it reads no more: the writer waits, until a checkpoint makes room. Not
    for sources that can be read again; their own positions are cheaper.
    """

    def __init__(self, source: Source, settings: JournalSettings, *, rewinds: bool = False) -> None:
        self._source = source
        self._reader = JournalReader(settings)
        self._rewinds = rewinds
        self._held: Batch | None = None  # read from the source, but not durable yet
        self._ended = False

    def open(self, positions: Positions) -> None:
        """Start after ``positions``; raises SourceFailed where the journal does not reach back."""
        self._reader.open(positions)
        self._source.open(self._reader.journal.origins if self._rewinds else {})

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return messages of the journal; read the source first where none are left.

        Raises SourceFailed when the disk is full or bad; what was read is held, so polling again is
        right once there is space.
        """
        try:
            return self._read(limit) or self._fill(limit, timeout)
        except DatabaseFailed as error:
            raise SourceFailed(str(error)) from error

    def _read(self, limit: int) -> Batch | None:
        found = self._reader.read(limit)
        if found is None:
            return None
        messages: Any = found.messages
        if found.header is not None:
            messages = Rows(found.header, messages)
        return Batch(ORIGIN, messages, found.positions)

    def _fill(self, limit: int, timeout: float) -> Batch | None:
        if self._held is None:
            self._held = self._poll(limit, timeout)
        if self._held is None:
            return None
        batch = self._held
        messages: Any = batch.messages
        header = messages.header if isinstance(messages, Rows) else None
        try:
            self._reader.journal.append(
                messages, {batch.origin: batch.positions[-1]}, header=header
            )
        except JournalFull:  # hold it, and the writer
            return None
        self._held = None
        return self._read(limit)

    def _poll(self, limit: int, timeout: float) -> Batch | None:
        if self._ended:
            raise EndOfStream
        try:
            return self._source.poll(limit, timeout)
        except EndOfStream:
            self._ended = True
            raise

    def commit(self, positions: Positions) -> None:
        """Make room for what a durable checkpoint is past."""
        self._reader.commit(positions)

    def close(self) -> None:
        """Close the source and the journal."""
        self._source.close()
        self._reader.close()

    @property
    def length(self) -> int | None:
        """The source's."""
        return self._source.length

    @property
    def lag(self) -> int | None:
        """Messages in the journal that were not handed out, and what the source says it has."""
        waiting = self._reader.journal.last - self._reader.after
        return waiting + (self._source.lag or 0)
