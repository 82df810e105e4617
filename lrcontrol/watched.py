"""The divergence ladder at work in a loop: fed with losses, its rulings carried out."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import Any, Literal, NamedTuple, get_args

from river import base

from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.guarding import Ladder, Ruling
from lrcontrol.control.guarding.ruling import Action, Rung
from lrcontrol.learners.base import action
from lrcontrol.learners.steered import Steered
from lrcontrol.pins import Pins
from lrcontrol.record import Features
from lrcontrol.status import Decision

#: What a drift detector is shown at most, in units of the no-skill loss: River's ADWIN is made for
#: bounded values, and one diverged period must not hide every later one.
RELATIVE_LOSS_CAP = 10.0
#: Records between two looks; the ladder can act no faster.
LOOK = 32
#: Records of good looks that are told to the ladder at once: it takes 10 us, a look by itself 1 us.
GOOD = 512
#: Records between two copies for each byte of one: a copy then takes less than a hundredth of the
#: time of learning these. Not measured in seconds, or a run could not be repeated.
SPACING = 4
#: What is counted: every action but "none", and where none is taken because it is the stream that
#: has changed.
RULINGS = (*get_args(Action)[1:], "drift")
#: From watching to safe mode, in the order of how bad it is.
RUNGS: tuple[Rung, ...] = get_args(Rung)


class Held(NamedTuple):
    """What a roll back brings back: the learner with its controller's state, and what that sees."""

    learner: Steered
    averages: Any
    detector: Any


class Sums(NamedTuple):
    """Records of looks that were good, their losses, and those of no skill."""

    records: int = 0
    loss: float = 0.0
    baseline: float = 0.0


class Watched:
    """Looks at the losses of a loop every 32 records.

    ``held`` (as it is now) is marked and pinned; ``outside`` what a roll back must not touch.
    """

    def __init__(self, ladder: Ladder, held: Held, limits: Limits, outside: Sequence[Any]) -> None:
        self.ladder = ladder
        _, self.state = ladder.init(held.learner.rate)
        self.rulings = dict.fromkeys(RULINGS, 0)
        self.tainted = False  # whether the running period has losses of a model that is gone
        self.limits = limits
        self._pins = Pins(outside)
        self._mark(held)
        self._pins.pin()
        self._good = Sums()
        self._calm = -1.0  # largest sum of the losses of a look that is good beyond question
        self._clear()

    def _clear(self) -> None:
        self._blocks: list[tuple[Sequence[Features], Sequence[Any]]] = []  # of the look that runs
        self._losses: list[float] = []
        self._baseline = 0.0

    def retune(self, ladder: Ladder, limits: Limits) -> None:
        """Take over other numbers, from the next look on."""
        if (ladder, limits) == (self.ladder, self.limits):
            return
        self.ladder, self.limits = ladder, limits
        self._calm = -1.0  # what is good beyond question is for the new ones to say

    @property
    def able(self) -> bool:
        """Whether there is anything to go back to; if not, it only lowers and freezes."""
        return self._pins.able

    def holds(self) -> bool:
        """Return whether the controller is not to be asked at the end of this period."""
        tainted, self.tainted = self.tainted, False
        return tainted or self.state.rung in ("frozen", "safe")

    @property
    def room(self) -> int:
        """Records until the next look."""
        return LOOK - len(self._losses)

    def learn(self, learner: Any, xs: Sequence[Features], ys: Sequence[Any]) -> list[float]:
        """Let the learner learn, or if it is frozen only predict; return the losses."""
        losses: list[float] = (
            _scored(learner, xs, ys) if self.state.rung == "frozen" else learner.learn_all(xs, ys)
        )
        return losses

    def look(
        self,
        xs: Sequence[Features],
        ys: Sequence[Any],
        losses: list[float],
        base: float,
        held: Held,
    ) -> tuple[Held, Decision] | None:
        """Take in records, their losses and the summed loss of no skill; at most up to ``room``.

        Return what there is to go on with, and why, where that is not what there was.
        """
        self._blocks.append((xs, ys))
        self._losses += losses
        self._baseline += base
        if self.room:
            return None
        total = sum(self._losses)
        if total <= self._calm:
            count, loss, baseline = self._good
            self._good = Sums(count + LOOK, loss + total, baseline + self._baseline)
            if self._good.records >= GOOD:
                self._flush(held)
            self._clear()
            return None
        self._flush(held)
        reading = self._reading(held)
        told = self._rule(reading, held, self._asked(reading))
        self._clear()
        return told

    def _flush(self, held: Held) -> None:
        """Tell the ladder of the good looks since it was last told; it does nothing about them."""
        count, loss, baseline = self._good
        self._good = Sums()
        if count:
            rate = held.learner.rate
            self._rule(Reading(0, rate, loss / count, baseline / count, records=count), held, None)

    def by_hand(self, action: Literal["roll_back", "release"], held: Held) -> tuple[Held, Decision]:
        """Roll back, or release from any rung, because somebody says so."""
        told = self.ladder.roll_back if action == "roll_back" else self.ladder.release
        ruling, self.state = told(self.state)
        self._calm = -1.0
        return self._carried_out(ruling, held)

    def _reading(self, held: Held) -> Reading:
        count, losses = len(self._losses), self._losses
        finite = losses if isfinite(sum(losses)) else [a for a in losses if isfinite(a)]
        mean = sum(finite) / len(finite) if finite else nan
        bad = count - len(finite)
        baseline = self._baseline / count
        rate = held.learner.rate
        return Reading(0, rate, mean, baseline, records=count, nonfinite=bad)

    def _asked(self, reading: Reading) -> float | None:
        """Return the mean loss of the pinned copy on the records of this look, if it is wanted."""
        if not self.able or not self.ladder.asks(reading, self.state):
            return None
        learner = self._pins.pinned().learner
        losses = [loss for xs, ys in self._blocks for loss in _scored(learner, xs, ys)]
        return sum(losses) / len(losses)

    def _rule(
        self, reading: Reading, held: Held, pinned: float | None
    ) -> tuple[Held, Decision] | None:
        ruling, self.state = self.ladder.update(reading, self.state, pinned)
        level, calm = self.state.level, self.state.rung == "watching" and not self.state.bad
        self._calm = LOOK * self.ladder.standard.factor * level.loss if calm else -1.0
        if ruling.keep in ("pin", "settle"):
            self._pins.pin()
        if ruling.keep in ("pin", "mark"):
            self._mark(held)
        if ruling.action == "none":
            self.rulings["drift"] += ruling.why == "drift"
            return None
        return self._carried_out(ruling, held)

    def _carried_out(self, ruling: Ruling, held: Held) -> tuple[Held, Decision]:
        self.rulings[ruling.action] += 1
        before = held.learner.rate
        if ruling.action in ("roll_back", "safe") and self.able:
            held, self.tainted = self._pins.pinned(), True
            held.learner.limits = self.limits  # the copy has those of when it was made
        asked = ruling.rate or held.learner.rate
        applied, limit = self.limits.apply(asked, asked)
        held.learner.hold(applied)
        terms, moved = ruling.terms, action(before, applied)
        return held, Decision(0, moved, "diverged", limit, before, asked, applied, terms)

    def _mark(self, held: Held) -> None:
        # The next power of two: a pickle of the same things differs by some bytes after a restart,
        # and when copies are marked must not.
        size = self._pins.mark(held)
        self.state = self.state._replace(spacing=SPACING << max(size - 1, 0).bit_length())


def kept(step: int, rate: float, reason: str = "diverged") -> Decision:
    """Return the decision of a period in which the controller was not asked."""
    return Decision(step, "keep", reason, "none", rate, rate, rate)


def drifted(detector: base.DriftDetector | None, reading: Reading) -> bool:
    """Tell the detector of a period; return whether it raises the alarm.

    Relative to no skill, so that a detector's thresholds mean the same in any unit of loss.
    """
    if detector is None or not reading.baseline > 0.0 or not isfinite(reading.loss):
        return False
    detector.update(min(reading.loss / reading.baseline, RELATIVE_LOSS_CAP))
    return bool(detector.drift_detected)


def _scored(learner: Any, xs: Sequence[Features], ys: Sequence[Any]) -> list[float]:
    score, predict = learner.task.score, learner.predict_one
    return [score(y, predict(x)) for x, y in zip(xs, ys, strict=True)]
