"""The daemon's dealings with its checkpoints: at the start, around each block, and at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from lrcontrol.checkpoint.disk import Disk
from lrcontrol.checkpoint.frame import Frame
from lrcontrol.config.checkpoint import Checkpoints
from lrcontrol.config.settings import Settings
from lrcontrol.intake import Intake, Place
from lrcontrol.keeping.keeper import Keeper, Snapshot, Written
from lrcontrol.keeping.letters import Letters
from lrcontrol.keeping.replays import Replays
from lrcontrol.keeping.resume import Resumed, steps
from lrcontrol.log import RateLimited
from lrcontrol.loop import Loop
from lrcontrol.operating.operated import Operated
from lrcontrol.record import Record
from lrcontrol.served import Served
from lrcontrol.status import CheckpointStatus

#: Records learned one at a time, after crashes, before the next checkpoint: one on the way to the
#: record that kills would count as progress, and its killing begin anew from there.
CAREFUL = 256


class Kept:
    """What a daemon keeps: resumed at its start, written as it goes on.

    ``careful`` says that records are to be learned one at a time, until a checkpoint is past the
    place where the process was killed again and again.

    Raises Locked, KeyUnusable and NothingUsable, whose messages say what to do, and OSError.
    """

    def __init__(self, settings: Settings, fresh: bool, disk: Disk | None = None) -> None:
        self._settings = settings
        self._resumed = Resumed(settings, fresh, disk)
        self._flight = self._resumed.folder.flight
        self.careful, self._suspect = self._resumed.verdict
        self._put_aside = 0
        self._forced = False
        self._log = structlog.get_logger("lrcontrol")
        self._noisy = RateLimited(self._log, time.monotonic)
        self._served: Sequence[Served] = ()
        self._intakes: Sequence[Intake] = ()

    def loop(self, model: str) -> Loop | None:
        """Return the loop that a model goes on with, None where it begins."""
        found: Loop | None = self._resumed.loops.get(model)
        return found

    def place(self, source: str) -> Place:
        """Return where a source was, the beginning where nothing is known of it."""
        return self._resumed.place(source)

    def begin(
        self,
        served: Sequence[Served],
        intakes: Sequence[Intake],
        letters: Letters,
        replays: Replays | None,
        operated: Operated,
    ) -> None:
        """Take over what runs. A fresh start is made durable at once, or it would not last.

        Raises OSError where it cannot be.
        """
        self._served, self._intakes = served, intakes
        self._letters, self._replays, self._operated = letters, replays, operated
        resumed = self._resumed
        status = CheckpointStatus(resumed.sequence, step=resumed.step)
        cadence, allow = self._settings.checkpoint.cadence, self._settings.allow
        self._keeper = Keeper(resumed.folder, cadence, allow, self._snapshot, status, self._packed)
        for intake in intakes:
            if not intake.replayable:
                why = "it cannot be read again; what it gives after a checkpoint is lost in a crash"
                self._log.warning("positions not kept", source=intake.name, why=why)
        if resumed.fresh and self._keeper.finish(steps(intakes), force=True) is None:
            raise OSError(f"a fresh start cannot be kept: {self._keeper.last_error}")

    def _snapshot(self) -> Snapshot:
        self._letters.flush()  # no checkpoint is past a letter that is not durable
        self._operated.flush()
        orders = self._operated.clerk.memory()
        return self._resumed.snapshot(self._served, self._intakes, orders)

    def _packed(self, frame: Frame) -> None:
        for served in self._served:
            served.keep(frame.sections[f"model:{served.name}"])

    def enter(self, number: int, position: int, records: Sequence[Record]) -> Sequence[Record]:
        """Note what is about to be learned, of which source; return it without what kills."""
        if self._suspect == (number, position) and self.careful:
            self._suspect, self._forced = None, True
            self._put_aside += len(records)
            intake = self._intakes[number]
            why = "it killed the process several times"
            self._log.error("record put aside", source=intake.name, position=position, why=why)
            self._letters.killed(intake)
            return []
        self._flight.enter(number, position)
        return records

    def leave(self) -> None:
        """Note that it has been learned."""
        self._flight.leave()

    @property
    def orders(self) -> Mapping[str, Any]:
        """What the checkpoint that was gone on from held of orders."""
        return self._resumed.orders

    def soon(self) -> None:
        """Write a checkpoint at the next turn, whatever the cadence says."""
        self._forced = True

    def retune(self, checkpoints: Checkpoints) -> None:
        """Go on with another cadence and retention."""
        self._keeper.cadence = checkpoints.cadence
        self._resumed.folder.keep(checkpoints.retention)

    def turn(self) -> None:
        """Write a checkpoint if it is time; never of a model that has failed."""
        if any(served.failure is not None for served in self._served):
            return
        failures, step = self._keeper.status.failures, steps(self._intakes)
        over = not any(intake.live for intake in self._intakes)  # then no more records will come
        if self.careful and not (self._forced or over) and step < self._resumed.step + CAREFUL:
            return
        self._forced |= self.careful and over
        self._told(self._keeper.turn(step, force=self._forced))
        self._forced = False
        if self._keeper.status.failures > failures:
            why = str(self._keeper.last_error)
            self._noisy.warning("checkpoint failed", key=("checkpoint", why[:80]), why=why)

    def end(self) -> None:
        """Write the last checkpoint; a stop on purpose is no crash."""
        if any(served.failure is not None for served in self._served):
            self._log.error("no last checkpoint", why="a model failed")
            return
        self._told(self._keeper.finish(steps(self._intakes)))
        status = self._keeper.status
        if status.behind:
            why = str(self._keeper.last_error)
            self._log.error("no last checkpoint", behind=status.behind, why=why)
        else:
            self._log.info("kept", sequence=status.sequence, step=status.step)
        self._flight.progress(status.sequence)
        self._noisy.flush()

    def release(self) -> None:
        """Let another process have the folder."""
        self._resumed.folder.release()

    def _told(self, written: Written | None) -> None:
        if written is None:
            return
        self.careful = False
        self._operated.clerk.durable(written.meta["orders"])
        for intake in self._intakes:
            intake.commit(Place(written.meta["positions"][intake.name]))
        if self._replays is not None:
            counters = written.meta["counters"]
            self._replays.commit({name: counters[name]["aside"]["passed"] for name in counters})
        status = self._keeper.status
        self._log.debug("checkpoint", sequence=status.sequence, step=status.step)

    @property
    def status(self) -> CheckpointStatus:
        """What became of the checkpoints so far."""
        return self._keeper.status._replace(careful=self.careful, put_aside=self._put_aside)
