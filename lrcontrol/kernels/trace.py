"""The law of the trace controller: where the gain goes, and what of it one record may apply.

A normalised hypergradient on ln(rate). ``S_i``, shaped like the weights, is how they would differ
had the rate been larger (faded by 0.9 and 0.998), so that ``h_i = g . (S_i . [x, 1])`` is the
derivative of this record's loss along ln(rate). Both move the gain; a ceiling from the record
itself, which needs no history, turns it into the rate that is applied.
"""

from __future__ import annotations

import math

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, loops

#: Fading factors of the two traces: a short horizon reacts, a long one sees a slow gain.
LAM = (0.9, 0.998)
#: Step of ln(gain) a record, and how much larger it is at the start (times 1/sqrt(t)).
KAPPA, BOOST = 0.05, 10.0
#: Least weight of a record in the running means: they look back a hundred.
FADING = 0.01
#: Most that one normalised derivative counts.
CLIP = 3.0
#: The gain is kept within these of 1 / (curvature times the mean of |x|^2).
LOWEST, HIGHEST = 0.01, 10.0
#: The gain is within these before the band has the last word. Where |x|^2 is so large that all of
#: the band is below the least (raw features of 1e5 and more), the gain sits on top of its band.
LEAST, MOST = 1e-9, 1e4
#: Bound of the second derivative of the loss in the prediction.
SQUARED, LOG = 2.0, 0.25


@inner
def steer(gain: float, v: Array, h: Array, k: int, t: int) -> float:
    """Return the gain of model ``k`` after record ``t`` >= 1; update ``v``, the mean of h^2.

    ``v`` and ``h`` are (2, models). A derivative that is not finite moves nothing.
    """
    pull = 0.0
    for i in range(2):
        if not math.isfinite(h[i, k]):
            return gain
        v[i, k] += max(1.0 / t, FADING) * (h[i, k] * h[i, k] - v[i, k])
        if v[i, k] > 0.0:
            pull += min(max(h[i, k] / math.sqrt(v[i, k]), -CLIP), CLIP)
    return gain * math.exp(-KAPPA * (1.0 + BOOST / math.sqrt(t)) * pull / 2.0)


@inner
def within(gain: float, least: float, curvature: float, mean: float) -> float:
    """Return the gain within its band, ``mean`` being that of |x|^2, the intercept's 1 included."""
    middle = 1.0 / (curvature * mean) if mean > 0.0 else 1.0
    return min(max(min(max(gain, least), MOST), LOWEST * middle), HIGHEST * middle)


@inner
def bend(size: float, margin: float) -> float:
    """Return the curvature that a log loss may be taken to have at this record.

    ``size`` is |sigma - y| or 1 - p of the true class, ``margin`` its log odds. On the right side
    the bound 1/4; on the wrong side less, since a confident mistake may move by |margin| and more.
    """
    if margin >= 0.0 or size <= 0.0:
        return LOG
    return size / (size / LOG - margin)


@inner
def mean_of(mean: float, q: float, t: int) -> float:
    """Return the running mean of |x|^2 after record ``t`` >= 1."""
    return mean + max(1.0 / t, FADING) * (q - mean) if math.isfinite(q) else mean


def fade(lam: float, s: Array, x: Array, move: Array) -> None:
    """Turn a trace (features, models) into ``lam * s - x * move``, in place."""
    s *= lam
    s -= x[:, None] * move


@loops(fade)
def _fade(lam: float, s: Array, x: Array, move: Array) -> None:
    for j in range(s.shape[0]):
        for k in range(s.shape[1]):
            s[j, k] = s[j, k] * lam - x[j] * move[k]


@inner
def norm(x: Array) -> float:
    """Return |x|^2, summed from the first feature to the last."""
    q = 0.0
    for j in range(x.shape[0]):
        q += x[j] * x[j]
    return q
