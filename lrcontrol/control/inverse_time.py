"""A rate that falls as a power of time: inverse scaling, time-based decay, Robbins-Monro."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log1p
from typing import Annotated

from lrcontrol.checks import Count, Range, check
from lrcontrol.control.base import Schedule

#: Beyond these a rate falls below what a double can hold within any stream's length.
Power = Annotated[float, Range(above=0, at_most=10)]
DecayRate = Annotated[float, Range(above=0, at_most=1e6)]


@dataclass(frozen=True)
class InverseTime(Schedule):
    """Divide the start rate by a power of a line in the step.

    ``rate = start / (1 + decay_rate * step / transition_steps) ** power``

    ``power=1`` is time-based decay (Keras ``InverseTimeDecay``), ``power=0.5`` River's
    ``InverseScaling``, ``power=0.25`` scikit-learn's ``invscaling``. A power in (0.5, 1] meets the
    conditions of Robbins and Monro (1951, "A stochastic approximation method").

    Fails on a stream that drifts: the rate goes to 0 and the model stops following (asked for in
    vowpal_wabbit#1178). Set ``limits.low``, or use a controller that sees the loss.

    Parameters
    ----------
    decay_rate
        How much the divisor grows in ``transition_steps`` records.
    transition_steps
        Records in which the divisor grows by ``decay_rate``.
    power
        Exponent of the divisor.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> [round(InverseTime().at(step, 0.1), 4) for step in (0, 3, 99)]
    [0.1, 0.05, 0.01]
    """

    decay_rate: DecayRate = 1.0
    transition_steps: Count = 1
    power: Power = 0.5

    def __post_init__(self) -> None:
        check(self)

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        # exp(-p ln(1 + a)) and not (1 + a) ** p: the power overflows for large steps, this does not
        return start * exp(-self.power * log1p(self.decay_rate * step / self.transition_steps))
