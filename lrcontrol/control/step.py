"""A rate that falls by a factor every so many records."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Annotated

from lrcontrol.checks import Count, Range, check
from lrcontrol.control.base import Schedule

#: Largest fall, in e-folds. 1e-260 times any rate in range is still a positive double, so an
#: endless stream ends at a rate of practically nothing instead of an underflow to zero.
DEEPEST = -600.0


@dataclass(frozen=True)
class Step(Schedule):
    """Multiply the rate by ``gamma`` every ``step_size`` records (PyTorch ``StepLR``).

    ``rate = start * gamma ** (step // step_size)``

    Fails on a stream that drifts, or that is longer than was thought: it falls for ever, and
    ``limits.low`` is all that stops it.

    Parameters
    ----------
    step_size
        Records between two falls.
    gamma
        Factor of each fall.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> [round(Step(step_size=30, gamma=0.1).at(step, 0.05), 5) for step in (0, 29, 30, 60)]
    [0.05, 0.05, 0.005, 0.0005]
    """

    step_size: Count = 10_000
    gamma: Annotated[float, Range(above=0, at_most=1)] = 0.5

    def __post_init__(self) -> None:
        check(self)

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        return start * exp(max(step // self.step_size * log(self.gamma), DEEPEST))
