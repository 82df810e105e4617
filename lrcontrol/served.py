"""A model in the daemon: its loop, timed, and kept from taking the others down."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from lrcontrol.control.base import Controller, Proposal, Reading
from lrcontrol.loop import Loop
from lrcontrol.record import Record
from lrcontrol.recovery import Recovery
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
        self.controller = controller
        self.watch = Stopwatch()

    def init(self, rate: float) -> tuple[Proposal, Any]:
        """Return the controller's own beginning."""
        return self.controller.init(rate)

    def update(self, reading: Reading, state: Any) -> tuple[Proposal, Any]:
        """Return the controller's own answer."""
        watch = self.watch
        before = watch.clock()
        answer = self.controller.update(reading, state)
        watch.seconds += watch.clock() - before
        watch.count += 1
        return answer

    def __reduce__(self) -> tuple[type[Timed], tuple[Controller[Any]]]:
        return Timed, (self.controller,)


#: Why a record that made the model raise did not enter it.
FAILED = "failed"


class Unlearned(NamedTuple):
    """A record that did not enter the model: its place in the block, why, and that in words.

    ``reason`` is the guard's, or ``failed`` where the model raised.
    """

    at: int
    reason: str
    detail: str


class Served:
    """One model of the configuration: learns what its sources give until it fails.

    A record that makes the model raise is taken out, and the model goes on without it. Where that
    cannot be done, the failure is that model's alone: it stops learning, and the others go on.
    After a raise ``loop`` is another object, so ask for it each time.
    """

    def __init__(self, name: str, controller: str, detector: str, loop: Loop, clock: Clock) -> None:
        self.name = name
        self._recovery = Recovery(loop, clock)
        self._named = ModelStatus(name, loop.status, controller=controller, detector=detector)
        # One that decides on each record is carried out by its learner, and not timed.
        timed = loop.controller
        self._watch = timed.watch if isinstance(timed, Timed) else Stopwatch()
        self._clock = clock
        self._buckets = [0] * (len(DURATION_BUCKETS) + 1)
        self._seconds = 0.0
        self._asked = Stopwatch()
        self._asked_buckets = [0] * (len(DURATION_BUCKETS) + 1)
        self._state: ModelState = "running"
        self.failure: Exception | None = None

    @property
    def loop(self) -> Loop:
        """What learns."""
        return self._recovery.loop

    @property
    def recoverable(self) -> bool:
        """Whether the model can be brought back to before a record that makes it raise."""
        return self._recovery.able

    def learn(self, records: Sequence[Record]) -> list[Unlearned]:
        """Learn a block; return what did not enter. A model that failed learns nothing more."""
        if self.failure is not None or not records:
            return []
        before, loop = self._clock(), self.loop
        try:
            refusals, failed = self._recovery.learn(records)
        except Exception as error:  # NotRecoverable, or a fault of ours: kept, shown, logged
            self.failure, self._state = error, "failed"
            return []
        self._observe(self._clock() - before, len(records))
        if self.loop is not loop and isinstance(self.loop.controller, Timed):
            self.loop.controller.watch = self._watch
        if not refusals and not failed:
            return []
        raised = [Unlearned(f.at, FAILED, f"{type(f.error).__name__}: {f.error}") for f in failed]
        return sorted([*(Unlearned(*refusal) for refusal in refusals), *raised])

    def moved(self) -> None:
        """Note that the loop was moved by hand: a raise must not bring back what was before."""
        self._recovery.keep()

    def predicted(self, seconds: float) -> None:
        """Count a prediction for a client."""
        self._asked.seconds += seconds
        self._asked_buckets[bisect_left(DURATION_BUCKETS, seconds)] += 1

    def keep(self, pickled: bytes) -> None:
        """Take the loop's pickle, as it is now, for what to go back to after a raise."""
        self._recovery.keep(pickled)

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
            override=self.loop.override,
            predict_seconds=self._asked.seconds,
            predict_buckets=tuple(accumulate(self._asked_buckets)),
        )
        return self._named
