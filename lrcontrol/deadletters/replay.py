"""Dead letters sent again: a source whose messages are the letters somebody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from lrcontrol.deadletters.store import kept
from lrcontrol.deadletters.tables import COLUMNS
from lrcontrol.decode import Rows
from lrcontrol.keeping.database import Database
from lrcontrol.sources.base import Batch, Positions

#: The origin of replayed messages in checkpoints; no file or topic can be called this by accident.
ORIGIN = "dead letters"


def ask(database: Database, numbers: Sequence[int]) -> list[int]:
    """Mark letters to be sent again, in the order given; return the numbers that cannot be.

    Unknown numbers cannot be, nor letters that were cut, nor those that wait already, nor what
    killed the process: that would again. Any process may call it: the daemon finds the mark.
    Raises DatabaseFailed.
    """
    with database.transaction() as connection:
        (last,) = connection.execute("SELECT asked FROM counts").fetchone()
        refused = []
        for number in numbers:
            marked = connection.execute(
                "UPDATE letters SET asked = ? WHERE id = ? AND whole AND asked IS NULL "
                "AND reason <> 'killed'",
                (last + 1, number),
            ).rowcount
            last += marked
            if not marked:
                refused.append(number)
        connection.execute("UPDATE counts SET asked = ?", (last,))
    return refused


def asked(database: Database) -> int:
    """Return how many letters have been asked for so far. Raises DatabaseFailed."""
    count: int = database.rows("SELECT asked FROM counts")[0][0]
    return count


class Replay:
    """The letters of one source and model that were asked for, as a source.

    A position counts what was asked for, so a checkpoint that holds it says which letters are
    learned: ``commit`` takes those out of the store, and gives the ones that failed again (told by
    ``refuse``) their new error. Nothing is taken out before; a crash replays the same letters.

    Poll it between two blocks of the source whose letters they are, and decode with that source's
    decoder. It never ends. Raises DatabaseFailed.
    """

    def __init__(self, database: Database, source: str, model: str = "") -> None:
        self._database = database
        self._stream = (source, model)
        self._origin = f"{ORIGIN}: {source}" + (f" for {model}" if model else "")
        self._after = 0

    def open(self, positions: Positions) -> None:
        """Start after ``positions``; what they have passed already is settled."""
        self._after = positions.get(self._origin, 0)
        self.commit(positions)

    def poll(self, limit: int, timeout: float = 0.0) -> Batch | None:
        """Return up to ``limit`` messages under one header, or None; never waits."""
        rows = self._database.rows(
            f"SELECT asked, {COLUMNS} WHERE asked > ? AND source = ? AND model = ? "
            "ORDER BY asked LIMIT ?",
            (self._after, *self._stream, limit),
        )
        if not rows:
            return None
        letters = [kept(row[1:]).letter for row in rows]
        header = letters[0].header
        same = [each.message for each in takewhile(lambda each: each.header == header, letters)]
        asked = [row[0] for row in rows[: len(same)]]
        self._after = asked[-1]
        return Batch(self._origin, Rows(header, same) if header else same, asked)

    def refuse(self, position: int, reason: str, error: str) -> None:
        """Say that the letter at ``position`` could not be learned this time either."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE letters SET again = ?, error_again = ? WHERE asked = ?",
                (reason, error, position),
            )

    def commit(self, positions: Positions) -> None:
        """Settle what is in a durable checkpoint: out with the learned, new errors for the rest."""
        settled = (positions.get(self._origin, 0), *self._stream)
        if not settled[0]:
            return
        mine = (
            "asked <= ? AND stream IN (SELECT id FROM streams WHERE source = ? AND model = ?) "
            "AND again IS"
        )
        with self._database.transaction() as connection:
            connection.execute(f"DELETE FROM letters WHERE {mine} NULL", settled)
            connection.execute(
                "UPDATE letters SET reason = again, error = error_again, attempts = attempts + 1, "
                f"asked = NULL, again = NULL, error_again = NULL WHERE {mine} NOT NULL",
                settled,
            )

    def close(self) -> None:
        """Do nothing: the store owns the file."""

    @property
    def length(self) -> int | None:
        """Unknown."""
        return None

    @property
    def lag(self) -> int | None:
        """Letters asked for that were not polled yet."""
        query = (
            "SELECT count(*) FROM letters JOIN streams ON streams.id = stream "
            "WHERE asked > ? AND source = ? AND model = ?"
        )
        count: int = self._database.rows(query, (self._after, *self._stream))[0][0]
        return count
