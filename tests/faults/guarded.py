"""A loop under the divergence guard, its rulings carried out as a daemon would."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from math import isfinite, nan
from typing import Any, NamedTuple

from lrcontrol import Loop, Record
from lrcontrol.checkpoint.pickling import dumps
from lrcontrol.control import Reading
from lrcontrol.control.guarding import Ladder, Ruling

#: Records between two looks.
LOOK = 32


class Told(NamedTuple):
    """A ruling that did something, and after how many records it came."""

    at: int
    ruling: Ruling


class Guarded:
    """Feeds a loop and its guard; ``losses`` has one entry a look, the mean over its records."""

    def __init__(self, loop: Loop, ladder: Ladder | None = None) -> None:
        self.loop = loop
        self.ladder = ladder or Ladder()
        ruling, self.watch = self.ladder.init(loop.gain.rate)
        self.told: list[Told] = []
        self.losses: list[float] = []
        self.seen = 0
        self._fallback = loop.gain.rate
        self._marked = self._pinned = dumps(loop)
        self._carry_out(ruling)

    def learn(self, records: Sequence[Record]) -> None:
        """Learn records, a look at a time."""
        for start in range(0, len(records), LOOK):
            self._look(records[start : start + LOOK])

    def _look(self, records: Sequence[Record]) -> None:
        reading = (
            self._score(records, self.loop) if self.watch.rung == "frozen" else self._learn(records)
        )
        self.seen += len(records)
        self.losses.append(reading.loss)
        pinned = None
        if self.ladder.asks(reading, self.watch):
            pinned = self._score(records, self._restored()).loss
        ruling, self.watch = self.ladder.update(reading, self.watch, pinned)
        self._carry_out(ruling)

    def _learn(self, records: Sequence[Record]) -> Reading:
        before = self.loop.status
        self.loop.learn(records)
        after = self.loop.status
        count = after.loss_count - before.loss_count
        loss = (after.loss_sum - before.loss_sum) / count if count else nan
        baseline = (after.baseline_sum - before.baseline_sum) / max(after.steps - before.steps, 1)
        bad = after.loss_nonfinite - before.loss_nonfinite
        return Reading(after.steps, after.rate, loss, baseline, records=len(records), nonfinite=bad)

    def _score(self, records: Sequence[Record], loop: Any) -> Reading:
        task = loop.learner.task
        targets = task.targets([record.y for record in records])
        losses = [
            task.score(y, loop.predict_one(record.x))
            for record, y in zip(records, targets, strict=True)
        ]
        finite = [loss for loss in losses if isfinite(loss)]
        loss = sum(finite) / len(finite) if finite else nan
        baseline = task.baseline(targets) / len(records)
        bad = len(losses) - len(finite)
        rate = loop.gain.rate
        return Reading(0, rate, loss, baseline, records=len(records), nonfinite=bad)

    def _carry_out(self, ruling: Ruling) -> None:
        if ruling.keep == "pin":
            self._pinned = self._marked
        if ruling.keep != "none":
            self._marked = dumps(self.loop)
        if ruling.action in ("roll_back", "safe"):
            self.loop = self._restored()
        if ruling.rate is not None:
            self.loop.gain.rate = self.loop.limits.apply(ruling.rate, ruling.rate).rate
        if ruling.action == "safe":
            self._fallback = self.loop.gain.rate
        if self.watch.rung == "safe":  # the controller is not asked any more
            self.loop.gain.rate = self._fallback
        if ruling.why not in ("good",):
            self.told.append(Told(self.seen, ruling))

    def _restored(self) -> Any:
        return pickle.loads(self._pinned)
