"""A PID controller on the logarithm of the rate, fed with how fast the loss falls."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite
from typing import Annotated, NamedTuple

from lrcontrol.checks import Positive, Range, check
from lrcontrol.control.base import Proposal, Reading, Reason

#: Largest change of ln(rate) in one decision, either way: a factor of 20. Clipping the change and
#: not only the rate keeps a spike of the derivative from crossing the whole range at once.
LARGEST_CHANGE = 3.0
#: Change of ln(rate) when a loss is not finite, which no error can express: a halving.
NONFINITE_CHANGE = -0.7
#: A loss that scatters less than this share of its mean is flat: the rate is too low, not too high.
FLAT = 0.15

Coefficient = Annotated[float, Range(at_least=0, at_most=100)]


class PIDState(NamedTuple):
    """The error at the last decision and at the one before it."""

    last: float = 0.0
    before: float = 0.0


@dataclass(frozen=True)
class PID:
    """Move ln(rate) by the error of the relative improvement, in velocity form.

    With ``improvement = (slow - fast) / max(slow, fast)`` and ``e = improvement - setpoint``, zero
    within ``dead_band``:

    ``d ln(rate) = kp (e_t - e_(t-1)) + ki e_t + kd (e_t - 2 e_(t-1) + e_(t-2))``

    The two fading means and not two successive losses, whose difference is mostly noise; divided by
    the larger of them, so that the improvement lies in [-1, 1] whatever a spike does and a fall and
    the rise that undoes it weigh the same. The change is applied to the rate in force and the
    controller never looks at its own last proposal: limits, a manual rate or a restart cannot wind
    it up. Velocity form: Astrom and Hagglund (1995), "PID Controllers".

    Above ``no_skill`` times the no-skill loss, with no improvement and a loss that is not flat, the
    change is lowered by ``pull * (1 - no_skill * baseline / loss)``.

    Fails because of the sign: a loss that falls asks for more rate and a loss that rises for less,
    but a loss trend alone cannot tell "rate too high" from "the world moved", and on a drifting
    stream less is wrong. The pull guesses too. Measured from starts 1e-5, 1e-3, 0.1 and 10 on
    eight classification streams it is hardly better than leaving the rate alone (3.2 and 3.3
    times the loss of the best fixed rate, geometric mean). A squared loss diverges within one
    period, faster than any trend shows.

    Parameters
    ----------
    kp
        Proportional coefficient, on the change of the error.
    ki
        Integral coefficient, on the error.
    kd
        Derivative coefficient, on the change of the change of the error.
    setpoint
        Relative improvement wanted; above 0 the rate sinks once nothing improves, below 0 a slow
        rise of the loss is let pass.
    dead_band
        Errors smaller than this count as 0.
    no_skill
        Multiple of the no-skill loss from which on the rate is pulled down.
    pull
        Change of ln(rate) per decision, at most, when a loss is far above that.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> pid = PID(kp=0.5, ki=0.1)
    >>> reading = Reading(step=64, rate=0.1, loss=0.4, baseline=0.7, fast=0.4, slow=0.5)
    >>> proposal, state = pid.update(reading, pid.init(0.1)[1])
    >>> round(proposal.rate, 4), {k: round(v, 3) for k, v in proposal.terms.items()}
    (0.1127, {'p': 0.1, 'i': 0.02, 'd': 0.0})
    """

    kp: Coefficient = 0.5
    ki: Coefficient = 0.05
    kd: Coefficient = 0.0
    setpoint: Annotated[float, Range(above=-1, below=1)] = 0.0
    dead_band: Annotated[float, Range(at_least=0, below=1)] = 0.0
    no_skill: Positive = 1.5
    pull: Coefficient = 1.0

    def __post_init__(self) -> None:
        check(self)

    def init(self, rate: float) -> tuple[Proposal, PIDState]:
        """Return the start rate and the state before the first decision: no error yet."""
        return Proposal(rate, "start"), PIDState()

    def update(self, reading: Reading, state: PIDState) -> tuple[Proposal, PIDState]:
        """Return the rate in force times the exponential of the terms' sum."""
        if reading.nonfinite or not isfinite(reading.loss):
            rate = reading.rate * exp(NONFINITE_CHANGE)
            return Proposal(rate, "nonfinite", {"nonfinite": NONFINITE_CHANGE}), state
        improvement = _improvement(reading)
        error = self._error(improvement)
        if reading.drift:  # the means are about two worlds: no term may act on their difference
            return Proposal(reading.rate, "drift"), PIDState(error, error)
        terms = {
            "p": self.kp * (error - state.last),
            "i": self.ki * error,
            "d": self.kd * (error - 2.0 * state.last + state.before),
        }
        reason: Reason = "setpoint" if any(terms.values()) else "dead_band"
        pulled = self._pulled(reading, improvement)
        if pulled:
            terms, reason = {**terms, "no_skill": pulled}, "no_skill"
        change = min(max(sum(terms.values()), -LARGEST_CHANGE), LARGEST_CHANGE)
        return Proposal(reading.rate * exp(change), reason, terms), PIDState(error, state.last)

    def _error(self, improvement: float) -> float:
        error = improvement - self.setpoint
        return error if abs(error) >= self.dead_band else 0.0

    def _pulled(self, reading: Reading, improvement: float) -> float:
        skilled = reading.loss <= self.no_skill * reading.baseline
        flat = 0.0 < reading.noise < FLAT * reading.slow
        if skilled or flat or improvement > 0.0:
            return 0.0
        return -self.pull * (1.0 - self.no_skill * reading.baseline / reading.loss)


def _improvement(reading: Reading) -> float:
    larger = max(reading.slow, reading.fast)
    return (reading.slow - reading.fast) / larger if larger > 0.0 else 0.0
