"""Reads a file once, from beginning to end."""

from __future__ import annotations

from pathlib import Path

from lrcontrol.sources.base import Batch, EndOfStream, Positions, SourceFailed
from lrcontrol.sources.opened import OpenFile

#: Reads in one poll that find no end of a line; a file without line ends must not keep us here.
READS = 16


class Replay:
    """The lines of a file as it is; what is written to it while it is read is read too."""

    def __init__(self, path: Path, max_record: int, *, headed: bool) -> None:
        self._path = path
        self._max_record = max_record
        self._headed = headed
        self._file: OpenFile | None = None
        self._finished = False

    def open(self, positions: Positions) -> None:
        """Start at the position of this very file; raises SourceFailed where it is another one."""
        self._file = OpenFile(self._path, self._max_record, headed=self._headed)
        position = self._file.find(positions)
        if position is None and positions:
            self.close()
            raise SourceFailed(
                f"{self._path}: not the file that was read before, its first bytes differ; "
                "put that file back, or start without its position"
            )
        self._file.start(position or 0)

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return the next lines, up to ``limit``; never waits."""
        file = self._file
        assert file is not None
        for _ in range(READS):
            batch = file.take(limit)
            if batch:
                return batch
            if self._finished:
                raise EndOfStream
            if not file.read():
                file.finish()
                self._finished = True
        return None

    def commit(self, positions: Positions) -> None:
        """Do nothing: a file keeps nothing."""

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def length(self) -> int | None:
        """Unknown: lines are counted only by reading them."""
        return None

    @property
    def lag(self) -> int | None:
        """Unknown."""
        return None
