"""Which other rates are tried beside the served one, how long at a time, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Annotated, Literal, get_args

from lrcontrol.checks import Count, Positive, Range, check

#: The rates tried; a closed list, because it becomes a metric label.
ArmName = Literal["half", "double", "fixed"]
FACTORS = {"half": 0.5, "double": 2.0}
#: Updates that one copy of the model stands for, pickled and loaded: the least and the most.
#: Measured: 14 for a scaler and a linear model, 4 for a factorization machine, 216 for a tree.
FORK = 16
#: Inverse of the golden ratio: its multiples fall evenly between 0 and 1 and never repeat.
GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Shadows:
    """Copies of the served model that learn at other rates for a while, to see if they do better.

    Every now and then copies are made of the served model, and for a burst of records each learns
    at its own rate, scored on the same records as the served one. Then they are dropped. Nothing
    of them enters the served model, its metrics or its decisions.

    Parameters
    ----------
    arms
        Which rates: half and double that in force, followed as it moves, and a fixed one.
    fixed
        The rate of the fixed arm; left out, the model's initial rate.
    budget
        Work allowed, in updates of the served model: 1.1 is at most 10 % more. It says how far
        apart bursts are. The first burst comes at once, on credit.
    burst
        Records that copies learn before they are dropped, rounded up to whole periods.

    Raises ``Invalid`` for a field out of range, no arm, or one named twice.

    Examples
    --------
    >>> shadows = Shadows(("half", "double"), burst=512)
    >>> shadows.stretch(price=1.0, period=64)  # records from one burst to the next
    10560
    """

    arms: tuple[ArmName, ...] = get_args(ArmName)
    fixed: Positive | None = None
    budget: Annotated[float, Range(above=1)] = 1.1
    burst: Count = 1024

    def __post_init__(self) -> None:
        check(
            self,
            ("arms", not self.arms, f"none: name some of {', '.join(get_args(ArmName))}"),
            ("arms", len({*self.arms}) < len(self.arms), "an arm is named twice"),
            ("fixed", self._idle, "is for the arm fixed, which is not among the arms"),
        )

    @property
    def _idle(self) -> bool:
        return self.fixed is not None and "fixed" not in self.arms

    def length(self, period: int) -> int:
        """Return the records of a burst, in whole periods."""
        return ceil(self.burst / period) * period

    def stretch(self, price: float, period: int) -> int:
        """Return the records over which one burst is paid for, in whole periods.

        ``price`` is the cost of a copy's update, in updates of the served model.
        """
        cost = len(self.arms) * (self.length(period) + FORK) * price
        return max(ceil(cost / (self.budget - 1.0) / period) * period, self.length(period))

    def start(self, number: int, price: float, period: int) -> int:
        """Return the record after which burst ``number`` (0, 1, ...) starts.

        Somewhere else in each stretch, or a stream with a daily course would be looked at in the
        same hours for ever.
        """
        stretch = self.stretch(price, period)
        room = (stretch - self.length(period)) // period
        phase = number * GOLDEN % 1.0
        return number * stretch + int(phase * (room + 1)) * period
