"""A rate that swings in triangles between its start and a maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from lrcontrol.checks import Count, Positive, Range, check
from lrcontrol.control.base import Schedule

Mode = Literal["triangular", "triangular2", "exp_range"]


@dataclass(frozen=True)
class Cyclic(Schedule):
    """Rise to ``max_lr`` and fall back to the start rate, over and over (PyTorch ``CyclicLR``).

    ``rate = start + (max_lr - start) * height * swing``, where ``height`` goes 0, 1, 0 along each
    triangle and ``swing`` is 1 (``triangular``), halves with every cycle (``triangular2``) or is
    ``gamma ** step`` (``exp_range``). Smith (2017), arXiv:1506.01186.

    Fails as a range test on a stream: both ends are chosen beforehand, and a maximum that is too
    high costs its loss once a cycle, for ever.

    Parameters
    ----------
    max_lr
        Rate at the tip of the first triangle.
    step_size_up
        Records from the start rate to the tip.
    step_size_down
        Records back; as many as up when left out.
    mode
        How the triangles shrink: ``triangular``, ``triangular2`` or ``exp_range``.
    gamma
        Base of ``exp_range``, per record.

    Raises ``Invalid`` for a field out of range or an unknown mode.

    Examples
    --------
    >>> swing = Cyclic(max_lr=0.1, step_size_up=100, mode="triangular2")
    >>> [round(swing.at(step, 0.02), 4) for step in (0, 50, 100, 150, 200, 300)]
    [0.02, 0.06, 0.1, 0.06, 0.02, 0.06]
    """

    max_lr: Positive = 0.1
    step_size_up: Count = 2_000
    step_size_down: Count | None = None
    mode: Mode = "triangular"
    gamma: Annotated[float, Range(above=0, at_most=1)] = 1.0

    def __post_init__(self) -> None:
        known = get_args(Mode)
        check(self, ("mode", self.mode not in known, f"must be one of {known}, got {self.mode!r}"))

    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step``."""
        down = self.step_size_down or self.step_size_up
        cycle, place = divmod(step, self.step_size_up + down)
        if place <= self.step_size_up:
            height = place / self.step_size_up
        else:
            height = 1.0 - (place - self.step_size_up) / down
        share = height * self._swing(cycle, step)
        return start * (1.0 - share) + self.max_lr * share

    def _swing(self, cycle: int, step: int) -> float:
        if self.mode == "triangular2":
            return 0.5**cycle
        return float(self.gamma**step) if self.mode == "exp_range" else 1.0
