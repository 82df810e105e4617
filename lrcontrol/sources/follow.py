"""Reads a file that grows, and goes on with the one that takes its place."""

from __future__ import annotations

import glob
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import structlog

from lrcontrol.sources.base import Batch, Memory, Positions, SourceFailed
from lrcontrol.sources.opened import OpenFile

#: Seconds between looks at a file that did not grow; there is no portable call that waits for it.
LOOK_EVERY = 0.1
#: Reads in one poll that find no end of a line; a writer without line ends must not keep us here.
READS = 16
#: Rotated files that are looked at, newest first.
ROTATED = 32
#: Rotated files that were packed; an offset in the file is none in these.
PACKED = {".gz", ".bz2", ".xz", ".zst", ".lz4"}

#: What to do where lines may be lost.
Gap = Literal["stop", "go_on"]
Match = Callable[[OpenFile], int | None]


class Follow:
    """The lines of a file as they are written; it never ends.

    Rotation by renaming (``app.log`` becomes ``app.log.1`` or ``app.log-20261122``): the old file
    is read to its end, then those that came between, then the new one, also where it happened while
    nobody was reading. Truncation, as by logrotate's ``copytruncate``: what was not read yet is
    looked for in the copy. Where its place is nowhere to be found, lines may be lost: it raises
    SourceFailed, or where ``gap`` is ``go_on`` warns and reads what is there from its beginning.

    A file that is cut and grows beyond its old length between two looks cannot be told from one
    that grew, so prefer renaming. The old file is left at the second look that finds it unchanged
    after the new one appeared: a writer that goes on with the old file for longer than that loses
    its lines.
    """

    def __init__(
        self,
        path: Path,
        max_record: int,
        *,
        headed: bool,
        gap: Gap = "stop",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._max_record = max_record
        self._headed = headed
        self._gap = gap
        self._sleep = sleep
        self._log = structlog.get_logger("lrcontrol.sources").bind(path=str(path))
        self._files: deque[OpenFile] = deque()  # the one being read, then those that came after it
        self._leaving = False  # whether the first of them has been seen rotated, at its end
        self._marks: Memory = {}

    def memory(self) -> Memory:
        """Return what stands before the position in the file that is read, by its origin."""
        return {file.origin: file.mark() for file in list(self._files)[:1] if file.origin}

    def recall(self, memory: Memory) -> None:
        """Look for what was remembered when opened."""
        self._marks = memory

    def open(self, positions: Positions) -> None:
        """Start where ``positions`` leave the file, or one rotated from it; it may be missing."""
        found, later = self._since(lambda file: file.find(positions, self._marks))
        if found is None and positions:
            *_, last = positions.values()
            self._lost(last, later)
        self._read_on(found, later)

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return the lines that were written, up to ``limit``, looking again until ``timeout``."""
        while True:
            batch = self._advance(limit)
            if batch or timeout <= 0:
                return batch
            pause = min(LOOK_EVERY, timeout)
            self._sleep(pause)
            timeout -= pause

    def _advance(self, limit: int) -> Batch | None:
        for _ in range(READS):
            if not self._files and not self._appeared():
                return None
            file = self._files[0]
            batch = file.take(limit)
            if batch:
                return batch
            if file.read():
                self._leaving = False
            elif file.truncated:
                self._truncated(file)
            elif not self._leave(file):
                return None
        return None

    def _appeared(self) -> bool:
        if self._path.exists():
            self.open({})
        return bool(self._files)

    def _leave(self, file: OpenFile) -> bool:
        """At the end of ``file``: go on with the next one, False where there is none yet."""
        if len(self._files) == 1 and not self._followed(file):
            return False
        file.finish()
        if not file.waiting:
            self._files.popleft().close()
            self._leaving = False
        return True

    def _followed(self, file: OpenFile) -> bool:
        """Whether ``file`` was rotated, two looks ago; then what came after it is queued."""
        if not self._rotated(file):
            return False
        if not self._leaving:  # look once more: it may have been written to just before
            self._leaving = True
            return False
        before, later = self._since(lambda other: None if self._after(other, file) else 0)
        if before:
            before.close()
        self._files.extend(later)
        return bool(later)

    def _rotated(self, file: OpenFile) -> bool:
        try:
            status = self._path.stat()
        except FileNotFoundError:  # renamed, and the next one is not there yet
            return False
        return (status.st_dev, status.st_ino) != file.identity

    def _after(self, other: OpenFile, file: OpenFile) -> bool:
        # What has the path now comes last, even where the old file was written to once more.
        return other.path == self._path or other.newer_than(file)

    def _truncated(self, file: OpenFile) -> None:
        found, later = self._since(lambda other: other.find({file.origin: file.position}))
        if found is None:
            self._lost(file.position, later)
        file.close()
        self._files.clear()
        self._read_on(found, later)

    def _lost(self, position: int, opened: list[OpenFile]) -> None:
        if self._gap == "go_on":
            self._log.warning("lines may be lost", after=position, action="from the beginning")
            return
        for file in opened:
            file.close()
        raise SourceFailed(
            f"{self._path}: what was read up to offset {position} is not there any more, nor is a "
            f"copy beside it, so lines after it may be lost; put it back (not compressed, as "
            f"{self._path.name}.1), or set gap: go_on to read what is there from its beginning"
        )

    def _read_on(self, found: OpenFile | None, later: list[OpenFile]) -> None:
        if found is None:  # then rotated files are old news, or were read under another name
            for file in later:
                if file.path != self._path:
                    file.close()
            later = [file for file in later if file.path == self._path]
        self._files.extend([found, *later] if found else later)

    def _since(self, match: Match) -> tuple[OpenFile | None, list[OpenFile]]:
        """Return the newest file that ``match`` gives a position, and all newer, oldest first."""
        later: list[OpenFile] = []
        for path in self._newest_first():
            try:
                file = OpenFile(path, self._max_record, headed=self._headed)
            except SourceFailed as error:
                gone = isinstance(error.__cause__, FileNotFoundError)  # rotated away meanwhile
                if path != self._path or gone:
                    continue
                raise
            position = match(file)
            file.start(position or 0)
            if position is not None:
                return file, later[::-1]
            later.append(file)
        return None, later[::-1]

    def _newest_first(self) -> list[Path]:
        pattern = glob.escape(self._path.name) + "[.-]*"
        rotated = [
            (path.stat().st_mtime_ns, path)
            for path in self._path.parent.glob(pattern)
            if path.suffix not in PACKED and path.is_file()
        ]
        live = [self._path] if self._path.exists() else []
        return live + [path for _, path in sorted(rotated, reverse=True)[:ROTATED]]

    def commit(self, positions: Positions) -> None:
        """Do nothing: a file keeps nothing."""

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()
        self._files.clear()

    @property
    def length(self) -> int | None:
        """Unknown: it has no end."""
        return None

    @property
    def lag(self) -> int | None:
        """Unknown."""
        return None
