"""A durable SQLite file of ours: opened once, checked, and written in whole transactions.

Dead letters and the journal are each one such file. SQLite in WAL mode with ``synchronous=FULL``:
0.2 ms a commit and tens of thousands of rows a second in groups. Rejected: a log of our own, and
LMDB (no gain at these sizes, one more dependency).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

#: Seconds that a writer waits for another process (a command beside the daemon) to finish its own.
BUSY_TIMEOUT = 5.0
#: Bytes the write-ahead log is cut back to after it was copied into the file; it is copied at 4 MB.
WAL_LIMIT = 4 * 1024 * 1024


class Kind(NamedTuple):
    """What a file is for: its mark in the header, the version of its tables, and the tables."""

    what: str
    application_id: int
    version: int
    tables: str


class DatabaseFailed(Exception):
    """The file cannot be used; the message says which, why, and what to do."""


class Database:
    """One SQLite file of a kind; one thread owns it.

    ``create=False`` is for commands: a path that does not exist is an error then. The file is for
    its owner only (0600), as messages may hold personal data. Raises DatabaseFailed for a file that
    is another kind's, a newer version's, damaged, or cannot be reached.

    After a failed transaction the connection is closed and the next one opens the file anew, so
    that no ``fsync`` is ever repeated on a descriptor on which one has failed (the kernel may have
    dropped the pages and report success the second time).
    """

    def __init__(self, path: Path, kind: Kind, *, create: bool = True) -> None:
        self.path = path
        self._kind = kind
        self._create = create
        self._connection: sqlite3.Connection | None = None
        with self._told():
            self._connect()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Begin, and commit at the end of the block; nothing of it stays where it raises.

        Raises DatabaseFailed when the disk is full or bad.
        """
        with self._told():
            connection = self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                self.close()  # takes an open transaction back
                raise

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query; nothing is held open that would keep the log from shrinking.

        Raises DatabaseFailed.
        """
        with self._told():
            return self._connect().execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            hint = "free some space or give another path"
            raise DatabaseFailed(f"{self.path}: {error}; {hint}") from error

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._create:  # by hand: SQLite would make it readable for all
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=BUSY_TIMEOUT,
                isolation_level=None,
            )
            self._check(self._connection)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT}")
        return self._connection

    def _check(self, connection: sqlite3.Connection) -> None:
        kind = self._kind
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if (mark, version) == (kind.application_id, kind.version):
            return
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if mark or version or tables:
            raise DatabaseFailed(
                f"{self.path}: not {kind.what} of version {kind.version} (mark {mark:#x}, version "
                f"{version}); give another path, or use the lrcontrol that wrote it"
            )
        connection.executescript(
            f"BEGIN; {kind.tables}; PRAGMA application_id={kind.application_id};"
            f"PRAGMA user_version={kind.version}; COMMIT;"
        )
