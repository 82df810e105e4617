"""One arm: a copy of the served model while a burst lasts, and what its losses come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite
from typing import Any

from lrcontrol.arms.shadows import FACTORS
from lrcontrol.learners.copies import Copy
from lrcontrol.record import Features

#: Records of bursts over which the means shown fade.
SHOWN = 2000

Score = Callable[[Any, Any], float]  # target, prediction -> loss


class Means:
    """A sum of losses, and a mean that fades over ``SHOWN`` of them."""

    def __init__(self) -> None:
        self.mean = 0.0
        self.total = 0.0
        self.count = 0

    def add(self, losses: Sequence[float], most: float) -> None:
        """Take in losses, each counted as ``most`` at most, and what is no number as that too."""
        mean, total, seen = self.mean, self.total, min(self.count, SHOWN)
        for loss in losses:
            counted = loss if loss < most else most
            seen += seen < SHOWN
            mean += (counted - mean) / seen
            total += counted
        self.mean, self.total = mean, total
        self.count += len(losses)


class Tried:
    """An arm by its name; ``fixed`` is the rate of the one that does not follow the served one."""

    def __init__(self, name: str, fixed: float) -> None:
        self.name = name
        self.rate = 0.0  # at the end of the last period
        self.copy: Copy | None = None  # None between bursts, and once it has blown up
        self.losses = Means()
        self._factor = FACTORS.get(name)
        self._fixed = fixed

    def of(self, rate: float) -> float:
        """Return the arm's rate where the served model is at ``rate``."""
        return self._fixed if self._factor is None else self._factor * rate

    def learn(
        self,
        xs: Sequence[Features],
        ys: Sequence[Any],
        rates: Sequence[float],
        params: Mapping[str, Any],
        score: Score,
    ) -> list[float]:
        """Predict, score, learn each record; infinity from the one on at which it blew up.

        ``rates`` are those that the served model learned the records at.
        """
        losses: list[float] = []
        if self.copy is not None:
            predict, learn = self.copy.way(params)
            gain, held = self.copy.gain, 0.0
            try:
                for x, y, rate in zip(xs, ys, rates, strict=True):
                    loss = score(y, predict(x))
                    if not isfinite(loss):
                        self.copy = None
                        break
                    losses.append(loss)
                    if rate != held:
                        gain.rate, held = self.of(rate), rate
                    learn(x, y)
            except (ArithmeticError, ValueError):  # the served model learned these records
                self.copy = None
        return losses + [inf] * (len(xs) - len(losses))
