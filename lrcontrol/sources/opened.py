"""An open file of lines that knows itself again: its fingerprint is the origin of its batches."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zlib
from pathlib import Path
from typing import IO, cast

from lrcontrol.sources.base import Batch, Memory, Positions, SourceFailed
from lrcontrol.sources.splitter import EXCESS, Splitter

#: One read. Large enough that its cost per record is small, small enough to be soon in lines.
CHUNK = 64 * 1024
#: First bytes of a file that identify it; a file that is shorter is identified by what it has.
PRINTED = 1024
#: Bytes before a position that are remembered with it: another file may begin with the same 1024.
TAIL = 64
COMPRESSED = ".gz"
#: What reading raises where the disk or the compressed data is at fault.
FAULTS = (OSError, EOFError, zlib.error)


class OpenFile:
    """Lines of one file; a position is the offset after the line (uncompressed, in a ``.gz``).

    The origin is a fingerprint, ``length-digest`` of its first bytes, because a path names another
    file after a rotation, and an inode is used again as soon as the file is gone. Two files that
    begin with the same 1024 bytes are told apart by ``mark``: what stands before the position.

    Raises SourceFailed on construction where the file cannot be read.
    """

    def __init__(self, path: Path, max_record: int, *, headed: bool) -> None:
        self.path = path
        self._max_record = max_record
        self._headed = headed
        self._raw = _open(path)
        self._fd = self._raw.fileno()
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            self._raw.close()
            raise SourceFailed(f"{path}: not a regular file; for a pipe use a source of type lines")
        self.identity = (status.st_dev, status.st_ino)
        self._compressed = path.suffix == COMPRESSED
        self._file: IO[bytes] = self._raw
        if self._compressed:
            self._file = cast("IO[bytes]", gzip.GzipFile(fileobj=self._raw))
        self.origin = ""
        self.position = 0  # after the last line handed out

    def find(self, positions: Positions, marks: Memory | None = None) -> int | None:
        """Return the offset at which ``positions`` leave this file, None where it is not theirs.

        ``marks`` are those taken at the positions, by origin, as far as they are known.
        """
        for origin, position in positions.items():
            size = origin.partition("-")[0]
            same = size.isdecimal() and self._fingerprint(int(size)) == origin
            if same and (self._compressed or position <= os.fstat(self._fd).st_size):
                if not self._bears((marks or {}).get(origin), position):
                    continue
                self.origin = origin
                return position
        return None

    def mark(self) -> str:
        """Return device, inode and a hash of the last bytes before the position.

        The hash tells whether it is the same place; the numbers, for people, whether it is the same
        file. A compressed file has no hash: its position is not one in the bytes on disk.
        """
        device, inode = self.identity
        return f"{device}:{inode}:{self._before(self.position)}"

    def _before(self, position: int) -> str:
        if self._compressed:
            return ""
        start = max(position - TAIL, 0)
        return hashlib.sha256(os.pread(self._fd, position - start, start)).hexdigest()[:16]

    def _bears(self, mark: str | None, position: int) -> bool:
        wanted = (mark or "").rpartition(":")[2]
        return not wanted or wanted == self._before(position)

    def _fingerprint(self, size: int) -> str:
        start = os.pread(self._fd, min(size, PRINTED), 0)
        return f"{len(start)}-{hashlib.sha256(start).hexdigest()[:16]}"

    def start(self, position: int) -> None:
        """Read on from ``position``, an offset at which a line begins."""
        try:
            header = self._header() if self._headed and position else None
            self._file.seek(position)
        except FAULTS as error:
            raise self._failed(error) from error
        self.position = position
        self._lines = Splitter(
            self._max_record, position=position, headed=self._headed, header=header
        )

    def _header(self) -> bytes:
        header = b"\n"
        while header and not header.rstrip(b"\r\n"):
            header = self._file.readline(self._max_record + EXCESS)
        return header.rstrip(b"\r\n")

    @property
    def waiting(self) -> int:
        """How many lines were read that were not taken."""
        return len(self._lines)

    def take(self, limit: int) -> Batch | None:
        """Return up to ``limit`` lines that were read, None where there is none."""
        if not self._lines:
            return None
        if not self.origin:  # only now: the file has a line, so its start will stay as it is
            self.origin = self._fingerprint(PRINTED)
        lines, positions = self._lines.take(limit)
        self.position = positions[-1]
        return Batch(self.origin, lines, positions)

    def read(self) -> bool:
        """Read some more; False at the end of the file, which may have grown by the next time."""
        try:
            chunk = self._file.read(CHUNK)
        except FAULTS as error:
            raise self._failed(error) from error
        if chunk:
            self._lines.feed(chunk)
        return bool(chunk)

    def finish(self) -> None:
        """Take what follows the last line end for a line."""
        self._lines.finish()

    @property
    def truncated(self) -> bool:
        """Whether the file is shorter than what was read of it."""
        return os.fstat(self._fd).st_size < self._file.tell()

    def newer_than(self, other: OpenFile) -> bool:
        """Whether this is another file than ``other``, written later."""
        if self.identity == other.identity:
            return False
        return os.fstat(self._fd).st_mtime_ns >= os.fstat(other._fd).st_mtime_ns

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()

    def _failed(self, error: Exception) -> SourceFailed:
        what = getattr(error, "strerror", None) or error
        return SourceFailed(f"{self.path}: {what}, after offset {self.position}")


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise SourceFailed(f"{path}: {error.strerror}; give a file that can be read") from error
