"""A rate that falls, or grows, by a constant factor per number of records."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor, log
from typing import Annotated

from lrcontrol.checks import Count, Natural, Positive, Range, check
from lrcontrol.control.base import Schedule

#: Largest change, in e-folds either way: the product with any rate in range stays a positive,
#: finite double, however long the stream.
FURTHEST = 600.0


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiply the rate by ``decay_rate`` per ``transition_steps`` (optax ``exponential_decay``).

    ``rate = start * decay_rate ** ((step - transition_begin) / transition_steps)``, from
    ``transition_begin`` on, not beyond ``end_value``.

    Fails as every schedule does on a drifting stream. With ``decay_rate`` above 1 it is the sweep
    of a rate range test (Smith 2017), which is meant to end in divergence.

    Parameters
    ----------
    decay_rate
        Factor per ``transition_steps``; above 1 the rate grows.
    transition_steps
        Records in which the rate changes by ``decay_rate``.
    transition_begin
        Records before the first change.
    staircase
        Change at whole multiples of ``transition_steps`` only.
    end_value
        Where the change stops: a lower bound for ``decay_rate`` below 1, else an upper one.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> half = Exponential(decay_rate=0.5, transition_steps=100, end_value=0.02)
    >>> [round(half.at(step, 0.1), 4) for step in (0, 50, 100, 1000)]
    [0.1, 0.0707, 0.05, 0.02]
    """

    decay_rate: Annotated[float, Range(above=0, at_most=1e6)] = 0.96
    transition_steps: Count = 1_000
    transition_begin: Natural = 0
    staircase: bool = False
    end_value: Positive | None = None

    def __post_init__(self) -> None:
        check(self)

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        times = max(step - self.transition_begin, 0) / self.transition_steps
        folds = (floor(times) if self.staircase else times) * log(self.decay_rate)
        rate = start * exp(min(max(folds, -FURTHEST), FURTHEST))
        if self.end_value is None:
            return rate
        return max(rate, self.end_value) if self.decay_rate < 1 else min(rate, self.end_value)
