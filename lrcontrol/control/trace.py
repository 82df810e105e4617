"""One model, one rate, no shadow: the derivative of the loss along the rate moves it each record.

A normalised hypergradient on ln(gain) from two sensitivity traces, under a ceiling that the record
itself sets (``kernels.trace`` is the compiled twin).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt
from typing import Literal

from lrcontrol.checks import check
from lrcontrol.control.base import PerRecord

#: Fading factors of the two traces: a short horizon reacts, a long one sees a slow gain.
LAM = (0.9, 0.9998)
#: Step of ln(gain) a record, and how much larger it is at the start (times 1/sqrt(t)).
KAPPA, BOOST = 0.05, 10.0
#: Least weight of a record in the running means of q and h^2, and in the slower one of h^2. Rare
#: bursts carry much of the loss, so that h is seen against the larger of its two means.
FADING, SLOW = 0.01, 0.001
#: Least weight of a record in the level of ln(gain), and how strongly a gain above it returns to
#: it where the long derivative wants less. A change of the world raises the gain at once, and the
#: derivatives are slow to say that it is over: where the gain has been before is known.
LEVEL, BACK = 0.002, 0.004
#: The gain is kept within these of 1 / (curvature times the mean of q); its lower end is OPENING/t
#: at first: a rate too high is cheap under the ceiling, one too low is not.
LOWEST, HIGHEST, OPENING = 0.02, 30.0, 30.0
#: Bound of the second derivative of the loss in the prediction; over all directions for classes.
SQUARED, LOG, CLASSES = 2.0, 0.25, 0.5

#: What held the gain, or brought it down to the applied rate; a closed list.
Held = Literal["none", "band_low", "band_high", "ceiling", "low", "high"]


@dataclass(slots=True)
class Course:
    """Where the law is, and where it goes with each record.

    ``gain`` is what the law moves, ``applied`` the rate of the newest record, ``free`` that before
    ``low`` and ``high``; ``bound`` is the most second derivative that the loss has, ``widest`` the
    same over all directions. ``own`` and ``give`` say how the traces move: by ``own`` times the
    record's gradient, and against their own effect on it by ``give``.

    Changed in place: a new tuple a record would be a tenth of a small model's time.
    """

    gain: float
    bound: float
    widest: float
    low: float = 0.0
    high: float = inf
    seen: int = 0
    v0: float = 0.0  # running means of h^2 by trace, the last hundred records
    v1: float = 0.0
    slow0: float = 0.0  # and the last thousand
    slow1: float = 0.0
    level: float = 0.0  # of ln(gain), the last five hundred
    mean: float = 0.0  # of q
    pull: float = 0.0  # of the newest record: above 0, a lower rate would have helped
    asked: float = 0.0  # the gain before its band
    free: float = 0.0
    applied: float = 0.0
    own: float = 0.0
    give: float = 0.0

    def move(self, h0: float, h1: float, q: float, curvature: float) -> float:
        """Return the rate to apply to a record.

        ``h0`` and ``h1`` are the derivatives of its loss along ln(gain) by each trace; ``q`` is
        |dz|^2, the squared length of the prediction's gradient; ``curvature`` > 0 is what the
        second derivative of the loss may be taken to be (``bend``). Derivatives that are not finite
        move nothing.
        """
        seen = self.seen = self.seen + 1
        weight = 1.0 / seen if seen < 100 else FADING
        asked = self.gain
        if isfinite(h0 * h0) and isfinite(h1 * h1):
            slowly = 1.0 / seen if seen < 1000 else SLOW
            square = h0 * h0
            self.v0 += weight * (square - self.v0)
            self.slow0 += slowly * (square - self.slow0)
            square = h1 * h1
            self.v1 += weight * (square - self.v1)
            self.slow1 += slowly * (square - self.slow1)
            size0 = self.v0 if self.v0 > self.slow0 else self.slow0
            size1 = self.v1 if self.v1 > self.slow1 else self.slow1
            pull = h0 / sqrt(size0) if size0 > 0.0 else 0.0
            if size1 > 0.0:
                pull += h1 / sqrt(size1)
            self.pull = pull = pull / 2.0
            down = KAPPA * (1.0 + BOOST / sqrt(seen)) * pull
            if seen > 1 and 0.0 < asked < inf:  # the start rate is no level
                place = log(asked)
                self.level += (1.0 / (seen - 1) if seen < 501 else LEVEL) * (place - self.level)
                if h1 > 0.0 and place > self.level:
                    down += BACK * (place - self.level) ** 2
            asked *= exp(-down)
        self.asked = asked
        if q < inf:
            self.mean += weight * (q - self.mean)
        return self._apply(asked, q, curvature)

    def _apply(self, asked: float, q: float, curvature: float) -> float:
        middle = 1.0 / (self.bound * self.mean) if self.mean > 0.0 else 1.0
        floor = OPENING / self.seen if self.seen < OPENING / LOWEST else LOWEST
        self.gain = gain = min(max(asked, floor * middle), HIGHEST * middle)
        slack = 1.0 + gain * curvature * q
        self.free = free = gain / slack
        self.own = free / slack
        bent = free * self.widest * q
        self.give = free if bent <= 1.0 else free / bent
        self.applied = applied = min(max(free, self.low), self.high)
        return applied

    @property
    def held(self) -> Held:
        """What held the gain of the newest record, or brought it down to the rate applied."""
        if self.applied != self.free:
            return "low" if self.applied > self.free else "high"
        if self.gain != self.asked:
            return "band_low" if self.gain > self.asked else "band_high"
        return "ceiling" if self.free < 0.5 * self.gain else "none"


@dataclass(frozen=True)
class Trace(PerRecord):
    """Move the rate by the derivative of each record's loss along it; no shadow, no weight read.

    For linear, logistic and softmax regression with SGD, scaled features or raw, from any start
    rate: all begin at the top of the band, as a rate too high is cheap under the ceiling. The loss
    trend is not looked at, which cannot tell a rate that is too high from a world that moved. With
    g the derivative of the loss in the prediction z, g' the second one, and dz that of z in the
    weights (``[x, 1]``), for each of two fading factors lam::

        h = g S.dz,  u = h / sqrt(mean of h^2)
        gain <- gain exp(-0.004 max(0, ln(gain) - m)^2) where the h of the larger lam > 0
        gain <- gain exp(-0.05 (1 + 10/sqrt(t)) mean(u)), kept in [0.02, 30] / (c0 mean |dz|^2)
        rate = gain / (1 + gain c |dz|^2)
        S <- lam S - dz (d rate/d ln(gain) g + rate g' S.dz)

    S is the derivative of the weights along ln(gain), a hypergradient (Baydin et al. 2018) that
    gives way to the curvature as the weights do. m is the mean of ln(gain) over the last five
    hundred records: a change of the world raises the gain, which goes back once it is over. The
    rate is the exact proximal (implicit) step for squared loss (Kulis and Bartlett 2010): a
    record's residual never changes sign, so it cannot overshoot, whatever the gain.

    Not for momentum or adaptive optimizers (use ``Bank``), nor for models with an inner structure
    (``Race``). Fails for thousands of records where one direction of the features is a thousand
    times flatter than the others and carries the signal.

    Parameters
    ----------
    clamp
        Whether a served regression prediction is cut to the range of the labels seen so far;
        learning is untouched. Without it one early record far outside a young scaler can cost more
        than all others.
    fallback
        Whether the running mean of the labels, or the shares of the classes, is served while the
        model does worse than these; learning is untouched.

    Examples
    --------
    >>> from river import datasets, linear_model, preprocessing
    >>> from lrcontrol import Loop, Record
    >>> from lrcontrol.control import Trace
    >>> loop = Loop(preprocessing.StandardScaler() | linear_model.LogisticRegression(),
    ...             Trace(), initial_rate=1e-5)
    >>> _ = loop.learn([Record(x, y) for x, y in datasets.Phishing()])
    >>> loop.status.loss_sum / loop.status.loss_count  # the best of 33 fixed rates: 0.2622
    0.2750
    """

    clamp: bool = True
    fallback: bool = True

    def __post_init__(self) -> None:
        check(self)

    def begin(
        self, rate: float, low: float, high: float, bound: float = SQUARED, widest: float = SQUARED
    ) -> Course:
        """Return the course before the first record; ``rate`` > 0 is the start rate."""
        return Course(rate, bound, widest, low, high, asked=rate, free=rate, applied=rate)


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
