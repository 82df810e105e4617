"""A gentle start in front of any controller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from lrcontrol.checks import Count, Range, check
from lrcontrol.control.base import Controller, Proposal, Reading


class WarmupState(NamedTuple):
    """The start rate, the state of the controller behind, and whether that one has taken over."""

    start: float
    then: Any
    over: bool = False


@dataclass(frozen=True)
class Warmup:
    """Rise in a line to the start rate, then hand over to ``then`` (PyTorch ``LinearLR``).

    ``rate = start * (start_factor + (1 - start_factor) * step / total_iters)`` for the first
    ``total_iters`` records. The first decision after them asks for the start rate itself; from the
    next on ``then`` decides, with steps counted from ``total_iters``. So an adaptive controller is
    never shown a period whose loss the warm-up made, and moves on from the rate in force: no jump.

    Fails when the start rate is too high to begin with: it only postpones that. It helps scalers
    and adaptive optimizers whose first statistics are poor.

    Parameters
    ----------
    then
        The controller that takes over.
    start_factor
        Share of the start rate to begin with.
    total_iters
        Records until the start rate is reached.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> from lrcontrol.control.cosine import Cosine
    >>> warm = Warmup(Cosine(t_0=1000), start_factor=0.1, total_iters=100)
    >>> state, asked = warm.init(0.5)[1], []
    >>> for step in (0, 50, 100, 600):
    ...     proposal, state = warm.update(Reading(step, rate=0.5, loss=1.0), state)
    ...     asked.append(round(proposal.rate, 3))
    >>> asked
    [0.05, 0.275, 0.5, 0.25]
    """

    then: Controller[Any]
    start_factor: Annotated[float, Range(above=0, at_most=1)] = 0.1
    total_iters: Count = 1_000

    def __post_init__(self) -> None:
        check(self)

    def init(self, rate: float) -> tuple[Proposal, WarmupState]:
        """Return the first rate and the state; ``then`` begins at what it asks for itself."""
        proposal, then = self.then.init(rate)
        first = proposal.rate * self.start_factor
        return Proposal(first, "warmup"), WarmupState(proposal.rate, then)

    def update(self, reading: Reading, state: WarmupState) -> tuple[Proposal, WarmupState]:
        """Return the warm-up's rate, or what ``then`` proposes once it has taken over."""
        if not state.over:
            done = min(reading.step / self.total_iters, 1.0)
            factor = self.start_factor + (1.0 - self.start_factor) * done
            return Proposal(state.start * factor, "warmup"), state._replace(over=done == 1.0)
        shifted = reading._replace(step=reading.step - self.total_iters)
        proposal, then = self.then.update(shifted, state.then)
        return proposal, state._replace(then=then)
