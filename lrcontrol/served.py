"""A model in the daemon: its loop, timed, and kept from taking the others down."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from lrcontrol.control.base import Controller, Proposal, Reading
from lrcontrol.guard import Refusal
from lrcontrol.loop import Loop
from lrcontrol.record import Record
from lrcontrol.status import DURATION_BUCKETS, ModelState, ModelStatus

Clock = Callable[[], float]


class Stopwatch:
    """Seconds and how often; not part of what is learned, so nothing of it is kept or compared."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.count = 0


class Timed:
    """A controller with a stopwatch: what control itself costs, measured from outside.

    A copy, also one from a checkpoint, has a stopwatch of its own that begins anew.
    """

    def __init__(self, controller: Controller[Any]) -> None:
        self._controller = controller
        self.watch = Stopwatch()

    def init(self, rate: float) -> tuple[Proposal, Any]:
        """Return the controller's own beginning."""
        return self._controller.init(rate)

    def update(self, reading: Reading, state: Any) -> tuple[Proposal, Any]:
        """Return the controller's own answer."""
        watch = self.watch
        before = watch.clock()
        answer = self._controller.update(reading, state)
        watch.seconds += watch.clock() - before
        watch.count += 1
        return answer

    def __reduce__(self) -> tuple[type[Timed], tuple[Controller[Any]]]:
        return Timed, (self._controller,)


class Served:
    """One model of the configuration: learns what its sources give until it fails.

    An error in a model is that model's alone: it stops learning, says why, and the others go on.
    """

    def __init__(self, name: str, controller: str, detector: str, loop: Loop, clock: Clock) -> None:
        self.name = name
        self.loop = loop
        self._named = ModelStatus(name, loop.status, controller=controller, detector=detector)
        # One that decides on each record is carried out by its learner, and not timed.
        timed = loop.controller
        self._watch = timed.watch if isinstance(timed, Timed) else Stopwatch()
        self._clock = clock
        self._buckets = [0] * (len(DURATION_BUCKETS) + 1)
        self._seconds = 0.0
        self._state: ModelState = "running"
        self.failure: Exception | None = None

    def learn(self, records: Sequence[Record]) -> list[Refusal]:
        """Learn a block; return what the guard refused. A model that failed learns nothing more."""
        if self.failure is not None or not records:
            return []
        before = self._clock()
        try:
            refusals = self.loop.learn(records)
        except Exception as error:  # whatever a user's model may raise: kept, shown, logged
            self.failure, self._state = error, "failed"
            return []
        self._observe(self._clock() - before, len(records))
        return refusals

    def _observe(self, seconds: float, records: int) -> None:
        self._seconds += seconds
        self._buckets[bisect_left(DURATION_BUCKETS, seconds / records)] += records

    def end(self) -> None:
        """Mark that no more records will come."""
        if self._state == "running":
            self._state = "ended"

    def status(self, wall: float) -> ModelStatus:
        """Return the immutable view; ``wall`` is the time now, for what changed since the last."""
        before = self._named
        loop = self.loop.status
        self._named = before._replace(
            loop=loop,
            state=self._state,
            failure=f"{type(self.failure).__name__}: {self.failure}" if self.failure else "",
            drift_at=wall if loop.drifts != before.loop.drifts else before.drift_at,
            changed_at=wall if loop.rate != before.loop.rate else before.changed_at,
            control_seconds=self._watch.seconds,
            control_count=self._watch.count,
            learn_seconds=self._seconds,
            learn_buckets=tuple(accumulate(self._buckets)),
        )
        return self._named
