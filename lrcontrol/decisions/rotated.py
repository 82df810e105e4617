"""A file that lines are added to, put aside when it is full: ``path``, then ``path.1``, ..."""

from __future__ import annotations

import os
from collections.abc import Iterator
from errno import EBUSY
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

#: Only who runs the daemon reads what people wrote as their reasons.
MODE = 0o600


class Rotated:
    """The newest file is ``path``; with a higher number the older ones, ``files`` in all at most.

    A write that fails half-way leaves no half behind: the next one begins where the last whole one
    ended. Every method may raise OSError.
    """

    def __init__(self, path: Path, files: int) -> None:
        self._path = path
        self._files = files
        self._file = -1
        self.size = 0  # of the newest file, whole lines only

    @property
    def opened(self) -> bool:
        """Whether there is a file to write to."""
        return self._file != -1

    def open(self) -> None:
        """Open the newest file to add to it, without what follows its last whole line.

        For one process only, since two would rotate it under each other's feet.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(self._path, flags, MODE)
        try:
            flock(self._file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            self.close()
            raise OSError(EBUSY, "another process writes this log") from None
        self.size = _whole(self._file)
        os.ftruncate(self._file, self.size)

    def write(self, data: bytes | bytearray) -> None:
        """Add lines; all of them or, where it raises, none."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, self.size)  # possible on a full disk too
            raise
        self.size += len(data)

    def roll(self) -> None:
        """Put the newest file aside, lose the oldest if there are too many, begin a new one."""
        self.close()
        for number in range(self._files - 1, 0, -1):
            older, newer = self._named(number), self._named(number - 1)
            if newer.exists():
                newer.replace(older)
        if self._files == 1:
            self._path.unlink(missing_ok=True)
        self.open()

    def cut(self, number: int, offset: int) -> None:
        """Make the file of that number the newest, without what follows ``offset`` in it.

        Not while it is open.
        """
        for newer in range(number):
            self._named(newer).unlink(missing_ok=True)
        os.truncate(self._named(number), offset)
        for older in range(number, self._files):
            if self._named(older).exists():
                self._named(older).replace(self._named(older - number))

    def newest_first(self) -> Iterator[tuple[int, Path]]:
        """Return the number and path of each file there is."""
        for number in range(self._files):
            if self._named(number).exists():
                yield number, self._named(number)

    def sync(self) -> None:
        """Have what is written outlive a loss of power."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file; it can be opened again."""
        if self._file != -1:
            file, self._file = self._file, -1
            os.close(file)

    def _named(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path


def series(path: Path) -> list[Path]:
    """Return ``path`` and what was put aside before it, oldest first.

    >>> series(Path("/nowhere/decisions.ndjson"))
    [PosixPath('/nowhere/decisions.ndjson')]
    """
    found = [path]
    while (older := path.with_name(f"{path.name}.{len(found)}")).exists():
        found.append(older)
    return found[::-1]


def _whole(file: int) -> int:
    """Return the size of a file without what follows its last line end."""
    size = os.fstat(file).st_size
    while size:
        begin = max(size - 65536, 0)
        end = os.pread(file, size - begin, begin).rfind(b"\n")
        if end >= 0:
            return begin + end + 1
        size = begin
    return 0
