"""What people see and do of a running daemon: its desk, its clerk, and the log of decisions."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog

from lrcontrol.config.settings import Settings
from lrcontrol.decisions.basis import Basis
from lrcontrol.decisions.entry import Entry, Made
from lrcontrol.decisions.journal import DecisionLog
from lrcontrol.loop import Loop
from lrcontrol.operating.clerk import Clerk
from lrcontrol.operating.desk import Desk
from lrcontrol.operating.house import House
from lrcontrol.served import Served, Timed

#: Added to the name of the folder of checkpoints, where nothing is said of the log.
SUFFIX = ".decisions.ndjson"


class Operated:
    """Between two blocks: answers, carries out orders, and takes in what was decided.

    All methods are for the learning thread. ``begin`` once the models are there; ``turn`` after
    each block; ``flush`` before a checkpoint is packed, so that the log on disk is never behind it.
    """

    def __init__(self, desk: Desk, settings: Settings, house: House) -> None:
        self.desk = desk
        self._settings = settings
        self._house = house
        self._served: Sequence[Served] = ()
        self._last: dict[str, tuple[Loop, int]] = {}  # by model: its loop, and its last step told
        self._log: DecisionLog | None = None
        self._rebuilt = False

    def begin(
        self, served: Sequence[Served], memory: Mapping[str, Any], anew: Collection[str]
    ) -> None:
        """Take over what runs, with what a checkpoint held; models ``anew`` are from none."""
        self._served = served
        self.clerk = Clerk(self.desk, {one.name: one for one in served}, self._house)
        self.clerk.recall(memory)
        for one in served:
            one.loop.made()  # from before the checkpoint: these were told already
            self._last[one.name] = one.loop, one.loop.status.steps
        section, folder = self._settings.decisions, self._settings.checkpoint.folder
        file = section.file or (folder and folder.absolute().with_name(folder.name + SUFFIX))
        if file is None:
            return
        tell = structlog.get_logger("lrcontrol").warning
        self._log = DecisionLog(file, section.max_bytes, section.files, self._bases, tell)
        self._log.begin({one.name: one.loop.status.steps for one in served}, anew)

    def turn(self) -> None:
        """Answer, carry out, end what has expired, and take in what was decided."""
        self.clerk.turn()
        self.gather()

    def gather(self) -> None:
        """Take in what was decided since the last time."""
        entries: list[Entry] = []
        for one in self._served:
            made = one.loop.made()
            if made:
                now = time.time()
                entries += [self.desk.decisions.add(now, one.name, m) for m in self._new(one, made)]
        if self._log is not None and entries:
            self._log.append(entries)
        if self._log is not None and self._rebuilt:
            self._rebuilt = False
            self._log.changed()

    def _new(self, served: Served, made: Sequence[Made]) -> Sequence[Made]:
        """Leave out what was told before: a loop brought back after a raise decides it again."""
        loop, last = self._last[served.name]
        if served.loop is not loop:
            made = [m for m in made if m.decision.step > last]
            self._rebuilt = True  # its controller has not seen what the log tells
        step = made[-1].decision.step if made else last
        self._last[served.name] = served.loop, max(last, step)
        return made

    def flush(self) -> None:
        """Write the log up to here."""
        self.gather()
        if self._log is not None:
            self._log.flush()

    def reloaded(self) -> None:
        """Note that parameters have changed."""
        self.gather()
        if self._log is not None:
            self._log.changed()

    def end(self) -> None:
        """Tell everybody who waits, and close the log."""
        self.clerk.end()
        self.gather()
        if self._log is not None:
            self._log.close()

    def _bases(self) -> Mapping[str, Basis]:
        return {one.name: basis_of(one.loop) for one in self._served}


def basis_of(loop: Loop) -> Basis:
    """Return what the decisions of a loop rest on from here."""
    controller = loop.controller
    if isinstance(controller, Timed):
        controller = controller.controller
    state = getattr(loop.learner, "state", None)
    given = (loop.limits, loop.initial_rate, loop.period, loop.learner.rate)
    return Basis(controller, *given, loop.status.steps, state)
