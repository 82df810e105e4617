"""A rate that rises once to a maximum, then falls far below where it began."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, Literal, get_args

from lrcontrol.checks import Count, Fraction, Positive, Range, check
from lrcontrol.control.base import Schedule

Anneal = Literal["cos", "linear"]
Divisor = Annotated[float, Range(at_least=1, at_most=1e12)]


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Rise to ``max_lr``, then fall to next to nothing (PyTorch ``OneCycleLR``, two phases).

    From ``max_lr / div_factor`` to ``max_lr`` in the first ``pct_start`` of ``total_steps``, from
    there to ``max_lr / div_factor / final_div_factor``, along half cosines or lines. Smith and
    Topin (2018), arXiv:1708.07120.

    Fails on a stream without an end: past ``total_steps`` PyTorch raises, this stays at the last,
    tiny rate, and the model no longer follows its stream. For a replay of known length only.

    Parameters
    ----------
    max_lr
        Rate at the top; ``div_factor`` times the start rate when left out, so that the cycle begins
        at the start rate. When given, it alone sets where the cycle begins, as in PyTorch.
    total_steps
        Records in the cycle.
    pct_start
        Share of the cycle spent rising.
    div_factor
        Top over beginning.
    final_div_factor
        Beginning over end.
    anneal_strategy
        ``cos`` or ``linear``.

    Raises ``Invalid`` for a field out of range, an unknown strategy, or a rise of no steps.

    Examples
    --------
    >>> once = OneCycle(max_lr=1.0, total_steps=100, div_factor=10.0, anneal_strategy="linear")
    >>> [round(once.at(step, 0.5), 4) for step in (0, 29, 64, 99, 500)]
    [0.1, 1.0, 0.5, 0.0, 0.0]
    """

    max_lr: Positive | None = None
    total_steps: Count = 100_000
    pct_start: Fraction = 0.3
    div_factor: Divisor = 25.0
    final_div_factor: Divisor = 1e4
    anneal_strategy: Anneal = "cos"

    def __post_init__(self) -> None:
        known = get_args(Anneal)
        check(
            self,
            (
                "anneal_strategy",
                self.anneal_strategy not in known,
                f"must be one of {known}, got {self.anneal_strategy!r}",
            ),
            (
                "pct_start",
                self.pct_start * self.total_steps <= 1,
                f"leaves no step for the rise: must be > 1 / total_steps, got {self.pct_start:g}",
            ),
        )

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        top = self.max_lr or start * self.div_factor
        begin = top / self.div_factor
        turn, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        if step <= turn:
            return self._between(begin, top, step / turn)
        done = min((step - turn) / (last - turn), 1.0)
        return self._between(top, begin / self.final_div_factor, done)

    def _between(self, first: float, then: float, done: float) -> float:
        left = (1.0 + cos(pi * done)) / 2.0 if self.anneal_strategy == "cos" else 1.0 - done
        return first * left + then * (1.0 - left)
