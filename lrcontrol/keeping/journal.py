"""A journal of messages: what a pipe or a client sends once can be read again after a crash.

Positions are numbers given here, rising by one and never given twice. What is in the journal is
durable; so a message may be acknowledged once ``append`` has returned, and from then on it is
replayable as a file's would be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lrcontrol.checks import Count, check
from lrcontrol.keeping.database import Database, Kind
from lrcontrol.units import Size

#: ``headers`` names the line that goes before the messages from ``start`` on (a CSV's columns);
#: ``origins`` is where the journalled source stands; ``keys`` are those of idempotent clients;
#: ``passed`` are the positions of the last durable checkpoints.
TABLES = """
CREATE TABLE entries (position INTEGER PRIMARY KEY AUTOINCREMENT, message BLOB NOT NULL) STRICT;
CREATE TABLE headers (start INTEGER PRIMARY KEY, header BLOB NOT NULL) STRICT;
CREATE TABLE origins (origin TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
CREATE TABLE keys (key TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
CREATE INDEX oldest_keys ON keys (position);
CREATE TABLE passed (position INTEGER PRIMARY KEY) STRICT;
CREATE TABLE counts (bytes INTEGER NOT NULL) STRICT;
INSERT INTO counts VALUES (0);
CREATE TRIGGER came AFTER INSERT ON entries BEGIN
    UPDATE counts SET bytes = bytes + length(new.message) + 64; END;
CREATE TRIGGER went AFTER DELETE ON entries BEGIN
    UPDATE counts SET bytes = bytes - length(old.message) - 64; END;
"""
KIND = Kind("a journal", 0x4C524A6C, 1, TABLES)  # "LRJl"

#: The last position given, 0 before the first.
LAST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'"

#: Checkpoints whose records stay: as many as are kept on disk, in case the newest turns out bad.
CHECKPOINTS = 3
#: Idempotency keys that are remembered, newest; one is at most 128 characters.
KEYS = 100_000
LONGEST_KEY = 128
#: Origins remembered: a pipe has one.
ORIGINS = 1000


@dataclass(frozen=True)
class JournalSettings:
    """A journal in front of a source that cannot be read twice.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Messages that wait for a durable checkpoint, in bytes; when full, nothing more is read. The
        file may be twice as large.
    max_messages
        The same in messages.
    """

    path: str
    max_bytes: Size = 256 * 1024 * 1024
    max_messages: Count = 1_000_000

    def __post_init__(self) -> None:
        check(self, ("path", not self.path, "names no file"))


class JournalFull(Exception):
    """Too much waits for a durable checkpoint: nothing was taken; try again later."""


class Gap(Exception):
    """Messages between the position asked for and the journal's first are gone."""


class Entries(NamedTuple):
    """Messages in order, the position after each, and the header before them all."""

    messages: list[bytes]
    positions: list[int]
    header: bytes | None


class Journal:
    """Messages on disk, from ``append`` until ``CHECKPOINTS`` durable checkpoints are past them.

    One thread owns a journal. Raises DatabaseFailed where the disk is full or bad; nothing of a
    failed ``append`` is there, so it may be tried again.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     journal = Journal(JournalSettings(f"{folder}/journal.db"))
    ...     journal.append([b"a", b"b"])
    ...     journal.append([b"b", b"c"], keys=["k2", "k3"])
    ...     journal.append([b"b"], keys=["k2"])  # the client did not hear, and sent it again
    ...     journal.read(after=1, limit=10)
    [1, 2]
    [3, 4]
    [3]
    Entries(messages=[b'b', b'b', b'c'], positions=[2, 3, 4], header=None)
    """

    def __init__(self, settings: JournalSettings) -> None:
        self.settings = settings
        self.database = Database(Path(settings.path), KIND)

    def append(
        self,
        messages: Sequence[bytes],
        origins: Mapping[str, int] | None = None,
        *,
        header: bytes | None = None,
        keys: Sequence[str] | None = None,
    ) -> list[int]:
        """Make messages durable; return the position of each.

        ``origins`` is where their source stands after them, kept in the same transaction. With
        ``keys``, one a message, a message whose key is known gets the position it has already.

        Raises JournalFull, DatabaseFailed, ValueError for a key that is too long.
        """
        if any(len(key) > LONGEST_KEY for key in keys or ()):
            raise ValueError(f"an idempotency key has more than {LONGEST_KEY} characters")
        with self.database.transaction() as connection:
            self._fits(connection, sum(map(len, messages)), len(messages))
            _head(connection, header)
            if keys is None:
                positions = _add(connection, messages)
            else:
                pairs = zip(keys, messages, strict=True)
                positions = [_once(connection, key, message) for key, message in pairs]
                newest = max(positions, default=0)
                connection.execute("DELETE FROM keys WHERE position <= ?", (newest - KEYS,))
            _stand(connection, origins or {})
        return positions

    def _fits(self, connection: sqlite3.Connection, size: int, count: int) -> None:
        limit = self.settings
        size += 64 * count
        (held,) = connection.execute("SELECT bytes FROM counts").fetchone()
        waiting = _waiting(connection)
        if held and (held + size > limit.max_bytes or waiting + count > limit.max_messages):
            wait = f"{waiting} messages and {held} bytes wait for a durable checkpoint"
            raise JournalFull(f"{limit.path}: {wait}")

    def read(self, after: int, limit: int) -> Entries:
        """Return up to ``limit`` messages beyond a position; of one header only.

        Raises Gap when some of them are gone, DatabaseFailed.
        """
        query = "SELECT position, message FROM entries WHERE position > ? ORDER BY position LIMIT ?"
        rows = self.database.rows(query, (after, limit))
        if not rows:
            self._no_gap(after, self.last + 1)
            return Entries([], [], None)
        self._no_gap(after, rows[0][0])
        heads = self.database.rows(
            "SELECT start, header FROM headers WHERE start <= ? ORDER BY start DESC LIMIT 1",
            (rows[-1][0],),
        )
        if heads and heads[0][0] > rows[0][0]:  # it changes: those before the change come alone
            return self.read(after, heads[0][0] - rows[0][0])
        header = heads[0][1] if heads else None
        return Entries([row[1] for row in rows], [row[0] for row in rows], header)

    def _no_gap(self, after: int, first: int) -> None:
        if first > after + 1:
            gone = f"the messages {after + 1} to {first - 1} are gone"
            raise Gap(f"{self.settings.path}: {gone}; start from a newer checkpoint")
        if first <= after:
            raise Gap(
                f"{self.settings.path}: ends at {first - 1}, before the position {after} of the "
                "checkpoint; this is not the journal it was made with"
            )

    def commit(self, position: int) -> None:
        """Say that a durable checkpoint is past ``position``; drop what none of the last needs."""
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO passed SELECT ?1 WHERE ?1 > 0", (position,))
            newest = "SELECT position FROM passed ORDER BY position DESC"
            passed = connection.execute(f"{newest} LIMIT ?", (CHECKPOINTS,)).fetchall()
            if len(passed) < CHECKPOINTS:
                return
            connection.execute("DELETE FROM passed WHERE position < ?", passed[-1])
            connection.execute("DELETE FROM entries WHERE position <= ?", passed[-1])
            kept = "SELECT max(start) FROM headers WHERE start <= ?"
            connection.execute(f"DELETE FROM headers WHERE start < ({kept})", (passed[-1][0] + 1,))

    @property
    def origins(self) -> dict[str, int]:
        """Where the journalled source stands after the last message."""
        return dict(self.database.rows("SELECT origin, position FROM origins"))

    @property
    def last(self) -> int:
        """The position of the last message ever taken, 0 before the first."""
        return int(self.database.rows(LAST)[0][0])

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def _waiting(connection: sqlite3.Connection) -> int:
    # Two queries: SQLite looks at every row for a minimum and a maximum in one.
    (low,) = connection.execute("SELECT min(position) FROM entries").fetchone()
    (high,) = connection.execute("SELECT max(position) FROM entries").fetchone()
    return 0 if low is None else high - low + 1


def _add(connection: sqlite3.Connection, messages: Sequence[bytes]) -> list[int]:
    (last,) = connection.execute(LAST).fetchone()
    rows = [(message,) for message in messages]
    connection.executemany("INSERT INTO entries (message) VALUES (?)", rows)
    return list(range(last + 1, last + 1 + len(rows)))


def _once(connection: sqlite3.Connection, key: str, message: bytes) -> int:
    known = connection.execute("SELECT position FROM keys WHERE key = ?", (key,)).fetchone()
    if known:
        return int(known[0])
    (position,) = _add(connection, [message])
    connection.execute("INSERT INTO keys VALUES (?, ?)", (key, position))
    return position


def _head(connection: sqlite3.Connection, header: bytes | None) -> None:
    newest = "SELECT header FROM headers ORDER BY start DESC LIMIT 1"
    known = connection.execute(newest).fetchone()
    if header is not None and (known is None or known[0] != header):
        given = connection.execute(LAST).fetchone()
        connection.execute("INSERT INTO headers VALUES (?, ?)", (given[0] + 1, header))


def _stand(connection: sqlite3.Connection, origins: Mapping[str, int]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO origins (origin, position) VALUES (?, ?)", list(origins.items())
    )
    connection.execute(
        "DELETE FROM origins WHERE rowid <= (SELECT max(rowid) FROM origins) - ?", (ORIGINS,)
    )
