"""A journal read on from a position: what every source behind one does with it."""

from __future__ import annotations

from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.keeping.journal import Entries, Gap, Journal, JournalSettings
from lrcontrol.sources.base import Positions, SourceFailed

#: The origin of journalled messages in checkpoints.
ORIGIN = "journal"


class JournalReader:
    """Hands out what a journal holds beyond a position, in order; ``after`` is where it stands."""

    def __init__(self, settings: JournalSettings) -> None:
        self.after = 0
        self._settings = settings
        self._journal: Journal | None = None

    @property
    def journal(self) -> Journal:
        """The journal, once open."""
        assert self._journal is not None
        return self._journal

    def open(self, positions: Positions) -> None:
        """Start after ``positions``; raises SourceFailed where the journal does not reach back."""
        self.after = positions.get(ORIGIN, 0)
        try:
            self._journal = Journal(self._settings)
            self._journal.read(self.after, 1)
        except (DatabaseFailed, Gap) as error:
            raise SourceFailed(str(error)) from error

    def read(self, limit: int) -> Entries | None:
        """Return up to ``limit`` messages, None where all are read. Raises SourceFailed."""
        try:
            found = self.journal.read(self.after, limit)
        except (DatabaseFailed, Gap) as error:
            raise SourceFailed(str(error)) from error
        if not found.messages:
            return None
        self.after = found.positions[-1]
        return found

    def commit(self, positions: Positions) -> None:
        """Make room for what a durable checkpoint is past. Raises SourceFailed."""
        try:
            self.journal.commit(positions.get(ORIGIN, 0))
        except DatabaseFailed as error:
            raise SourceFailed(str(error)) from error

    def close(self) -> None:
        """Close the journal; may be called before it was opened."""
        if self._journal is not None:
            self._journal.close()
