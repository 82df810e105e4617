"""The decision log on disk: every decision once, in a bounded number of files, whatever happens.

Written by the learning thread, which it never stops: where the disk is full or broken, what cannot
be written waits in memory, then is counted and dropped, and the disk is tried again later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lrcontrol._version import __version__
from lrcontrol.decisions.basis import Basis, written
from lrcontrol.decisions.beyond import beyond
from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.lines import FORMAT, Head, Why, encoded, encoded_head
from lrcontrol.decisions.rotated import Rotated

#: Bytes gathered before they are written without being asked to: a hundred decisions.
GATHERED = 32 * 1024
#: Seconds after which they are written anyway, with the next one: somebody may be following.
EACH = 1.0
#: Most bytes that wait for a disk that fails: three thousand decisions; later ones are lost.
WAITING = 1024 * 1024
#: Seconds until a disk that failed is tried again.
RETRY = 5.0

#: Gives what each model's decisions rest on now, after all those that were appended.
Bases = Callable[[], Mapping[str, Basis]]


class LogStatus(NamedTuple):
    """What became of the decisions; counts since the start of the process."""

    written: int = 0  # entries on disk, or on their way there
    lost: int = 0  # that could not be written
    failures: int = 0  # of the disk
    rotated: int = 0  # files put aside
    problem: str = ""  # of the disk as it is now, "" where it is well


class DecisionLog:
    """Appends entries to ``path``; a file of ``max_bytes`` is put aside, and ``files`` are kept.

    Each file begins with a head that holds what its decisions rest on, so that it can be replayed
    alone. ``flush`` before a checkpoint is written: then after a crash the log holds every decision
    that the checkpoint holds, and ``begin`` takes out those beyond. ``tell`` is called with a
    sentence when the disk fails, and when it is well again. Never raises OSError.

    ``bases`` is asked within ``append`` and ``changed``: all decisions made so far must have been
    appended by then. What an order or the ladder does to a controller's state no entry tells, so
    after one of theirs the log asks for the bases by itself; after a reload call ``changed``.
    """

    def __init__(
        self,
        path: Path,
        max_bytes: int,
        files: int,
        bases: Bases,
        tell: Callable[[str], None] = lambda sentence: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._files = Rotated(path, files)
        self._path, self._max_bytes, self._bases = path, max_bytes, bases
        self._tell, self._clock, self._wall = tell, clock, wall
        self._waiting = bytearray()
        self._count = 0  # entries in there
        self._missing = 0  # entries lost since the last head
        self._retry_at: float | None = None
        self._due = clock() + EACH
        self._begun: Head | None = None  # to be written before anything else
        self.status = LogStatus()

    def begin(self, steps: Mapping[str, int], anew: Collection[str] | None = None) -> int:
        """Begin where each model goes on from, at a step of a checkpoint; return entries cut.

        Those of a model beyond its step are taken out: it is about to make them again. What is
        there of a model in ``anew``, or in neither, is left as its past. Where ``anew`` is left
        out, those at step 0 begin anew; a model that goes on from a checkpoint before its first
        record is then told twice.
        """
        fresh = [name for name, step in steps.items() if not step] if anew is None else anew
        on = {name: step for name, step in steps.items() if name not in fresh}
        self._begun = self._head("began", on)
        return self._began(self._begun)

    def append(self, entries: Sequence[Entry]) -> None:
        """Take in entries, all that were made so far."""
        if not entries:
            return
        self._waiting += encoded(entries)
        self._count += len(entries)
        if any(moves_state(entry) for entry in entries):
            self.changed()
        if len(self._waiting) >= GATHERED or self._clock() >= self._due:
            self.flush()

    def changed(self) -> None:
        """Note that what decisions rest on may have changed: parameters, limits, a state."""
        self._waiting += encoded_head(self._head("changed"))

    def flush(self, durable: bool = False) -> None:
        """Write what was gathered; ``durable`` to outlive a loss of power, for some ms."""
        self._due = self._clock() + EACH
        if not self._able():
            self._forget()
            return
        try:
            if self._waiting:
                self._write()
            if durable:
                self._files.sync()
            if self._files.size >= self._max_bytes:
                self._files.roll()
                self._waiting += encoded_head(self._head("rotated"))
                self._write()
                self.status = self.status._replace(rotated=self.status.rotated + 1)
        except OSError as error:
            self._failed(error)

    def close(self) -> None:
        """Write what is left."""
        self._retry_at = None
        self.flush()
        try:
            self._files.close()
        except OSError as error:
            self._failed(error)

    def _began(self, head: Head) -> int:
        try:
            self._files.open()  # first of all: what another process writes is not to be cut
            place, cut = beyond(self._files.newest_first(), head.steps)
            if place is not None:
                self._files.close()
                self._files.cut(*place)
                self._files.open()
            head.cut += cut
            self._files.write(encoded_head(head))
        except OSError as error:
            self._failed(error)
            return 0
        self._begun = None
        return cut

    def _able(self) -> bool:
        """Return whether there is a file to write to, trying again where it is time."""
        if self._retry_at is not None and self._clock() < self._retry_at:
            return False
        self._retry_at = None
        if self._begun is not None:
            self._files.close()
            self._began(self._begun)
        elif not self._files.opened:
            try:
                self._files.open()
            except OSError as error:
                self._failed(error)
        return self._retry_at is None

    def _write(self) -> None:
        self._files.write(self._waiting)
        if self.status.problem:
            self._tell(f"{self._path}: decisions are written again, {self.status.lost} are lost")
        self.status = self.status._replace(written=self.status.written + self._count, problem="")
        self._waiting.clear()
        self._count = self._missing = 0

    def _failed(self, error: OSError) -> None:
        self._retry_at = self._clock() + RETRY
        why = f"{self._path}: decisions cannot be written: {error.strerror or error}"
        if why != self.status.problem:
            self._tell(why)
        self.status = self.status._replace(failures=self.status.failures + 1, problem=why)
        self._forget()

    def _forget(self) -> None:
        if len(self._waiting) < WAITING:
            return
        self.status = self.status._replace(lost=self.status.lost + self._count)
        self._missing += self._count
        self._count = 0
        self._waiting[:] = encoded_head(self._head("recovered", lost=self._missing))

    def _head(self, why: Why, steps: Mapping[str, int] | None = None, lost: int = 0) -> Head:
        models = {name: written(basis) for name, basis in self._bases().items()}
        return Head(__version__, FORMAT, self._wall(), why, models, dict(steps or {}), lost=lost)


def moves_state(entry: Entry) -> bool:
    """Return whether an entry may have moved a controller's state, which no reading tells.

    An order does, and a ruling of the divergence ladder: a roll back brings the state back too.
    """
    return bool(entry.actor) or (entry.reason == "diverged" and bool(entry.terms))
