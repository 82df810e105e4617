"""One model, one rate, no shadow: the derivative of the loss along the rate moves it each record.

A normalised hypergradient on ln(gain) from two sensitivity traces, under a ceiling that the record
itself sets (``kernels.trace`` is the compiled twin).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isfinite, sqrt
from typing import Literal, NamedTuple

from lrcontrol.checks import check
from lrcontrol.control.base import PerRecord

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


class TraceState(NamedTuple):
    """Where the law is: gain, records seen, means of h^2 and of q, and what was applied last."""

    gain: float
    seen: int = 0
    v: tuple[float, float] = (0.0, 0.0)
    mean: float = 0.0
    applied: float = 0.0
    pull: float = 0.0  # mean of the two normalised derivatives: above 0, a lower rate would help
    held: Held = "none"


@dataclass(frozen=True)
class Trace(PerRecord):
    """Move the rate by the derivative of each record's loss along it; no shadow, no weight read.

    For linear, logistic and softmax regression with SGD on features of a like scale. From any start
    rate; the loss trend is not looked at, which cannot tell a rate that is too high from a world
    that moved. With g the derivative of the loss in the prediction z, and dz that of z in the
    weights (``[x, 1]``), for each of two fading factors::

        S <- lam S - rate g dz,  h = g S.dz,  u = clip(h / sqrt(mean of h^2), -3, 3)
        gain <- gain exp(-kappa (1 + 10/sqrt(t)) mean(u)), kept in [0.01, 10] / (c0 mean |dz|^2)
        rate = gain / (1 + gain c |dz|^2)

    The last line is the exact proximal (implicit) step for squared loss (Kulis and Bartlett 2010):
    a record's residual never changes sign, so it cannot overshoot, whatever the gain.

    Not for momentum or adaptive optimizers (use ``Bank``), nor for models with an inner structure
    (``Race``). Fails where a few raw features carry a weak signal (5 to 12 % above hindsight).

    Parameters
    ----------
    clamp
        Whether a served regression prediction is cut to the range of the labels seen so far;
        learning is untouched. Without it one early record far outside a young scaler can cost more
        than all others.

    Examples
    --------
    >>> from river import datasets, linear_model, preprocessing
    >>> from lrcontrol import Loop, Record
    >>> from lrcontrol.control import Trace
    >>> loop = Loop(preprocessing.StandardScaler() | linear_model.LogisticRegression(),
    ...             Trace(), initial_rate=1e-5)
    >>> _ = loop.learn([Record(x, y) for x, y in datasets.Phishing()])
    >>> loop.status.loss_sum / loop.status.loss_count  # the best of 33 fixed rates: 0.2622
    0.2652
    """

    clamp: bool = True

    def __post_init__(self) -> None:
        check(self)

    def begin(self, rate: float) -> TraceState:
        """Return the state before the first record; ``rate`` > 0 is the start rate."""
        return TraceState(rate)

    def move(
        self, slope: Slope, state: TraceState, low: float, high: float, bound: float = SQUARED
    ) -> TraceState:
        """Return the state with the rate to apply to this record.

        ``bound`` is the second derivative's over all records (2 squared, 1/4 log loss); the rate is
        held within ``low`` and ``high``. A derivative that is not finite moves nothing.
        """
        seen = state.seen + 1
        weight = max(1.0 / seen, FADING)
        v, pull = state.v, 0.0
        if isfinite(slope.h[0]) and isfinite(slope.h[1]):
            v = (
                v[0] + weight * (slope.h[0] * slope.h[0] - v[0]),
                v[1] + weight * (slope.h[1] * slope.h[1] - v[1]),
            )
            pull = (_unit(slope.h[0], v[0]) + _unit(slope.h[1], v[1])) / 2.0
        mean = state.mean + weight * (slope.q - state.mean) if slope.q < inf else state.mean
        asked = state.gain * exp(-KAPPA * (1.0 + BOOST / sqrt(seen)) * pull)
        middle = 1.0 / (bound * mean) if mean > 0.0 else 1.0
        gain = min(max(asked, LOWEST * middle), HIGHEST * middle)
        rate = gain / (1.0 + gain * slope.curvature * slope.q)
        applied = min(max(rate, low), high)
        return TraceState(gain, seen, v, mean, applied, pull, _held(asked, gain, rate, applied))


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

    ``size`` is |p - y| (1 - p of the true class), ``margin`` its log odds. On the right side the
    bound 1/4; on the wrong side less, since a confident mistake may move by |margin| and more.

    >>> bend(0.5, 0.0), round(bend(0.99, -4.6), 4)
    (0.25, 0.1157)
    """
    if margin >= 0.0 or size <= 0.0:
        return LOG
    return size / (size / LOG - margin)
