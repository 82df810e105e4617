"""The engine: a block of records through guard, learner, window, controller, limits and gain.

No I/O and no clock here: the daemon, a notebook or a test drives it alike. Per record it learns and
adds to a window; once a period it decides. Periods count records, so how a stream happens to be cut
into blocks changes nothing.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self, cast

from river import base
from river import metrics as river_metrics

from lrcontrol.arms import Shadows
from lrcontrol.arms.bursts import Arms
from lrcontrol.bounds import Bounds
from lrcontrol.control import Limits
from lrcontrol.control.base import Controller
from lrcontrol.control.guarding import Ladder
from lrcontrol.control.limits import limits_for
from lrcontrol.control.window import Horizons, read
from lrcontrol.gain import renew
from lrcontrol.guard import Guard, Refusal
from lrcontrol.kernels.rows import CAP
from lrcontrol.learners import choose, learner_for
from lrcontrol.learners.steered import Steered
from lrcontrol.manual import Hand
from lrcontrol.record import Features, Record
from lrcontrol.scoring import Task, task_of
from lrcontrol.status import Decision
from lrcontrol.tally import Tally
from lrcontrol.watched import Held, Watched, drifted, kept

#: Values that are guarded at a time, so that a long block of wide records is still in the cache
#: when the model reads it; and the least records, so that a piece is worth its calls. A quarter of
#: it costs 5 % at 50 features: what is done for a whole piece is then done for a few records.
VALUES = 3200
LEAST = 8
#: Records last learned that are held: what a checkpoint asks its copy of the model about.
RECENT = 8


class Engine:
    """Learns records and lets the controller decide, once a period.

    Abstract: ``Loop`` is what to use. All that lasts is set here; the parameters are those of
    ``Loop``.
    """

    def __init__(
        self,
        model: Any,
        controller: Controller[Any],
        *,
        initial_rate: float = 0.01,
        limits: Limits | None = None,
        task: Task | None = None,
        metrics: Sequence[river_metrics.base.Metric] = (),
        detector: base.DriftDetector | None = None,
        period: int = 64,
        horizons: Horizons | None = None,
        bounds: Bounds | None = None,
        compiled: bool = False,
        divergence: Ladder | None = None,
        shadows: Shadows | None = None,
    ) -> None:
        bounds = bounds or Bounds()
        told = (bounds.max_abs, bounds.max_classes, bounds.slips)
        task = task or task_of(model, None, None, None, *told)
        self.controller, self.why = choose(model, controller)
        self.limits = limits or limits_for(self.controller)
        self.initial_rate = initial_rate
        self.hand = Hand(self.controller, metrics, self.limits, compiled)
        self.learner = learner_for(
            model, self.controller, task, metrics, initial_rate, self.limits, compiled
        )
        self.period = period
        self.horizons = horizons or Horizons()
        if self.learner.at_once:  # a kernel has no room for more
            bounds = replace(bounds, max_names=min(bounds.max_names, CAP))
        self.guard = Guard(bounds, task)
        self.detector = detector
        self.averages = self.horizons.init()
        self.recent: deque[tuple[Features, Any]] = deque(maxlen=RECENT)  # as they were learned
        self.tally = Tally(asked=self.learner.rate)

        self.watched: Watched | None = None
        self._shown = 0.0  # of the period's baseline, what the watch was told
        if divergence is not None and isinstance(self.learner, Steered):
            outside = (task, self.controller)
            self.watched = Watched(divergence, self._held, self.limits, outside)
        clamp = getattr(self.controller, "clamp", False)
        self.arms = Arms(shadows, self.learner, initial_rate, period, clamp) if shadows else None

    @property
    def _held(self) -> Held:
        return Held(cast(Steered, self.learner), self.averages, self.detector)

    def learn(self, records: Sequence[Record]) -> list[Refusal]:
        """Learn a block; return what the guard refused (its place in the block, and why).

        Errors of the model itself pass through; the loop is not to be used after one.
        """
        refusals: list[Refusal] = []
        if not records:
            return refusals
        if self.learner.at_once:
            return self._learn(records)
        piece = max(VALUES // max(len(records[0].x), 1), LEAST)
        for start in range(0, len(records), piece):
            refused = self._learn(records[start : start + piece])
            refusals += [refusal._replace(at=refusal.at + start) for refusal in refused]
        return refusals

    def _learn(self, records: Sequence[Record]) -> list[Refusal]:
        xs, targets, refusals = self.guard.admit(records)
        self.tally.refuse(refusals)
        self.recent.extend(zip(xs[-RECENT:], targets[-RECENT:], strict=True))
        start = 0
        while start < len(xs):
            # At least one: a period that was made shorter on the way ends with the next record.
            end = start + max(self.period - len(self.tally.window), 1)
            if self.watched is not None:
                end = min(end, start + self.watched.room)
            self._part(xs[start:end], targets[start:end])
            start = end
        return refusals

    def _part(self, xs: Sequence[Features], targets: Sequence[Any]) -> None:
        watched = self.watched
        learn = self.learner.learn_all if watched is None else partial(watched.learn, self.learner)
        if self.arms is None:
            losses = learn(xs, targets)
        else:
            losses = self.arms.learn(self.learner, learn, xs, targets)
        self._close(losses, targets, () if watched is None else xs)

    def _close(
        self, losses: list[float], targets: Sequence[Any], xs: Sequence[Features] = ()
    ) -> None:
        tally = self.tally
        tally.add(losses, self.learner.task.baseline(targets, tally.period_baseline))
        over = len(tally.window) >= self.period
        if self.watched is not None and xs:
            # Told at the ends of looks and periods only: a sum over blocks would depend on the cut.
            ends = over or len(xs) == self.watched.room
            spent = tally.period_baseline - self._shown if ends else 0.0
            self._shown = tally.period_baseline if ends else self._shown
            self._obey(self.watched.look(xs, targets, losses, spent, self._held))
        if over:
            self._shown = 0.0
            self._decide()
            if self.arms is not None:
                self.arms.turn(self.learner, self.tally.baseline_sum / self.tally.steps)

    def _obey(self, told: tuple[Held, Decision] | None, actor: str = "", note: str = "") -> None:
        if told is not None:
            (self.learner, self.averages, self.detector), decision = told
            self.tally.decide(decision._replace(step=self.tally.steps), None, actor, note)

    def _decide(self) -> None:
        losses, baseline = self.tally.close()
        if self.watched is not None and self.watched.holds():
            self.tally.decide(kept(self.tally.steps, self.learner.rate))
            return
        reading, self.averages = read(
            self.horizons,
            self.tally.steps,
            self.learner.rate,
            losses,
            baseline,
            self.averages,
        )
        if drifted(self.detector, reading):
            self.tally.drifts += 1
            reading = reading._replace(drift=True)
        if self.hand.override is None:
            self.tally.decide(self.learner.decide(reading), reading)
        else:
            self.tally.decide(kept(reading.step, reading.rate, "manual"), reading)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        for gain in self.learner.gains:
            renew(gain, memo)  # two copies of a controlled model never share a gain
        twin = copy.copy(self)
        twin.__dict__ = copy.deepcopy(self.__dict__, memo)
        return twin
