"""The dead letters on disk: each once, however often the stream is read again, under two caps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lrcontrol.checks import Count, check
from lrcontrol.deadletters.letter import Kept, Letter
from lrcontrol.deadletters.tables import COLUMNS, FORGET, INSERT, KIND
from lrcontrol.keeping.database import Database
from lrcontrol.units import Size

#: What a letter is charged beyond twice its text: a row with its index entries. Twice, because a
#: page of SQLite holds one letter where two do not fit; so the file stays below the cap.
ROW_BYTES = 512
#: Letters that wait for the next ``flush``, and their bytes; from either on a store is ``full``.
WAITING_LETTERS = 256
WAITING_BYTES = 1024 * 1024
#: Least size of the file: several of the longest letters.
LEAST_BYTES = 1024 * 1024
#: Streams without a letter that are remembered: a followed file makes one with each rotation.
MOST_STREAMS = 1000


@dataclass(frozen=True)
class Shelf:
    """How much is kept of what could not be learned; the oldest goes first.

    Parameters
    ----------
    max_bytes
        Size of the file; the write-ahead log beside it takes up to 8 MiB more.
    max_letters
        Letters in the file.
    """

    max_bytes: Size = 100 * 1024 * 1024
    max_letters: Count = 100_000

    def __post_init__(self) -> None:
        small = self.max_bytes < LEAST_BYTES
        check(self, ("max_bytes", small, f"must be >= {LEAST_BYTES} (1 MiB)"))


class Counts(NamedTuple):
    """What the store holds: letters, the bytes they are charged, letters dropped so far."""

    letters: int
    bytes: int
    dropped: int


#: What letters have in common: source, origin, model, header.
Stream = tuple[str, str, str, bytes]
#: A letter as a row: stream, position, reason, error, whole, charge, message.
Row = tuple[int, int, str, str, bool, int, bytes]


class DeadLetters:
    """Keeps letters, each once by (source, origin, position, model); the oldest make room.

    ``add`` only takes a letter; it is durable after ``flush``, which must come before any
    checkpoint whose position is past the letter. A crash in between reads the messages again, and
    the letters come again. One thread owns a store; other processes may look into the same file.

    Raises DatabaseFailed. A failed flush keeps what waits: try again after a while, and read no
    more while ``full``. Letters of the block that made it so are taken all the same, so that none
    is lost; rejected: to drop the oldest waiting, which a checkpoint would then be past.

    Examples
    --------
    >>> import tempfile
    >>> from lrcontrol.deadletters.letter import letter
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = DeadLetters(Path(folder, "letters.db"))
    ...     for _ in range(2):  # the second time after a crash
    ...         store.add([letter("clicks", "a.ndjson", 17, "decode", "not JSON", b"{")])
    ...     store.flush()
    ...     store.counts.letters
    ...     store.close()
    1
    """

    def __init__(self, path: Path, shelf: Shelf | None = None, *, create: bool = True) -> None:
        self.shelf = shelf or Shelf()
        self.database = Database(path, KIND, create=create)
        self._waiting: list[Letter] = []
        self._waiting_bytes = 0

    def add(self, letters: Iterable[Letter]) -> None:
        """Take letters; nothing is durable before ``flush``, which is due once it is ``full``."""
        for each in letters:
            self._waiting.append(each)
            self._waiting_bytes += len(each.message)

    @property
    def waiting(self) -> int:
        """Letters that are not durable yet."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether so much waits that nothing more should be read before a flush went well."""
        return len(self._waiting) >= WAITING_LETTERS or self._waiting_bytes >= WAITING_BYTES

    def flush(self) -> None:
        """Make every letter taken so far durable. Raises DatabaseFailed."""
        if not self._waiting:
            return
        with self.database.transaction() as connection:
            _insert(connection, self._waiting, self.shelf)
        self._waiting = []
        self._waiting_bytes = 0

    @property
    def counts(self) -> Counts:
        """What the file holds. Raises DatabaseFailed."""
        return Counts(*self.database.rows("SELECT letters, bytes, dropped FROM counts")[0])

    def letters(self, after: int = 0, limit: int = 100, **equal: str) -> list[Kept]:
        """Return up to ``limit`` letters with numbers beyond ``after``, oldest first.

        ``equal`` may name ``source``, ``reason`` or ``model``.
        """
        if not equal.keys() <= {"source", "reason", "model"}:
            raise ValueError(f"letters are found by source, reason or model, not {set(equal)}")
        where = " AND ".join(["letters.id > ?", *(f"{name} = ?" for name in equal)])
        query = f"SELECT {COLUMNS} WHERE {where} ORDER BY letters.id LIMIT ?"
        return [kept(row) for row in self.database.rows(query, (after, *equal.values(), limit))]

    def find(self, number: int) -> Kept | None:
        """Return the letter of that number, or None."""
        rows = self.database.rows(f"SELECT {COLUMNS} WHERE letters.id = ?", (number,))
        return kept(rows[0]) if rows else None

    def close(self) -> None:
        """Flush and close. Raises DatabaseFailed; what waited is lost then."""
        try:
            self.flush()
        finally:
            self.database.close()


def kept(row: Sequence[Any]) -> Kept:
    """Return a row of ``COLUMNS`` as what it is."""
    number, *said, whole, header, attempts = row
    found: Any = (*said, bool(whole), header)
    return Kept(number, Letter(*found), attempts)


def charge(each: Letter) -> int:
    """Return the bytes of the file that a letter is charged, an upper bound."""
    return 2 * (len(each.message) + len(each.error.encode())) + ROW_BYTES


def _insert(connection: sqlite3.Connection, letters: Iterable[Letter], shelf: Shelf) -> None:
    connection.execute(FORGET, (MOST_STREAMS,))
    streams: dict[Stream, tuple[int, int]] = {}
    rows = []
    for each in letters:
        key = (each.source, each.origin, each.model, each.header)
        if key not in streams:
            streams[key] = _stream(connection, key)
        stream, dropped = streams[key]
        if each.position > dropped:
            row = (stream, each.position, *each[3:5], each.whole, charge(each), each.message)
            rows.append(row)
    _place(connection, rows, shelf)


def _place(connection: sqlite3.Connection, rows: Sequence[Row], shelf: Shelf) -> None:
    letters, size = connection.execute("SELECT letters, bytes FROM counts").fetchone()
    most, most_bytes = shelf.max_letters, shelf.max_bytes
    if letters + len(rows) > most or size + _size(rows) > most_bytes:
        known = "SELECT 1 FROM letters WHERE stream = ? AND position = ?"
        rows = [row for row in rows if not connection.execute(known, row[:2]).fetchone()]
        if len(rows) > 1 and (len(rows) > most or _size(rows) > most_bytes):
            _place(connection, rows[: len(rows) // 2], shelf)
            _place(connection, rows[len(rows) // 2 :], shelf)
            return
        _drop(connection, letters + len(rows) - most, size + _size(rows) - most_bytes)
    connection.executemany(INSERT, rows)


def _size(rows: Sequence[Row]) -> int:
    return sum(row[5] for row in rows)


def _stream(connection: sqlite3.Connection, key: Stream) -> tuple[int, int]:
    connection.execute(
        "INSERT OR IGNORE INTO streams (source, origin, model, header) VALUES (?, ?, ?, ?)", key
    )
    query = "SELECT id, dropped FROM streams WHERE source = ? AND origin = ? AND model = ?"
    found: tuple[int, int] = connection.execute(f"{query} AND header = ?", key).fetchone()
    return found


def _drop(connection: sqlite3.Connection, letters: int, size: int) -> None:
    """Drop the oldest, at least so many letters with at least so many bytes.

    Before the new ones come, so that the file never grows beyond the size that it may have.
    """
    last = count = 0
    passed: dict[int, int] = {}
    oldest = connection.execute("SELECT id, stream, position, charge FROM letters ORDER BY id")
    while count < letters or size > 0:
        last, stream, position, charged = oldest.fetchone()
        passed[stream] = max(position, passed.get(stream, -1))
        count += 1
        size -= charged
    oldest.close()
    connection.execute("DELETE FROM letters WHERE id <= ?", (last,))
    connection.execute("UPDATE counts SET dropped = dropped + ?", (count,))
    connection.executemany(
        "UPDATE streams SET dropped = max(dropped, ?) WHERE id = ?",
        [(position, stream) for stream, position in passed.items()],
    )
