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
from math import isfinite
from typing import Any

from river import base
from river import metrics as river_metrics

from lrcontrol.control import Limits
from lrcontrol.control.base import Controller, Reading
from lrcontrol.control.limits import limits_for
from lrcontrol.control.window import Horizons, read
from lrcontrol.gain import Gain, renew
from lrcontrol.guard import Bounds, Guard, Refusal
from lrcontrol.kernels.rows import CAP
from lrcontrol.learners import choose, learner_for
from lrcontrol.record import Features, Record
from lrcontrol.scoring import Task, task_of
from lrcontrol.status import LoopStatus
from lrcontrol.tally import Tally

#: What a drift detector is shown at most, in units of the no-skill loss: River's ADWIN is made for
#: bounded values, and one diverged period must not hide every later one.
RELATIVE_LOSS_CAP = 10.0
#: Values that are guarded at a time, so that they are still in the processor's cache when the model
#: reads them (3 % at 50 features); and the least records, so that a piece is worth its calls.
VALUES = 800
LEAST = 8
#: Records last learned that are held: what a checkpoint asks its copy of the model about.
RECENT = 8


class Loop:
    """A River model whose rate a controller moves, from progressive loss, once a period.

    Parameters
    ----------
    model
        A River regressor or classifier that holds an optimizer; its gain is taken over in place.
    controller
        Any controller of ``lrcontrol.control`` or of your own.
    initial_rate
        Start rate, > 0, within the limits.
    limits
        Range, slew and dead band of the rate.
    task
        How the model is scored; found from the model when left out.
    metrics
        River metrics updated with each prediction, for people; they cost time on each record.
    detector
        River drift detector, fed once a period with the loss relative to no skill; its alarm is an
        event for the controller.
    period
        Records per decision.
    horizons
        Records over which the controller's fast and slow loss averages fade.
    bounds
        What a record must keep to.
    compiled
        Whether a linear model learns in a compiled kernel whatever the controller: several times
        faster, and equal to River to 1e-9 instead of bit for bit.

    Raises ``NotSteerable`` when no optimizer of the model has a rate that can be set, ``Invalid``
    when the initial rate is outside the limits.

    Not thread-safe: one thread owns a loop. Do not also call ``learn_one`` of the model itself.

    Examples
    --------
    >>> from river import datasets, linear_model, preprocessing
    >>> from lrcontrol import Loop, Record
    >>> from lrcontrol.control import BoldDriver
    >>> loop = Loop(preprocessing.StandardScaler() | linear_model.LogisticRegression(),
    ...             BoldDriver(), initial_rate=10.0, period=32)
    >>> _ = loop.learn([Record(x, y) for x, y in datasets.Phishing()])
    >>> loop.status.steps, loop.status.rate < 10.0
    (1250, True)
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
    ) -> None:
        task = task or task_of(model)
        self.controller, self._why = choose(model, controller)
        self.limits = limits or limits_for(self.controller)
        self.learner = learner_for(
            model, self.controller, task, metrics, initial_rate, self.limits, compiled
        )
        self.period = period
        self.horizons = horizons or Horizons()
        bounds = bounds or Bounds()
        if self.learner.at_once:  # a kernel has no room for more
            bounds = replace(bounds, max_names=min(bounds.max_names, CAP))
        self._guard = Guard(bounds, task)
        self.detector = detector
        self._averages = self.horizons.init()
        self.recent: deque[tuple[Features, Any]] = deque(maxlen=RECENT)  # as they were learned
        self._tally = Tally(asked=self.learner.rate)

    @property
    def model(self) -> Any:
        """The River model that is served, wired to the gain."""
        return self.learner.model

    @property
    def gain(self) -> Gain:
        """The gain of the served model. Raises LookupError for a mixture, which has none."""
        return self.learner.gains[0]

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a label without them."""
        return self.learner.predict_one(x)

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
        xs, targets, refusals = self._guard.admit(records)
        self._tally.refuse(refusals)
        self.recent.extend(zip(xs[-RECENT:], targets[-RECENT:], strict=True))
        start = 0
        while start < len(xs):
            end = start + self.period - len(self._tally.window)
            part = targets[start:end]
            self._close(self.learner.learn_all(xs[start:end], part), part)
            start = end
        return refusals

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> None:
        """Learn one record as it is, past the guard, the way a River program does."""
        self._close([self.learner.learn_one(x, y, **params)], [y])

    def _close(self, losses: list[float], targets: Sequence[Any]) -> None:
        tally = self._tally
        tally.add(losses, self.learner.task.baseline(targets, tally.period_baseline))
        if len(tally.window) >= self.period:
            self._decide()

    def _decide(self) -> None:
        losses, baseline = self._tally.close()
        reading, self._averages = read(
            self.horizons,
            self._tally.steps,
            self.learner.rate,
            losses,
            baseline,
            self._averages,
        )
        if self._drifted(reading):
            reading = reading._replace(drift=True)
        self._tally.decide(self.learner.decide(reading))

    def _drifted(self, reading: Reading) -> bool:
        # Relative to no skill, so that a detector's thresholds mean the same in any unit of loss.
        if self.detector is None or not reading.baseline > 0.0 or not isfinite(reading.loss):
            return False
        self.detector.update(min(reading.loss / reading.baseline, RELATIVE_LOSS_CAP))
        drifted = bool(self.detector.drift_detected)
        self._tally.drifts += drifted
        return drifted

    @property
    def status(self) -> LoopStatus:
        """What the loop has seen and done so far, immutable."""
        averages, altered = self._averages, self._guard.altered
        return self._tally.status()._replace(
            replaced=altered.replaced,
            beyond=altered.beyond,
            fast=averages.fast,
            slow=averages.slow,
            noise=averages.noise,
            rate=self.learner.rate,
            low=self.limits.low,
            high=self.limits.high,
            rates=self.learner.read_back(),
            metrics=self.learner.readings(),
            members=self.learner.members(),
            chosen=type(self.controller).__name__.lower() if self._why else "",
            why=self._why,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Loop:
        for gain in self.learner.gains:
            renew(gain, memo)  # two copies of a controlled model never share a gain
        twin = copy.copy(self)
        twin.__dict__ = copy.deepcopy(self.__dict__, memo)
        return twin
