"""The trace law for models that are not linear in their parameters: it climbs from the floor.

The law of ``control.trace`` as it was found, with plain traces and a narrow band that starts low.
What makes the linear one faster (traces that bend with the loss, a band that opens wide) leans on
the prediction being linear in the weights; here one early step too far may ruin a model for good.
"""

from __future__ import annotations

from math import exp, inf, isfinite, sqrt
from typing import Literal, NamedTuple

#: Fading factors of the two traces: a short horizon reacts, a long one sees a slow gain.
LAM = (0.9, 0.998)
#: Step of ln(gain) a record, and how much larger it is at the start (times 1/sqrt(t)).
KAPPA, BOOST = 0.05, 10.0
#: Least weight of a record in the running means: they look back a hundred.
FADING = 0.01
#: Most that one normalised derivative counts.
CLIP = 3.0
#: The gain is kept within these of 1 / (curvature times the mean of q).
LOWEST, HIGHEST = 0.01, 10.0
#: Bound of the second derivative of the loss in the prediction.
SQUARED, LOG = 2.0, 0.25

#: What held the gain, or brought it down to the applied rate; a closed list.
Held = Literal["none", "band_low", "band_high", "ceiling", "low", "high"]


class Slope(NamedTuple):
    """What a record says about the rate, before it is learned.

    ``h`` are the derivatives of its loss along ln(rate) by each trace; ``q`` is |dz|^2, the squared
    length of the prediction's gradient; ``curvature`` > 0 bounds the second derivative of the loss
    in the prediction at this record (``bend``).
    """

    h: tuple[float, float]
    q: float
    curvature: float


class Climb(NamedTuple):
    """Where the law is: gain, records seen, means of h^2 and of q, and what was applied last.

    The gain starts at 0, which is to say at the floor of its band, wherever that turns out to be.
    """

    gain: float = 0.0
    seen: int = 0
    v: tuple[float, float] = (0.0, 0.0)
    mean: float = 0.0
    applied: float = 0.0
    pull: float = 0.0  # mean of the two normalised derivatives: above 0, a lower rate would help
    held: Held = "none"

    def move(self, slope: Slope, low: float, high: float, bound: float) -> Climb:
        """Return the state with the rate to apply to this record.

        ``bound`` is the second derivative's over all records (2 squared, 1/4 log loss); the rate is
        held within ``low`` and ``high``. A derivative that is not finite moves nothing.

        >>> state = Climb().move(Slope((0.0, 0.0), q=4.0, curvature=2.0), 0.0, 1.0, bound=2.0)
        >>> state.gain, state.held  # 0.01 / (2 * 4)
        (0.00125, 'band_low')
        """
        seen = self.seen + 1
        weight = max(1.0 / seen, FADING)
        v, pull = self.v, 0.0
        if isfinite(slope.h[0]) and isfinite(slope.h[1]):
            v = (
                v[0] + weight * (slope.h[0] * slope.h[0] - v[0]),
                v[1] + weight * (slope.h[1] * slope.h[1] - v[1]),
            )
            pull = (_unit(slope.h[0], v[0]) + _unit(slope.h[1], v[1])) / 2.0
        mean = self.mean + weight * (slope.q - self.mean) if slope.q < inf else self.mean
        asked = self.gain * exp(-KAPPA * (1.0 + BOOST / sqrt(seen)) * pull)
        middle = 1.0 / (bound * mean) if mean > 0.0 else 1.0
        gain = min(max(asked, LOWEST * middle), HIGHEST * middle)
        rate = gain / (1.0 + gain * slope.curvature * slope.q)
        applied = min(max(rate, low), high)
        return Climb(gain, seen, v, mean, applied, pull, _held(asked, gain, rate, applied))


def _unit(h: float, v: float) -> float:
    return min(max(h / sqrt(v), -CLIP), CLIP) if v > 0.0 else 0.0


def _held(asked: float, gain: float, rate: float, applied: float) -> Held:
    if applied != rate:
        return "low" if applied > rate else "high"
    if gain != asked:
        return "band_low" if gain > asked else "band_high"
    return "ceiling" if rate < 0.5 * gain else "none"


def bend(size: float, margin: float) -> float:
    """Return the curvature that a log loss may be taken to have at a record.

    ``size`` is 1 - p of the true class, ``margin`` its log odds. On the right side the bound 1/4;
    on the wrong side less, since a confident mistake may move by |margin| and more.

    >>> bend(0.5, 0.0), round(bend(0.99, -4.6), 4)
    (0.25, 0.1157)
    """
    if margin >= 0.0 or size <= 0.0:
        return LOG
    return size / (size / LOG - margin)
