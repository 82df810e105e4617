"""Writes checkpoints beside learning: packed on the thread that learns, the rest on another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import Any, NamedTuple

from lrcontrol.checkpoint.cadence import Cadence
from lrcontrol.checkpoint.content import Checkpoint, pack, prove
from lrcontrol.checkpoint.frame import Frame
from lrcontrol.checkpoint.good import Seen
from lrcontrol.checkpoint.retention import Entry
from lrcontrol.keeping.folder import Folder
from lrcontrol.status import CheckpointStatus

#: Longest wait for a write at the end, seconds: a stop is to take 10 at most.
LAST_WAIT = 5.0

Learned = Mapping[str, Sequence[tuple[Mapping[str, Any], Any]]]


class Snapshot(NamedTuple):
    """Everything that is to be kept, at one instant between two blocks."""

    checkpoint: Checkpoint
    learned: Learned  # the last records of each model, as they were learned
    step: int  # records read up to it
    seen: Mapping[str, Seen] = {}  # what each model had seen


class Written(NamedTuple):
    """A checkpoint that is durable, and the meta data in it."""

    entry: Entry
    meta: Mapping[str, Any]


class Keeper:
    """Keeps checkpoints in a folder as often as a cadence says, one at a time.

    All methods are for the thread that learns; none of them waits for the disk but ``finish``. A
    checkpoint that cannot be packed, proved or written is counted, and the next one tried later;
    learning goes on.

    ``snap`` returns the snapshot of now; ``allow`` are the modules a model may come from.
    ``packed`` is given each frame between two blocks, before anything more is learned.
    """

    def __init__(
        self,
        folder: Folder,
        cadence: Cadence,
        allow: Sequence[str],
        snap: Callable[[], Snapshot],
        status: CheckpointStatus,
        packed: Callable[[Frame], None] = lambda frame: None,
    ) -> None:
        self._folder = folder
        self.cadence = cadence
        self._allow = allow
        self._snap = snap
        self._packed = packed
        self._writing: _Writing | None = None
        self._wanted = False  # one was asked for, and has not begun
        self._tried = self._well_at = time.monotonic()
        self._cost = 0.0
        self.last_error: Exception | None = None
        self.status = status

    def turn(self, step: int, *, force: bool = False) -> Written | None:
        """Write one if it is time; return the one that has become durable since the last turn.

        ``step`` is the number of records read so far. With ``force`` one is written whatever the
        cadence says, after one that is on its way: that holds nothing of what came since.
        """
        self._wanted |= force
        written = self._collect()
        status, since = self.status, time.monotonic() - self._tried
        due = self.cadence.due(step - status.step, since, self._cost, status.failing)
        if self._writing is None and (self._wanted or due):
            self._begin()
        self._look(step)
        return written

    def finish(self, step: int, *, force: bool = False) -> Written | None:
        """Write a last one where records were read since; wait for it, but not for ever.

        Returns the last that became durable. ``force`` writes one in any case.
        """
        before = self._wait()
        if self._writing is None and (force or self._wanted or step != self.status.step):
            self._begin()
        last = self._wait() or before
        self._look(step)
        return last

    def _wait(self) -> Written | None:
        if self._writing is not None:
            self._writing.join(LAST_WAIT)
        return self._collect()

    def _begin(self) -> None:
        self._wanted = False
        self._tried = before = time.monotonic()
        try:
            snapshot = self._snap()
            frame = pack(snapshot.checkpoint)
            self._packed(frame)
        except Exception as error:  # whatever a user's model raises when it is pickled
            self._failed(error)
            return
        pause = time.monotonic() - before
        self.status = self.status._replace(pauses=self.status.pauses + pause)
        self._writing = _Writing(self._folder, frame, snapshot, self._allow, pause)
        self._writing.start()

    def _collect(self) -> Written | None:
        writing = self._writing
        if writing is None or writing.is_alive():
            return None
        self._writing = None
        self._cost = writing.cost
        if writing.entry is None:
            self._failed(writing.error)
            return None
        self._well_at = time.monotonic()
        self._folder.flight.progress(writing.entry.sequence)
        status = self.status
        self.status = status._replace(
            sequence=writing.entry.sequence,
            durable_at=time.time(),
            step=writing.snapshot.step,
            written=status.written + 1,
            failing=0,
            bytes=writing.bytes,
            seconds=status.seconds + writing.seconds,
        )
        return Written(writing.entry, writing.snapshot.checkpoint.meta)

    def _failed(self, error: Exception | None) -> None:
        status = self.status
        self.last_error = error
        self.status = status._replace(failures=status.failures + 1, failing=status.failing + 1)

    def _look(self, step: int) -> None:
        """Tell how far behind the last durable one is, and whether that is as it should be."""
        behind, failing = step - self.status.step, self.status.failing
        age, problem = time.monotonic() - self._well_at, ""
        if not self.cadence.well(failing, behind, age):
            problem = f"no durable checkpoint for {age:.0f} s, {failing} failed: {self.last_error}"
        self.status = self.status._replace(behind=behind, problem=problem)


class _Writing(Thread):
    """One checkpoint on its way: proved, sealed, written."""

    def __init__(
        self, folder: Folder, frame: Frame, snapshot: Snapshot, allow: Sequence[str], pause: float
    ) -> None:
        # A daemon thread: a disk that hangs must not keep the process from ending.
        super().__init__(name="checkpoint", daemon=True)
        self._folder = folder
        self._frame = frame
        self._allow = allow
        self.snapshot = snapshot
        self.seconds = pause
        self.cost = pause  # without the waits for the disk and for the interpreter
        self.entry: Entry | None = None
        self.bytes = 0
        self.error: Exception | None = None

    def run(self) -> None:
        before = time.monotonic()
        try:
            proved = prove(self._frame, self.snapshot.learned, self._allow)
            self.entry, self.bytes = self._folder.write(proved)
            self._folder.settle(self.entry, self.snapshot.seen)
        except Exception as error:  # a bad disk, a model not finite or not itself: told, not raised
            self.error = error
        self.seconds += time.monotonic() - before
        self.cost += time.thread_time()
