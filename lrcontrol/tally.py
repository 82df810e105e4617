"""What a loop has counted so far: records, losses, refusals, decisions."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from lrcontrol.control.base import Reading
from lrcontrol.decisions.entry import Made
from lrcontrol.guard import Refusal
from lrcontrol.status import Decision, LoopStatus

#: A loss this many times the no-skill loss says "diverged" and no more. Added to a running sum in
#: doubles it would swallow every later loss, so it counts as non-finite instead.
ABSURD = 1e12
#: Decisions held for whoever keeps them; a block makes a few, of the least period 64.
MOST_MADE = 256


class Closed(NamedTuple):
    """A period that is over: the loss of each record, absurd ones as infinity; its baseline."""

    losses: list[float]
    baseline: float


@dataclass(slots=True)
class Tally:
    """Running counts and sums; ``status`` gives them as an immutable view.

    Sums are over whole periods and the one that runs, never over blocks: how a stream is cut into
    blocks changes no bit of them.
    """

    asked: float
    steps: int = 0
    loss_sum: float = 0.0
    loss_nonfinite: int = 0
    baseline_sum: float = 0.0
    window: list[float] = field(default_factory=list)  # losses of the period that runs
    period_baseline: float = 0.0  # and its no-skill loss
    drifts: int = 0
    last: Decision | None = None
    rejected: dict[str, int] = field(default_factory=dict)
    decisions: dict[tuple[str, str], int] = field(default_factory=dict)
    made: deque[Made] = field(default_factory=lambda: deque(maxlen=MOST_MADE))

    def add(self, losses: list[float], baseline: float) -> None:
        """Count scored records; ``baseline`` is ``period_baseline`` with theirs added to it."""
        self.steps += len(losses)
        self.window += losses
        self.period_baseline = baseline

    def close(self) -> Closed:
        """End the period: its losses enter the sums, those beyond any meaning are counted."""
        losses, baseline = self.window, self.period_baseline
        self.baseline_sum += baseline
        settled, total, nonfinite = self._settled(self.baseline_sum)
        self.loss_sum += total
        self.loss_nonfinite += nonfinite
        self.window, self.period_baseline = [], 0.0
        return Closed(settled if nonfinite else losses, baseline)

    def _settled(self, baseline: float) -> tuple[list[float], float, int]:
        """Return the window's losses, their finite sum, and how many are not finite or absurd."""
        total = sum(self.window)
        ceiling = ABSURD * baseline / self.steps if baseline else inf
        if total < ceiling:
            return self.window, total, 0
        losses = [loss if loss < ceiling else inf for loss in self.window]
        finite = [loss for loss in losses if loss < inf]
        return losses, sum(finite), len(losses) - len(finite)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Count refused records by reason."""
        for refusal in refusals:
            self.rejected[refusal.reason] = self.rejected.get(refusal.reason, 0) + 1

    def decide(
        self, decision: Decision, seen: Reading | None = None, actor: str = "", note: str = ""
    ) -> None:
        """Count a decision by action and reason, and keep it as the last one."""
        self.made.append(Made(decision, seen, actor, note))
        key = (decision.action, decision.reason)
        self.decisions[key] = self.decisions.get(key, 0) + 1
        self.asked = decision.asked
        self.last = decision

    def status(self) -> LoopStatus:
        """Return the counts as an immutable view."""
        baseline = self.baseline_sum + self.period_baseline
        _, total, nonfinite = self._settled(baseline)
        return LoopStatus(
            steps=self.steps,
            rejected=dict(self.rejected),
            loss_sum=self.loss_sum + total,
            loss_count=self.steps - self.loss_nonfinite - nonfinite,
            loss_nonfinite=self.loss_nonfinite + nonfinite,
            baseline_sum=baseline,
            baseline_count=self.steps,
            asked=self.asked,
            decisions=dict(self.decisions),
            last=self.last,
            drifts=self.drifts,
        )
