"""What a loop has counted so far: records, losses, refusals, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from lrcontrol.guard import Refusal
from lrcontrol.status import Decision, LoopStatus

#: A loss this many times the no-skill loss says "diverged" and no more. Added to a running sum in
#: doubles it would swallow every later loss, so it counts as non-finite instead.
ABSURD = 1e12


@dataclass(slots=True)
class Tally:
    """Running counts and sums; ``status`` gives them as an immutable view."""

    asked: float
    steps: int = 0
    loss_sum: float = 0.0
    loss_nonfinite: int = 0
    baseline_sum: float = 0.0
    period_baseline: float = 0.0
    drifts: int = 0
    last: Decision | None = None
    rejected: dict[str, int] = field(default_factory=dict)
    decisions: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, losses: list[float], baseline: float) -> list[float]:
        """Count scored records; return their losses, those beyond any meaning as infinity."""
        self.steps += len(losses)
        self.baseline_sum += baseline
        self.period_baseline += baseline
        total = sum(losses)
        ceiling = ABSURD * self.baseline_sum / self.steps if self.baseline_sum else inf
        if not total < ceiling:  # rare: NaN, infinite or absurd somewhere
            losses = [loss if loss < ceiling else inf for loss in losses]
            finite = [loss for loss in losses if loss < inf]
            self.loss_nonfinite += len(losses) - len(finite)
            total = sum(finite)
        self.loss_sum += total
        return losses

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Count refused records by reason."""
        for refusal in refusals:
            self.rejected[refusal.reason] = self.rejected.get(refusal.reason, 0) + 1

    def decide(self, decision: Decision) -> None:
        """Count a decision by action and reason, and keep it as the last one."""
        key = (decision.action, decision.reason)
        self.decisions[key] = self.decisions.get(key, 0) + 1
        self.asked = decision.asked
        self.last = decision

    def status(self) -> LoopStatus:
        """Return the counts as an immutable view."""
        return LoopStatus(
            steps=self.steps,
            rejected=dict(self.rejected),
            loss_sum=self.loss_sum,
            loss_count=self.steps - self.loss_nonfinite,
            loss_nonfinite=self.loss_nonfinite,
            baseline_sum=self.baseline_sum,
            baseline_count=self.steps,
            asked=self.asked,
            decisions=dict(self.decisions),
            last=self.last,
            drifts=self.drifts,
        )
