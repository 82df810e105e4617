"""The law of the trace controller: where the gain goes, and what of it one record may apply.

A normalised hypergradient on ln(rate). ``S_i``, shaped like the weights, is how they would differ
had the gain been larger, so that ``h_i = g . (S_i . [x, 1])`` is the derivative of this record's
loss along ln(gain). Two of them, faded at different paces, move the gain; a ceiling from the record
itself, which needs no history, turns it into the rate that is applied.

``TRACE`` is the law; ``PROTOTYPE`` the one before it, which published figures were made with. What
made the difference on raw features: the trace gives way to the curvature, as the weights
themselves do. Without that a slow direction among fast ones is forgotten before it has paid off,
and the gain settles far too low. A longer horizon alone, or a floor under the gain, did not help.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, loops

#: Fading factors of the two traces of the prototype: a short horizon, and a long one.
LAM = (0.9, 0.998)
#: Step of ln(gain) a record, and how much larger it is at the start (times 1/sqrt(t)).
KAPPA, BOOST = 0.05, 10.0
#: Least weight of a record in the running means: they look back a hundred.
FADING = 0.01
#: Most that one normalised derivative of the prototype counts.
CLIP = 3.0
#: The prototype's gain is within these of 1 / (curvature times the mean of |x|^2).
LOWEST, HIGHEST = 0.01, 10.0
#: The prototype's gain is within these before the band has the last word. Where |x|^2 is so large
#: that all of the band is below the least (raw features of 1e5 and more), it sits on top of it.
LEAST, MOST = 1e-9, 1e4
#: Bound of the second derivative of the loss in the prediction. For classes: over all directions.
SQUARED, LOG, CLASSES = 2.0, 0.25, 0.5


class Law(NamedTuple):
    """The constants of the law.

    ``lam``: fading factors of the two traces. ``exact``: whether the traces are the derivatives of
    the very update that is made, ceiling and curvature included, or only of its plain part.
    ``slow``: least weight of a record in the slower mean of h^2. ``level``: that in the level of
    ln(gain), ``back``: how strongly a gain returns to it. ``clip``: most that a normalised
    derivative counts. ``lowest``, ``highest``: the band of the gain; ``opening`` / t is its lower
    end at the start. ``least``, ``most``: of the gain, before the band.
    """

    lam: tuple[float, float]
    exact: bool
    slow: float
    level: float
    back: float
    clip: float
    lowest: float
    highest: float
    opening: float
    least: float
    most: float


#: A rate too high is cheap under the ceiling, one too low is not: all starts begin at the top.
#: Rare bursts carry much of the loss, so that h is seen against the larger of two means, of the
#: last hundred and thousand records, and not clipped: either way quiet times would have the say.
#: A change of the world raises the gain within ten records; that it is over shows in h only after
#: hundreds, so faint is what a rate too high does in one of them. What is known is where the gain
#: has been for the last five hundred: it returns there, the faster the further it is away.
TRACE = Law((0.9, 0.9998), True, 0.001, 0.002, 0.004, math.inf, 0.02, 30.0, 30.0, 0.0, 1e100)
PROTOTYPE = Law(LAM, False, FADING, 0.0, 0.0, CLIP, LOWEST, HIGHEST, 0.0, LEAST, MOST)


@inner
def fall(law: Law, gain: float, slow: Array, h: Array, k: int, t: int) -> float:
    """Return by how much ln(gain) falls back towards its level, which follows it.

    Only from above, and only on a record whose long derivative wants less: where records resemble
    those before them a high gain is right for good, and hardly any does. The level is that of the
    gain itself, not of its place in the band, which new units of the features move.
    """
    if law.back <= 0.0 or t < 2 or not 0.0 < gain < math.inf:  # the start rate is no level
        return 0.0
    place = math.log(gain)
    slow[2, k] += max(1.0 / (t - 1), law.level) * (place - slow[2, k])
    away = place - slow[2, k]
    return law.back * away * away if away > 0.0 and h[1, k] > 0.0 else 0.0


@inner
def follow(
    law: Law, gain: float, v: Array, slow: Array, h: Array, k: int, t: int
) -> float:  # fmt: skip
    """Return the gain of model ``k`` after record ``t`` >= 1; update the means of h^2.

    ``v`` and ``h`` are (2, models), ``slow`` (3, models): the last row is the level of ln(gain). A
    derivative moves nothing when its square is not finite, which would spoil the means for good.
    """
    pull = 0.0
    for i in range(2):
        square = h[i, k] * h[i, k]
        if not math.isfinite(square):
            return gain
        v[i, k] += max(1.0 / t, FADING) * (square - v[i, k])
        size = v[i, k]
        if law.slow < FADING:
            slow[i, k] += max(1.0 / t, law.slow) * (square - slow[i, k])
            size = max(size, slow[i, k])
        if size > 0.0:
            pull += min(max(h[i, k] / math.sqrt(size), -law.clip), law.clip)
    down = KAPPA * (1.0 + BOOST / math.sqrt(t)) * pull / 2.0
    return gain * math.exp(-(down + fall(law, gain, slow, h, k, t)))


@inner
def banded(law: Law, gain: float, curvature: float, mean: float, t: int) -> float:
    """Return the gain within its band, ``mean`` being that of |x|^2, the intercept's 1 included."""
    middle = 1.0 / (curvature * mean) if mean > 0.0 else 1.0
    floor = max(law.lowest, law.opening / t)
    return min(max(min(max(gain, law.least), law.most), floor * middle), law.highest * middle)


@inner
def share(law: Law, gain: float, c: float, q: float) -> float:
    """Return how the rate gain / (1 + gain c q) of a record changes with ln(gain)."""
    rate = gain / (1.0 + gain * c * q)
    return rate / (1.0 + gain * c * q) if law.exact else rate


@inner
def yielding(law: Law, rate: float, bound: float, q: float) -> float:
    """Return the rate at which a trace gives way to the curvature.

    That of the weights, but never past zero: ``bound`` is the most curvature that there is.
    """
    if not law.exact:
        return 0.0
    return rate if rate * bound * q <= 1.0 else 1.0 / (bound * q)


@inner
def finite(value: float) -> float:
    """Return the value, or 0 for one that would spoil a trace for good."""
    return value if math.isfinite(value) else 0.0


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
