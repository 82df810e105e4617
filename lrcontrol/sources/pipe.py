"""Reads lines from a pipe, a terminal or a character device, as they come."""

from __future__ import annotations

import math
import os
import select

from lrcontrol.sources.base import Batch, EndOfStream, Positions, SourceFailed
from lrcontrol.sources.splitter import Splitter

STDIN = "-"
#: One read; what a Linux pipe holds.
CHUNK = 64 * 1024
#: Reads in one poll that find no end of a line; a writer without line ends must not keep us here.
READS = 16


class Pipe:
    """Lines of a pipe; a position is a number of lines, the header counted.

    A pipe cannot be read twice: opened at a position it drops that many lines, which is right where
    the writer starts again from its beginning, as ``zcat file | lrcontrol run`` does. The end comes
    when the last writer closes.
    """

    def __init__(self, path: str, max_record: int, *, headed: bool) -> None:
        self._path = path
        self._origin = "stdin" if path == STDIN else path
        self._max_record = max_record
        self._headed = headed
        self._fd: int | None = None
        self._ended = False

    def open(self, positions: Positions) -> None:
        """Start reading, dropping the lines up to the position."""
        try:
            # Not blocking: opening a named pipe would wait for its first writer.
            mode = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
            self._fd = os.dup(0) if self._path == STDIN else os.open(self._path, mode)
        except OSError as error:
            raise self._failed(error) from error
        self._ready = select.poll()  # not select.select: it refuses descriptors over 1023
        self._ready.register(self._fd, select.POLLIN)
        self._lines = Splitter(
            self._max_record,
            count_lines=True,
            skip=positions.get(self._origin, 0),
            headed=self._headed,
        )

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return the lines that are there, up to ``limit``."""
        for _ in range(READS):
            if self._lines:
                return Batch(self._origin, *self._lines.take(limit))
            if self._ended:
                raise EndOfStream
            if not self._ready.poll(math.ceil(timeout * 1000)):
                return None
            self._read()
        return None

    def _read(self) -> None:
        assert self._fd is not None
        try:
            chunk = os.read(self._fd, CHUNK)
        except BlockingIOError:  # another reader of the same pipe was faster
            return
        except OSError as error:
            raise self._failed(error) from error
        if chunk:
            self._lines.feed(chunk)
        else:
            self._lines.finish()
            self._ended = True

    def _failed(self, error: OSError) -> SourceFailed:
        return SourceFailed(f"{self._origin}: {error.strerror}; give a pipe that can be read")

    def commit(self, positions: Positions) -> None:
        """Do nothing: a pipe keeps nothing."""

    def close(self) -> None:
        """Close the pipe; the process's own standard input stays open."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    @property
    def length(self) -> int | None:
        """Unknown."""
        return None

    @property
    def lag(self) -> int | None:
        """Unknown."""
        return None
