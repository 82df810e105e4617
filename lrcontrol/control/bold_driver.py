"""A rate that goes up a little while the loss falls, and down a lot when it rises."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Annotated, NamedTuple

from lrcontrol.checks import Count, Fraction, Natural, Positive, Range, check
from lrcontrol.control.base import Proposal, Reading, Reason

#: Share of ``tolerance`` by which a fall must stand out of the noise. Less than a rise must: a
#: wrong raise costs little. But more than nothing, or mere noise lifts the rate to the cliff where
#: a squared loss diverges within one period.
FALL = 0.25
#: A loss that scatters less than this share of its mean is flat. On eight classification streams
#: the log loss of one period differs from the next by 0.2 and more of itself where the rate is
#: too high, by 0.05 and less where it is far too low. (A squared loss does not stay too high, it
#: explodes.)
FLAT = 0.15


class BoldDriverState(NamedTuple):
    """The fast mean at the last decision, decisions to wait, cuts that brought no skill."""

    fast: float = 0.0
    wait: int = 0
    cuts: int = 0


@dataclass(frozen=True)
class BoldDriver:
    """Raise the rate a little while the loss falls, cut it by a lot when the loss rises.

    ``fast`` and ``slow`` are the two means of the loss, ``noise`` its scatter between periods:

    - ``rate * factor_down`` when the loss rises, ``fast > slow + tolerance * noise`` and no lower
      than at the last decision; or when it is no better than no skill, ``loss > no_skill *
      baseline``, and does not fall;
    - ``rate * factor_up`` when it falls, ``fast < slow - tolerance / 4 * noise``;
    - otherwise, and for ``cooldown`` decisions after a cut, the rate stays, so that the next
      cut judges what the last one did.

    Vogl et al. (1988), "Accelerating the convergence of the back-propagation method"; Battiti
    (1989). They also undo the step that raised the loss, which a stream does not allow.

    The rule about skill brings back an absurdly high rate, whose loss is bad but does not rise. It
    does not cut for ever: not while the loss falls (weights that a high rate blew up need some rate
    to come home), not while the loss is flat (a rate far too low has no skill either; then the rate
    goes up), and not after ``patience`` cuts in a row that brought no skill.

    Fails because a loss trend alone cannot tell "rate too high" from "the world moved": on a
    drifting stream the loss of a rate too low rises as well, and is cut further. Measured from
    starts 1e-5, 1e-3, 0.1 and 10 on eight classification streams: 2.7 times the loss of the best
    fixed rate (geometric mean; leaving the rate alone: 3.3), 6.4 times from a start at 10
    (alone: 10.7), 1.4 times from 0.1 (alone: 1.2), and one run in six ends below 2e-5.
    On a stationary one it lifts the rate to the edge of what the model bears, and stays there.
    It is slow: from 1e-5 to 0.1 takes 190 raises. A squared loss that has diverged is beyond any
    rate: the weights are lost, and only a restored model helps.

    Parameters
    ----------
    factor_up
        Factor of a raise.
    factor_down
        Factor of a cut.
    tolerance
        Rise of the fast mean over the slow one that is let pass, in units of the noise.
    no_skill
        Multiple of the no-skill loss from which on a loss that does not fall is cut.
    cooldown
        Decisions to wait after a cut.
    patience
        Cuts in a row, without any skill between them, after which the rate rests.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> driver = BoldDriver()
    >>> reading = Reading(step=64, rate=0.1, loss=0.4, baseline=0.7, fast=0.4, slow=0.5)
    >>> proposal, state = driver.update(reading, driver.init(0.1)[1])
    >>> round(proposal.rate, 4), proposal.reason
    (0.105, 'improving')
    >>> proposal, state = driver.update(reading._replace(fast=0.6, noise=0.1), state)
    >>> round(proposal.rate, 4), proposal.reason
    (0.05, 'worse')
    """

    factor_up: Annotated[float, Range(at_least=1, at_most=10)] = 1.05
    factor_down: Fraction = 0.5
    tolerance: Annotated[float, Range(at_least=0)] = 0.5
    no_skill: Positive = 1.5
    cooldown: Natural = 4
    patience: Count = 10

    def __post_init__(self) -> None:
        check(self)

    def init(self, rate: float) -> tuple[Proposal, BoldDriverState]:
        """Return the start rate and the state before the first decision."""
        return Proposal(rate, "start"), BoldDriverState()

    def update(self, reading: Reading, state: BoldDriverState) -> tuple[Proposal, BoldDriverState]:
        """Return the rate in force, raised, cut or as it is."""
        if reading.nonfinite or not isfinite(reading.loss):
            return self._cut_blindly(reading, state)
        if reading.drift:  # the means are about two worlds: start again
            return Proposal(reading.rate, "drift"), BoldDriverState(reading.fast)
        lost = reading.loss > self.no_skill * reading.baseline
        seen = BoldDriverState(reading.fast, max(state.wait - 1, 0), state.cuts if lost else 0)
        if state.wait:
            return Proposal(reading.rate, "cooldown"), seen
        why = self._complaint(reading, state) if lost else self._rise(reading, state)
        if why is not None:
            cut = seen._replace(wait=self.cooldown, cuts=seen.cuts + lost)
            return Proposal(reading.rate * self.factor_down, why), cut
        if reading.fast < reading.slow - FALL * self.tolerance * reading.noise or (
            lost and _is_flat(reading)
        ):
            return Proposal(reading.rate * self.factor_up, "improving"), seen
        return Proposal(reading.rate, "patience" if lost else "dead_band"), seen

    def _cut_blindly(
        self, reading: Reading, state: BoldDriverState
    ) -> tuple[Proposal, BoldDriverState]:
        if state.cuts >= self.patience:
            return Proposal(reading.rate, "patience"), state
        cut = state._replace(cuts=state.cuts + 1)
        return Proposal(reading.rate * self.factor_down, "nonfinite"), cut

    def _complaint(self, reading: Reading, state: BoldDriverState) -> Reason | None:
        falling = reading.fast < min(reading.slow, state.fast)
        if falling or _is_flat(reading) or state.cuts >= self.patience:
            return None
        return "no_skill"

    def _rise(self, reading: Reading, state: BoldDriverState) -> Reason | None:
        still = reading.fast >= state.fast
        risen = reading.fast > reading.slow + self.tolerance * reading.noise
        return "worse" if still and risen else None


def _is_flat(reading: Reading) -> bool:
    return 0.0 < reading.noise < FLAT * reading.slow
