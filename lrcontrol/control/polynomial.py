"""A rate that goes from its start to an end value along a polynomial."""

from __future__ import annotations

from dataclasses import dataclass

from lrcontrol.checks import Count, Natural, Positive, check
from lrcontrol.control.base import Schedule


@dataclass(frozen=True)
class Polynomial(Schedule):
    """Go to ``end_value`` in ``transition_steps`` (optax ``polynomial_schedule``).

    ``rate = (start - end_value) * (1 - done) ** power + end_value``, where ``done`` goes from 0 at
    ``transition_begin`` to 1 after ``transition_steps`` more. ``power=1`` is a line.

    Fails on a stream without an end: after the transition the rate stays at ``end_value``, and a
    model that learns at next to nothing no longer follows its stream. That is why ``end_value``
    must be positive here, where optax takes 0.

    Parameters
    ----------
    end_value
        Rate after the transition; above the start rate the rate grows.
    power
        Exponent of the transition.
    transition_steps
        Records the transition takes.
    transition_begin
        Records before it begins.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> square = Polynomial(end_value=0.01, power=2.0, transition_steps=100, transition_begin=5)
    >>> [round(square.at(step, 1.0), 4) for step in (0, 5, 6, 104, 105, 110)]
    [1.0, 1.0, 0.9803, 0.0101, 0.01, 0.01]
    """

    end_value: Positive = 1e-4
    power: Positive = 1.0
    transition_steps: Count = 100_000
    transition_begin: Natural = 0

    def __post_init__(self) -> None:
        check(self)

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        done = min(max(step - self.transition_begin, 0) / self.transition_steps, 1.0)
        left = float((1.0 - done) ** self.power)
        # A mean of two positive rates; start - end_value would lose its sign bits near the end
        return start * left + self.end_value * (1.0 - left)
