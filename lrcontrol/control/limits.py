"""What stands between a proposal and the gain: range, slew and dead band."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Annotated, Literal, NamedTuple

from lrcontrol.checks import Invalid, Range, check
from lrcontrol.control.base import PerRecord

#: What held a proposal back; a closed list, because it becomes a metric label.
Limit = Literal["none", "low", "high", "slew", "dead_band", "nonfinite"]

#: No model in use learns beyond these rates; a range outside them is a slip of the pen.
LEAST_BOUND, MOST_BOUND = 1e-9, 1e4
Bound = Annotated[float, Range(at_least=LEAST_BOUND, at_most=MOST_BOUND)]


class Limited(NamedTuple):
    """The rate to apply, and what held the proposal back."""

    rate: float
    limit: Limit


@dataclass(frozen=True)
class Limits:
    """Hold what a controller asks for within a range, a speed and a least move.

    Rates are multiplied, so slew and dead band are factors: both are about ln(rate). Every
    controller is held by the same limits, wherever it gets its rate from.

    Parameters
    ----------
    low
        Lowest rate ever applied.
    high
        Highest rate ever applied.
    slew
        Largest factor between two decisions, either way; left out (null), a rate may jump. The
        default lets one tenfold cut pass and stops a leap over the whole range.
    dead_band
        Relative moves smaller than this are not made; 0 makes every move.

    Raises ``Invalid`` for a field out of range, ``low`` not below ``high``, or a dead band that
    swallows every move the slew allows.

    Examples
    --------
    >>> limits = Limits(low=1e-4, high=1.0, slew=2.0, dead_band=0.01)
    >>> limits.apply(asked=0.5, held=0.1)
    Limited(rate=0.2, limit='slew')
    >>> limits.apply(asked=0.1004, held=0.1)
    Limited(rate=0.1, limit='dead_band')
    >>> limits.apply(asked=float("nan"), held=0.1)
    Limited(rate=0.1, limit='nonfinite')
    """

    low: Bound = 1e-6
    high: Bound = 10.0
    slew: Annotated[float, Range(above=1)] | None = 10.0
    dead_band: Annotated[float, Range(at_least=0, below=1)] = 0.0

    def __post_init__(self) -> None:
        check(
            self,
            ("low", self.low >= self.high, f"must be below high ({self.high:g})"),
            (
                "dead_band",
                self.slew is not None and 1.0 + self.dead_band >= self.slew,
                "must be below slew - 1, or no move is ever made",
            ),
        )

    def contain(self, initial_rate: float) -> float:
        """Return a rate to start from. Raises ``Invalid`` when it is outside the range."""
        if not self.low <= initial_rate <= self.high:  # true for NaN
            message = f"must be within limits, {self.low:g} to {self.high:g}, got {initial_rate:g}"
            raise Invalid(("initial_rate", message))
        return initial_rate

    def apply(self, asked: float, held: float) -> Limited:
        """Return the rate to apply when ``asked`` is proposed while ``held`` > 0 is in force.

        The rate is finite and > 0. A rate held outside the range (a manual one, or limits that
        were narrowed) is brought in, as fast as the slew allows.
        """
        if asked == held and self.low <= held <= self.high:  # most decisions keep the rate
            return Limited(held, "none")
        if not 0.0 < asked < inf:  # false for NaN
            return Limited(self._slewed(self._ranged(held), held), "nonfinite")
        if self._is_small(asked, held):
            return Limited(held, "dead_band")
        ranged = self._ranged(asked)
        rate = self._slewed(ranged, held)
        if rate != ranged:
            return Limited(rate, "slew")
        if ranged != asked:
            return Limited(rate, "low" if asked < ranged else "high")
        return Limited(rate, "none")

    def _is_small(self, asked: float, held: float) -> bool:
        # On what is asked, not on what is left of it: else the rate would stop short of its limits.
        band = 1.0 + self.dead_band
        inside = self.low <= held <= self.high
        return inside and asked != held and held / band < asked < held * band

    def _ranged(self, rate: float) -> float:
        return min(max(rate, self.low), self.high)

    def _slewed(self, rate: float, held: float) -> float:
        if self.slew is None:
            return rate
        return min(max(rate, held / self.slew), held * self.slew)


def limits_for(controller: object) -> Limits:
    """Return the limits of a controller that was given none.

    A controller that decides on each record brings its own: a band, and a ceiling from the record
    itself, which on raw features may be 1e-8 or less. Only the ends of what any model learns at
    are left to hold it.

    >>> from lrcontrol.control import Fixed
    >>> limits_for(Fixed())
    Limits(low=1e-06, high=10.0, slew=10.0, dead_band=0.0)
    """
    if isinstance(controller, PerRecord):
        return Limits(low=LEAST_BOUND, high=MOST_BOUND, slew=None)
    return Limits()
