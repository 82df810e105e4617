"""What is done about a model that got worse: lower, freeze, roll back, cool down, safe mode.

Each rung is tried for a number of records before the next. The shell carries the rulings out and
keeps two copies of the learner: one *marked* and one *pinned*, that a roll back returns to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated

from lrcontrol.checks import Count, Fraction, Positive, Range, check
from lrcontrol.control.base import Reading
from lrcontrol.control.guarding.ruling import Keep, Ruling, Rung, Watch, Why
from lrcontrol.control.guarding.verdict import Standard, Verdict

#: A loss this share of the last period's, or less, is falling: the model recovers by itself.
FALLING = 0.9
#: A loss beyond this many times the pinned copy's on the same records: the model is broken. Below,
#: the copy does no better, so it is the stream that changed, and learning is the cure.
BROKEN = 2.0
#: While a model cools down, an absurd loss is waited for unless it is this many times the last.
RISING = 2.0


@dataclass(frozen=True)
class Ladder:
    """Lower the rate, freeze, roll back with a lower rate, cool down; at last safe mode.

    What is wrong is found by asking the pinned copy for the same records. Where it does better,
    the model is broken: its rate is lowered, and if the next period is bad too, it is rolled back.
    Where it does not, the stream has drifted: then learning is the cure, and only a model that
    stays worse than no skill for ``cooldown`` records is put into safe mode. A state that is not
    finite is rolled back at once, and so is a broken one whose loss is beyond all measure.

    Where the copy cannot be asked, ``freeze_after`` bad records stop the learning; if the loss does
    not recover, after ``diverged_after`` it is rolled back. While it falls, the rate is lowered.

    Feed it every 32 records, whatever the controller's period. Not where labels come late: what it
    is told must be progressive.

    Parameters
    ----------
    standard
        What a period's loss is held against.
    lower
        Factor on the rate for each bad period.
    freeze_after
        Bad records after which learning stops.
    diverged_after
        Bad records after which the model is rolled back.
    backoff
        Factor on the pinned rate for each roll back of late.
    cooldown
        Records after a roll back in which a worse loss is waited for, unless the pinned copy does
        better; and bad records after which a drift is no excuse any more.
    most_rollbacks
        Roll backs within ``within`` records; the next is safe mode.
    within
        Records over which roll backs are counted, and quiet ones after which safe mode ends.
    window
        Records a marked state must have been good for to be pinned.
    fallback
        The rate of safe mode; left out, that of the last roll back: no number fits all optimizers.

    Raises ``Invalid`` for a field out of range, or ``freeze_after`` beyond ``diverged_after``.

    Examples
    --------
    >>> ladder = Ladder()
    >>> ruling, state = ladder.init(0.1)
    >>> for loss in (1.0, 1.0, 9.0, 9.0, 9.0):
    ...     ruling, state = ladder.update(Reading(0, 0.1, loss, 2.0, records=64), state)
    ...     print(ruling.action, ruling.why, ruling.rate)
    none good None
    none good None
    lower worse 0.05
    freeze worse None
    none worse None
    """

    standard: Standard = field(default_factory=Standard)
    lower: Fraction = 0.5
    freeze_after: Count = 128
    diverged_after: Count = 500
    backoff: Fraction = 0.5
    cooldown: Count = 5000
    most_rollbacks: Annotated[int, Range(at_least=1, at_most=100)] = 3
    within: Count = 100_000
    window: Count = 1000
    fallback: Positive | None = None

    def __post_init__(self) -> None:
        late = self.freeze_after > self.diverged_after
        message = f"must not be beyond diverged_after ({self.diverged_after})"
        check(self, ("freeze_after", late, message))

    def init(self, rate: float) -> tuple[Ruling, Watch]:
        """Return the beginning: the fresh model, finite at least, is marked and pinned."""
        return Ruling("none", "good", keep="pin"), Watch(0, marked=0, marked_rate=rate,
                                                         pinned_rate=rate)  # fmt: skip

    def asks(self, reading: Reading, state: Watch) -> bool:
        """Return whether the pinned copy should be scored on the records of the reading."""
        verdict = self.standard.judge(reading, state.level)
        return state.rung != "safe" and verdict in ("worse", "absurd")

    def update(
        self, reading: Reading, state: Watch, pinned: float | None = None, sound: bool = True
    ) -> tuple[Ruling, Watch]:
        """Return the ruling on one period and the state for the next; never raises.

        ``pinned`` is the mean loss of the pinned copy over the same records, where ``asks`` asked
        for it. ``sound`` is false when a scan found a number in the model that is not finite or too
        large.
        """
        verdict = self.standard.judge(reading, state.level) if sound else "nonfinite"
        seen = state.seen + reading.records
        recent = tuple(at for at in state.rollbacks if seen - at < self.within)
        before = state._replace(seen=seen, rollbacks=recent)
        if verdict == "good":
            ruling, after = self._good(reading, before)
        else:
            ruling, after = self._bad(reading, before, verdict, pinned)
        last = reading.loss if isfinite(reading.loss) else after.last
        ruling = ruling._replace(alarm=after.rung == "safe", terms=_terms(reading, after))
        return ruling, after._replace(last=last)

    def roll_back(self, state: Watch) -> tuple[Ruling, Watch]:
        """Return the ruling and state of a roll back by hand: it counts as any other."""
        return self._roll_back(state, "by_hand")

    def release(self, state: Watch) -> tuple[Ruling, Watch]:
        """Return the ruling and state of going back to watching by hand, out of any rung."""
        fresh = state._replace(rung="watching", bad=0, since=state.seen, rollbacks=(), marked=None)
        return Ruling("release", "by_hand"), fresh

    def _good(self, reading: Reading, state: Watch) -> tuple[Ruling, Watch]:
        state = state._replace(
            level=self.standard.learn(reading, state.level),
            bad=max(state.bad - reading.records, 0),
            quiet=state.quiet + reading.records,
        )
        if state.rung == "frozen":  # nothing was learned: there is nothing to keep
            if state.bad:
                return Ruling("none", "worse"), state
            return Ruling("thaw", "recovered"), self._enter(state, "watching")
        if state.rung == "safe" and state.quiet >= self.within:
            return Ruling("release", "recovered"), self._enter(state, "watching")
        if state.rung == "lowered" and not state.bad:
            state = self._enter(state, "watching")
        return self._kept(reading, self._cooled(state))

    def _cooled(self, state: Watch) -> Watch:
        over = state.rung == "cooling" and state.seen - state.since >= self.cooldown
        return self._enter(state._replace(bad=0), "watching") if over else state

    def _kept(self, reading: Reading, state: Watch) -> tuple[Ruling, Watch]:
        if state.marked is None:
            return self._marks(reading, state, "mark")
        age = state.seen - state.marked
        # Where a copy is dear it is made less often, but not at first, when a model gets better.
        spacing = max(self.window, min(state.spacing, state.seen // 2, self.within))
        if not state.settled and age >= self.window:
            state = state._replace(pinned_rate=state.marked_rate, settled=True)
            if age < spacing:
                return Ruling("none", "good", keep="settle"), state
            return self._marks(reading, state, "pin")
        if age >= spacing:
            return self._marks(reading, state, "mark")
        return Ruling("none", "good"), state

    def _marks(self, reading: Reading, state: Watch, keep: Keep) -> tuple[Ruling, Watch]:
        state = state._replace(marked=state.seen, marked_rate=reading.rate, settled=False)
        return Ruling("none", "good", keep=keep), state

    def _bad(
        self, reading: Reading, state: Watch, verdict: Verdict, pinned: float | None
    ) -> tuple[Ruling, Watch]:
        state = self._cooled(state)._replace(marked=None, quiet=0)
        if state.rung == "safe":
            if verdict == "nonfinite":
                return self._safe(state, verdict)
            return Ruling("none", verdict), state
        if verdict == "nonfinite":
            return self._roll_back(state, verdict)
        if pinned is not None:
            return self._compared(reading, state, verdict, pinned)
        return self._alone(reading, state, verdict)

    def _compared(
        self, reading: Reading, state: Watch, verdict: Verdict, pinned: float
    ) -> tuple[Ruling, Watch]:
        state = state._replace(bad=state.bad + reading.records)
        if not reading.loss > BROKEN * pinned:  # true for NaN: such a copy is no way back
            if state.bad >= self.cooldown:
                return self._safe(state, verdict)
            if state.rung == "frozen":
                return Ruling("thaw", "drift"), self._enter(state, "watching")
            return Ruling("none", "drift"), state
        if verdict == "worse" and state.rung == "watching":
            return self._lower(reading, state)
        return self._roll_back(state, verdict)

    def _alone(self, reading: Reading, state: Watch, verdict: Verdict) -> tuple[Ruling, Watch]:
        if state.rung == "cooling":
            if verdict == "absurd" and reading.loss > RISING * state.last:
                return self._roll_back(state, verdict)
            return Ruling("none", "cooldown"), state
        if verdict == "absurd":
            return self._roll_back(state, verdict)
        if state.rung == "lowered" and reading.loss <= FALLING * state.last:
            return Ruling("none", "falling"), state
        return self._climb(reading, state._replace(bad=state.bad + reading.records))

    def _climb(self, reading: Reading, state: Watch) -> tuple[Ruling, Watch]:
        if state.bad >= self.diverged_after:
            return self._roll_back(state, "worse")
        if state.rung == "frozen":
            return Ruling("none", "worse"), state
        if state.bad >= self.freeze_after:
            return Ruling("freeze", "worse"), self._enter(state, "frozen")
        return self._lower(reading, state)

    def _lower(self, reading: Reading, state: Watch) -> tuple[Ruling, Watch]:
        lowered = state if state.rung == "lowered" else self._enter(state, "lowered")
        return Ruling("lower", "worse", self.lower * reading.rate), lowered

    def _roll_back(self, state: Watch, why: Why) -> tuple[Ruling, Watch]:
        if len(state.rollbacks) >= self.most_rollbacks:
            return self._safe(state, why)
        rollbacks = (*state.rollbacks, state.seen)
        rate = state.pinned_rate * self.backoff ** len(rollbacks)
        after = self._enter(state, "cooling")._replace(rollbacks=rollbacks, bad=0, marked=None)
        return Ruling("roll_back", why, rate), after

    def _safe(self, state: Watch, why: Why) -> tuple[Ruling, Watch]:
        after = self._enter(state, "safe")._replace(quiet=0, bad=0, marked=None)
        rate = self.fallback or state.pinned_rate * self.backoff**self.most_rollbacks
        return Ruling("safe", why, rate, alarm=True), after

    def _enter(self, state: Watch, rung: Rung) -> Watch:
        return state._replace(rung=rung, since=state.seen)


def _terms(reading: Reading, state: Watch) -> dict[str, float]:
    numbers = {
        "loss": reading.loss,
        "baseline": reading.baseline,
        "level": state.level.loss,
        "bad": float(state.bad),
    }
    return {name: value for name, value in numbers.items() if isfinite(value)}
