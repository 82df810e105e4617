"""The folder of checkpoints as a start finds it: locked, its key read, the newest usable loaded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from lrcontrol.checkpoint.breaker import InFlight
from lrcontrol.checkpoint.content import Checkpoint
from lrcontrol.checkpoint.disk import Disk, Lock
from lrcontrol.checkpoint.frame import Frame, seal
from lrcontrol.checkpoint.good import Candidate, Seen, turned_out
from lrcontrol.checkpoint.keys import keys_for
from lrcontrol.checkpoint.recovery import Recovered, recover
from lrcontrol.checkpoint.retention import Entry, Retention
from lrcontrol.checkpoint.store import Store
from lrcontrol.config.checkpoint import Checkpoints

#: Beside the checkpoints: the lock, and what the breaker remembers.
LOCK = "lock"
IN_FLIGHT = "in-flight"

Accept = Callable[[bytes, list[bytes]], Checkpoint]


class Folder:
    """One process's folder of checkpoints, from its lock to its release.

    ``fresh`` starts without what is there, and makes a key where the old one was lost.

    Raises Locked where another process has it, KeyUnusable, and OSError.
    """

    def __init__(self, settings: Checkpoints, disk: Disk, fresh: bool) -> None:
        path = _made(settings)
        self._lock = Lock(path / LOCK)
        try:
            self._store = Store(path, disk, time.time, settings.retention)
            lost = fresh and not settings.key_file.exists()
            begun = self._store.begun and not lost
            self._keys = keys_for(disk, settings.key_file, begun)
            self.flight = InFlight(path / IN_FLIGHT)
        except BaseException:
            self._lock.release()
            raise
        self._fresh = fresh
        self._candidate: Candidate[Entry] | None = None
        #: Number of the checkpoint pinned as good, 0 before the first.
        self.good = max((e.sequence for e in self._store.entries if e.good), default=0)

    def recover(self, accept: Accept) -> Recovered[Checkpoint] | None:
        """Return the newest checkpoint that ``accept`` takes; None where there never was one.

        Raises NothingUsable where there was, and none can be used.
        """
        if self._fresh:
            return None
        return recover(self._store, lambda data: accept(data, self._keys))

    def write(self, frame: Frame) -> tuple[Entry, int]:
        """Seal a checkpoint and return its entry, once it is durable, and its bytes.

        Raises OSError.
        """
        pieces = seal(frame, self._keys[0])
        return self._store.write(pieces), sum(map(len, pieces))

    def keep(self, retention: Retention) -> None:
        """Take over another rule of what is kept, from the next write on."""
        self._store.retention = retention

    def settle(self, entry: Entry, seen: Mapping[str, Seen]) -> None:
        """Pin an earlier checkpoint as the good one, if the models at ``entry`` show that it was.

        What cannot be pinned now is another time: ``entry`` is durable all the same.
        """
        candidate = self._candidate
        good = turned_out(candidate.seen, seen) if candidate else False
        if good is None:
            return
        if good and candidate:
            with suppress(OSError):
                self.good = self._store.pin(candidate.entry).sequence
        self._candidate = Candidate(entry, seen)
        self._store.hold(entry)

    def release(self) -> None:
        """Let another process have it."""
        self._lock.release()


def _made(settings: Checkpoints) -> Path:
    path = settings.folder
    assert path is not None
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
