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
from typing import Any, Literal, cast

from river import base
from river import metrics as river_metrics

from lrcontrol.arms import Shadows
from lrcontrol.arms.bursts import Arms
from lrcontrol.control import Limits
from lrcontrol.control.base import Controller
from lrcontrol.control.guarding import Ladder
from lrcontrol.control.limits import limits_for
from lrcontrol.control.window import Horizons, read
from lrcontrol.decisions.entry import Made
from lrcontrol.gain import Gain, renew
from lrcontrol.guard import Bounds, Guard, Refusal
from lrcontrol.kernels.rows import CAP
from lrcontrol.learners import choose, learner_for
from lrcontrol.learners.base import action
from lrcontrol.learners.steered import Steered
from lrcontrol.manual import Hand
from lrcontrol.overview import overview
from lrcontrol.record import Features, Record
from lrcontrol.scoring import Task, task_of
from lrcontrol.status import Decision, LoopStatus, Override
from lrcontrol.tally import Tally
from lrcontrol.watched import Held, Watched, drifted, kept

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

    divergence
        What is done when the model gets worse than it was: rate lowered, state rolled back. Not
        for a controller that decides on each record: these have ceilings and ways back of their
        own.

    shadows
        Copies that learn at other rates now and then, for comparison; they change nothing.

    Raises ``NotSteerable`` when no optimizer of the model has a rate that can be set, or for
    shadows of a mixture, ``Invalid`` when the initial rate is outside the limits.

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
        divergence: Ladder | None = None,
        shadows: Shadows | None = None,
    ) -> None:
        task = task or task_of(model)
        self.controller, self.why = choose(model, controller)
        self.limits = limits or limits_for(self.controller)
        self.initial_rate = initial_rate
        self.hand = Hand(self.controller, metrics, self.limits, compiled)
        self.learner = learner_for(
            model, self.controller, task, metrics, initial_rate, self.limits, compiled
        )
        self.period = period
        self.horizons = horizons or Horizons()
        bounds = bounds or Bounds()
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

    @property
    def model(self) -> Any:
        """The River model that is served, wired to the gain."""
        return self.learner.model

    @property
    def gain(self) -> Gain:
        """The gain of the served model. Raises LookupError for a mixture, which has none."""
        return self.learner.gains[0]

    def prepare(self) -> None:
        """Do before the first record what would make it wait: compile a kernel, or load it."""
        self.learner.prepare()

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a label without them."""
        return self.learner.predict_one(x)

    def answer(self, x: Features) -> Any:
        """Return what is predicted for a record that comes from outside, past no bound.

        Raises ValueError that says which feature no model may see.
        """
        return self.learner.predict_one(self.guard.glance(x))

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

    @property
    def override(self) -> Override | None:
        """Who holds the rate by hand, and why; None in automatic mode."""
        return self.hand.override

    def hold(self, override: Override, *, forced: bool = False) -> Decision:
        """Hold the rate at ``override.rate``, 0 for where it is; learning goes on.

        Limits bind it but for their slew, unless ``forced``. Raises NotHoldable for a mixture.
        """
        override = override._replace(step=self.tally.steps)
        self.learner, decision = self.hand.hold(self.learner, override, forced)
        self.tally.decide(decision, None, override.actor, override.reason)
        return decision

    def release(self, actor: str = "", note: str = "") -> Decision:
        """Give the rate back to the controller, from where it is; leave safe mode and any rung."""
        if self.watched is not None and self.watched.state.rung != "watching":
            self.by_hand("release", actor, note)
        self.learner, decision = self.hand.release(self.learner, self.tally.steps)
        self.tally.decide(decision, None, actor, note)
        return decision

    def by_hand(
        self, action: Literal["roll_back", "release"], actor: str = "", note: str = ""
    ) -> Decision:
        """Go back to the good copy at a lower rate, or leave safe mode or any other rung.

        Raises LookupError without a divergence ladder.
        """
        if self.watched is None:
            raise LookupError("the model has no divergence ladder: nothing was kept to go back to")
        self._obey(told := self.watched.by_hand(action, self._held), actor, note)
        return told[1]._replace(step=self.tally.steps)

    def made(self) -> list[Made]:
        """Return the decisions since the last call, at most 256, and forget them."""
        made = list(self.tally.made)
        self.tally.made.clear()
        return made

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> None:
        """Learn one record as it is, past the guard, the way a River program does."""

        def learn(xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
            return [self.learner.learn_one(xs[0], targets[0], **params)]

        if self.arms is None:
            losses = learn([x], [y])
        else:
            losses = self.arms.learn(self.learner, learn, [x], [y], params)
        self._close(losses, [y])

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
        if self.override is None:
            self.tally.decide(self.learner.decide(reading), reading)
        else:
            self.tally.decide(kept(reading.step, reading.rate, "manual"), reading)

    def go_back(self, to: Loop, actor: str = "", note: str = "") -> Decision:
        """Go on with the model, controller and rate of ``to``, the same loop as it once was.

        What was counted stays, and so does a hold, at the rate of then. ``to`` is used up.
        """
        before, override = self.learner.rate, self.override
        self.learner, self.averages, self.detector = to.learner, to.averages, to.detector
        self.watched, self.hand = to.watched, to.hand
        self.hand.limits = self.limits  # they may have been changed since
        if isinstance(self.learner, Steered):
            self.learner.limits = self.limits
        if override is not None:
            self.learner, _ = self.hand.hold(self.learner, override._replace(rate=0.0), False)
        applied, step = self.learner.rate, self.tally.steps
        moved = action(before, applied)
        decision = Decision(step, moved, "restored", "none", before, applied, applied)
        self.tally.decide(decision, None, actor, note)
        return decision

    @property
    def status(self) -> LoopStatus:
        """What the loop has seen and done so far, immutable."""
        return overview(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Loop:
        for gain in self.learner.gains:
            renew(gain, memo)  # two copies of a controlled model never share a gain
        twin = copy.copy(self)
        twin.__dict__ = copy.deepcopy(self.__dict__, memo)
        return twin
