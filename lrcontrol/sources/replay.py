"""Reads a file once, from beginning to end."""

from __future__ import annotations

from pathlib import Path

from lrcontrol.sources.base import Batch, EndOfStream, Memory, Positions, SourceFailed
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
        self._failed: SourceFailed | None = None
        self._marks: Memory = {}

    def memory(self) -> Memory:
        """Return what stands before the position, by origin."""
        file = self._file
        return {file.origin: file.mark()} if file is not None and file.origin else {}

    def recall(self, memory: Memory) -> None:
        """Look for what was remembered when opened."""
        self._marks = memory

    def open(self, positions: Positions) -> None:
        """Start at the position of this very file; raises SourceFailed where it is another one."""
        self._file = OpenFile(self._path, self._max_record, headed=self._headed)
        position = self._file.find(positions, self._marks)
        if position is None and positions:
            self.close()
            raise SourceFailed(
                f"{self._path}: not the file that was read before: its first bytes, or those "
                "before the position, differ; put that file back, or start with --fresh"
            )
        self._file.start(position or 0)

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return the next lines, up to ``limit``; never waits."""
        file = self._file
        assert file is not None
        for _ in range(READS):  # a block across the chunks of the file, as kernels want them full
            if self._finished or file.waiting >= limit or self._failed is not None:
                break
            self._read(file)
        batch = file.take(limit)
        if batch is None and self._failed is not None:
            raise self._failed
        if batch is None and self._finished:
            raise EndOfStream
        return batch

    def _read(self, file: OpenFile) -> None:
        try:
            more = file.read()
        except SourceFailed as failure:  # but what came before it is good
            self._failed = failure
            return
        if not more:
            file.finish()
            self._finished = True

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
