"""A rate that stays where it was set: the baseline every other controller is measured against."""

from __future__ import annotations

from dataclasses import dataclass

from lrcontrol.control.base import Proposal, Reading


@dataclass(frozen=True)
class Fixed:
    """Ask for the start rate at every decision.

    ``rate = start``. It has no parameters.

    Fails whenever the start rate is wrong, and nobody knows the right one beforehand: from starts
    1e-5, 1e-3, 0.1 and 10 on eight classification streams its loss is 3.3 times that of the best
    fixed rate (geometric mean). Use it to compare, or when the rate was measured on such a stream.

    Examples
    --------
    >>> fixed = Fixed()
    >>> fixed.update(Reading(step=64, rate=0.02, loss=1.0), fixed.init(0.01)[1])[0].rate
    0.01
    """

    def init(self, rate: float) -> tuple[Proposal, float]:
        """Return the start rate, which is the whole state."""
        return Proposal(rate, "fixed"), rate

    def update(self, reading: Reading, state: float) -> tuple[Proposal, float]:
        """Return the start rate, whatever the reading; after a manual hold the rate goes back."""
        return Proposal(state, "fixed"), state
