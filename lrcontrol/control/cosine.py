"""A rate that falls along half a cosine, then starts again."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

from lrcontrol.checks import Count, Positive, check
from lrcontrol.control.base import Schedule


@dataclass(frozen=True)
class Cosine(Schedule):
    """Anneal along a cosine with warm restarts (PyTorch ``CosineAnnealingWarmRestarts``).

    ``rate = eta_min + (start - eta_min) * (1 + cos(pi * t / t_i)) / 2``, where ``t`` counts records
    since the last restart and ``t_i`` is the length of this cycle: ``t_0``, then ``t_mult`` times
    as long after each restart. Loshchilov and Hutter (2017), "SGDR", arXiv:1608.03983.

    Fails when a restart throws away what was learned: on a stream each one brings the full start
    rate back, wanted or not, and from an absurd start rate it diverges again every cycle.

    Parameters
    ----------
    t_0
        Records in the first cycle.
    t_mult
        How many times longer each cycle is than the one before.
    eta_min
        Rate at the end of a cycle; positive, since a rate of 0 learns nothing.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> wave = Cosine(t_0=100, t_mult=2, eta_min=0.001)
    >>> [round(wave.at(step, 0.1), 4) for step in (0, 50, 99, 100, 200, 300)]
    [0.1, 0.0505, 0.001, 0.1, 0.0505, 0.1]
    """

    t_0: Count = 10_000
    t_mult: Count = 1
    eta_min: Positive = 1e-6

    def __post_init__(self) -> None:
        check(self)

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        t, t_i = self._place(step)
        left = (1.0 + cos(pi * t / t_i)) / 2.0
        return start * left + self.eta_min * (1.0 - left)

    def _place(self, step: int) -> tuple[int, int]:
        # Whole numbers, where PyTorch takes a logarithm: that one may round a restart away. Cycles
        # grow at least twofold, so a step of n takes log2(n) turns.
        if self.t_mult == 1:
            return step % self.t_0, self.t_0
        t, t_i = step, self.t_0
        while t >= t_i:
            t, t_i = t - t_i, t_i * self.t_mult
        return t, t_i
