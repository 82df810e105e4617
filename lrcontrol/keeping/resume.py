"""What the daemon keeps in a checkpoint, and how it begins from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from lrcontrol.checkpoint.content import Checkpoint, accept
from lrcontrol.checkpoint.disk import Disk, Posix
from lrcontrol.checkpoint.good import Seen
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.config.identity import identity
from lrcontrol.config.settings import Settings
from lrcontrol.intake import Intake, Place
from lrcontrol.keeping.carried import carry
from lrcontrol.keeping.folder import Folder
from lrcontrol.keeping.keeper import Snapshot
from lrcontrol.served import Served
from lrcontrol.status import LoopStatus


class Resumed:
    """A start: a folder that is ours, and what was found in it.

    Raises Locked, KeyUnusable and NothingUsable, whose messages say what to do, and OSError.
    """

    def __init__(self, settings: Settings, fresh: bool, disk: Disk | None = None) -> None:
        self._settings = settings
        self._identity = identity(settings)
        self._carried = ""  # why what was learned went over to new loops, "" where it need not
        self.fresh = fresh
        self.folder = Folder(settings.checkpoint, disk or Posix(), fresh)
        try:
            found = self.folder.recover(self._accept)
        except BaseException:
            self.folder.release()
            raise
        self.sequence = 0 if found is None else found.entry.sequence
        self.verdict = self.folder.flight.start(self.sequence)
        kept = Checkpoint({}, {}) if found is None else found.value
        self.loops: Mapping[str, Any] = kept.models
        self.step = int(kept.meta.get("step", 0))
        self._positions: Mapping[str, Any] = kept.meta.get("positions", {})
        self._memory: Mapping[str, Any] = kept.meta.get("memory", {})
        self._counters: Mapping[str, Any] = kept.meta.get("counters", {})
        self.orders: Mapping[str, Any] = kept.meta.get("orders", {})  # the clerk's memory
        self._tell([] if found is None else [(e.name, str(why)) for e, why in found.passed])

    def _accept(self, data: bytes, keys: list[bytes]) -> Checkpoint:
        try:
            return accept(data, keys, self._identity, self._settings.allow)
        except Unusable as refusal:
            found = carry(data, keys, self._settings, refusal)
            self._carried = str(refusal)
            return found

    def place(self, source: str) -> Place:
        """Return where a source was, the beginning where nothing is known of it."""
        known = (self._positions, self._memory, self._counters)
        return Place(*(part.get(source, {}) for part in known))

    def snapshot(
        self, served: Sequence[Served], intakes: Sequence[Intake], orders: Mapping[str, Any]
    ) -> Snapshot:
        """Return everything that a restart needs, as it is between two blocks."""
        places = {intake.name: intake.place() for intake in intakes}
        step = steps(intakes)
        meta: dict[str, Any] = {
            "config": self._identity,
            "step": step,
            "positions": {name: place.positions for name, place in places.items()},
            "memory": {name: place.memory for name, place in places.items()},
            "counters": {name: place.counters for name, place in places.items()},
            "orders": orders,
        }
        loops = {one.name: one.loop for one in served}
        learned = {name: list(loop.recent) for name, loop in loops.items()}
        statuses = {name: loop.status for name, loop in loops.items()}
        meta["rates"] = {name: status.rate for name, status in statuses.items()}
        seen = {name: _seen(status) for name, status in statuses.items()}
        return Snapshot(Checkpoint(meta, loops), learned, step, seen)

    def _tell(self, passed: Sequence[tuple[str, str]]) -> None:
        log = structlog.get_logger("lrcontrol")
        for name, why in passed:
            log.error("checkpoint not usable", checkpoint=name, why=why)
        if self.sequence:
            log.info("resumed", sequence=self.sequence, step=self.step)
        if self._carried:
            kept, anew = "weights, scalers, optimizers, rates, positions", "controllers, guards"
            log.warning("carried over", why=self._carried, kept=kept, begins_anew=anew)
        if self.verdict.careful:
            log.warning("learning one record at a time", why="several starts without progress")


def _seen(status: LoopStatus) -> Seen:
    return Seen(
        status.steps,
        status.loss_sum,
        status.baseline_sum,
        status.loss_nonfinite,
        sum(count for ruling, count in status.rulings.items() if ruling != "drift"),
        status.rung in ("", "watching"),
    )


def steps(intakes: Sequence[Intake]) -> int:
    """Return how many records have been read, before a restart included."""
    return sum(intake.step for intake in intakes)
