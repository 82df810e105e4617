"""Fixed share: experts weighed by their evidence, each of them kept alive.

Herbster and Warmuth (1998), "Tracking the best expert". Squint, AdaNormalHedge, BOA and other
shares were measured and are no better here.
"""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, making

#: Share of all weight that is dealt out evenly at each record.
ALPHA = 1e-3
#: Weight of evidence, in units of the (squared) loss's scale or in nats.
EVIDENCE = 0.5
#: Most that one record may cost an expert, in the exponent. It bounds how small a weight gets
#: before the share is dealt, so weights need not be kept as logs: they cannot underflow.
CAP_SQUARED, CAP_LOG = 4.0, 50.0
#: Records the running scale of the loss looks back, and what one of them may count at most.
HORIZON, TRUNCATED = 500.0, 25.0
#: Least scale of a loss that is divided by, and most that a squared error may be.
LEAST, WORST = 1e-300, 1e300
#: Least probability that a loss is computed from, so that one record costs at most 34.5 nats.
IMPOSSIBLE = 1e-15
#: Beyond this, the logistic function is 0 or 1 in floats.
SATURATED = 700.0


@inner
def deal(weights: Array, losses: Array, evidence: float, cap: float) -> None:
    """Weigh the experts by their losses of one record; ``weights`` is changed, ``losses`` is not.

    ``w <- w exp(-min(evidence (l - min l), cap))``, normalised, then ``ALPHA`` of it dealt evenly.
    """
    experts = losses.shape[0]
    least, total = losses[0], 0.0
    for m in range(1, experts):
        least = min(least, losses[m])
    for m in range(experts):
        weights[m] *= math.exp(-min(evidence * (losses[m] - least), cap))
        total += weights[m]
    for m in range(experts):
        weights[m] = (1.0 - ALPHA) * (weights[m] / total) + ALPHA / experts


@inner
@making
def settle(pool: Array, weight: float, mixed: float, stacked: float, served: float) -> None:
    """Weigh level 1 against the stack by their log losses of one record, and add up the losses."""
    pair, weights = np.array([mixed, stacked]), np.array([pool[at.FIRST], pool[at.SECOND]])
    deal(weights, pair, weight * EVIDENCE, CAP_LOG)
    keep(pool, weights, pair, served)


@inner
@making
def settle_squared(pool: Array, weight: float, mixed: float, stacked: float, served: float) -> None:
    """Weigh level 1 against the stack by their squared errors, in units of what is served."""
    pool[at.FINAL_SCALE] = truncated(pool[at.FINAL_SCALE], served, pool[at.COUNT])
    pair, weights = np.array([mixed, stacked]), np.array([pool[at.FIRST], pool[at.SECOND]])
    deal(weights, pair, weight * strength(pool[at.FINAL_SCALE]), CAP_SQUARED)
    keep(pool, weights, pair, served)


@inner
def keep(pool: Array, weights: Array, pair: Array, served: float) -> None:
    """Put the weights of level 3 back and add up the losses of the levels."""
    pool[at.FIRST], pool[at.SECOND] = weights[0], weights[1]
    pool[at.LOSS_SHARE] += pair[0]
    pool[at.LOSS_STACK] += pair[1]
    pool[at.LOSS_SERVED] += served


@inner
def truncated(mean: float, value: float, count: float) -> float:
    """Return the running mean after record ``count`` >= 1; what is far above it counts less."""
    if count > 1.0 and mean > 0.0:
        value = min(value, TRUNCATED * mean)
    return mean + (value - mean) / min(count, HORIZON)


@inner
def strength(scale: float) -> float:
    """Return the weight of evidence of a squared error whose running mean is ``scale``."""
    return EVIDENCE / (2.0 * scale) if scale > LEAST else 0.0


@inner
def nats(p: float) -> float:
    """Return the log loss of a probability."""
    return -math.log(max(p, IMPOSSIBLE))


@inner
def square(error: float) -> float:
    """Return a squared error that is finite whatever the error."""
    squared = error * error
    return squared if squared < WORST else WORST


@inner
def blend(weights: Array, values: Array) -> float:
    """Return the weighted mean, summed from the first to the last."""
    total = 0.0
    for m in range(values.shape[0]):
        total += weights[m] * values[m]
    return total


@inner
def sigmoid(z: float) -> float:
    """Return 1 / (1 + exp(-z)); 1/2 for a NaN."""
    return 1.0 / (1.0 + math.exp(-bounded(z, SATURATED)))


@inner
def bounded(value: float, most: float) -> float:
    """Return the value within +-most; NaN becomes 0."""
    if value != value:
        return 0.0
    return min(max(value, -most), most)
