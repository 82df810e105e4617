"""The members at fixed gains: the step that standardised features would make, taken implicitly."""

from __future__ import annotations

import math

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner
from lrcontrol.kernels.mixture_layout import Desk, State
from lrcontrol.kernels.mixture_share import IMPOSSIBLE
from lrcontrol.kernels.rows import Integers
from lrcontrol.kernels.trace import CLASSES, LOG, SQUARED

#: Curvature that a gain is measured in, by task.
CURVATURES = (SQUARED, LOG, CLASSES)
#: Records the mean effect of a step looks back.
PACE = 1000.0
#: A value beyond this has no square and is left out.
HUGE = 1e150
#: Least variance that is divided by.
FLAT = 1e-300


@inner
def fixed_end(members: Array) -> int:
    """Return the first member at a fixed gain; they come last, before the climatology."""
    m = members.shape[1] - 1
    while m > 0 and members[at.GEOMETRY, m - 1] == at.STANDARD:
        m -= 1
    return int(m)


@inner
def chase(
    task: int, flags: int, n: int, y: float, weight: float, first: int, state: State, desk: Desk
) -> None:
    """Let the members from ``first`` on take a step on a record of ``n`` entries.

    ``rate = th / (1 + th c q)``, th = gain / (c0 mean q), q the effect of a step. What tunes its
    rate needs hundreds of records after a change of the world, and AdaGrad's has decayed for good;
    a fixed gain is back within tens. ``old`` on the desk, read already, becomes the step.
    """
    step, members, memory, classes = desk.old, state.members, state.memory, state.counts.shape[0]
    q = standardise(flags, desk.taken[:n], desk.new, state.pool[at.COUNT], state.features, step)
    for m in range(first, members.shape[1] - 1):
        members[at.AGE, m] = min(members[at.AGE, m] + 1.0, PACE)
        members[at.NORM, m] += (q - members[at.NORM, m]) / members[at.AGE, m]
        if not 0.0 < members[at.NORM, m] < math.inf:
            continue
        c = weight * curvature(task, y, weight, m * classes, desk)
        gain = members[at.RATE, m] / (CURVATURES[task] * members[at.NORM, m])
        rate = gain / (1.0 + gain * c * q)
        for lane in range(m * classes, m * classes + classes):
            pull = rate * desk.g[lane]
            for i in range(n):
                memory[desk.taken[i], lane] -= step[i] * pull


@inner
def standardise(
    flags: int, taken: Integers, x: Array, count: float, features: Array, step: Array
) -> float:
    """Write the step per unit of rate and slope to ``step``; return its effect on the output.

    A step along (x - mean) / variance, and 1 - sum of mean (x - mean) / variance of the intercept,
    changes a model of raw features as a plain step changes one of standardised features; weights
    stay those of raw features, so that moving statistics spoil nothing. Softmax has no intercept,
    and no mean is taken off. Behind the scaler the features are standardised already.
    """
    centred = taken.shape[0] > 0 and taken[0] == 0
    effect = shift = 0.0
    for i in range(taken.shape[0]):
        j, mean, variance = taken[i], 0.0, 1.0
        step[i] = 0.0
        if j == 0 or not math.fabs(x[i]) < HUGE:
            continue
        if not flags & at.SCALED:
            acquaint(x[i], count, features[j])
            mean, variance = features[j, at.MEAN], features[j, at.VARIANCE]
            if not centred:
                mean, variance = 0.0, variance + mean * mean
        if variance > FLAT:
            step[i] = (x[i] - mean) / variance
            effect += step[i] * (x[i] - mean)
            shift += step[i] * mean
    if not centred:
        return effect
    step[0] = 1.0 - shift
    return effect + 1.0


@inner
def acquaint(x: float, count: float, feature: Array) -> None:
    """Let a feature's mean and variance take in the value of record ``count``.

    The records that left it out since it was seen last count as zeros, here and all at once.
    """
    if feature[at.SEEN] < count - 1.0:
        known = feature[at.SEEN] / (count - 1.0)
        feature[at.VARIANCE] += feature[at.MEAN] * feature[at.MEAN] * (1.0 - known)
        feature[at.VARIANCE] *= known
        feature[at.MEAN] *= known
    deviation = x - feature[at.MEAN]
    feature[at.SEEN] = count
    feature[at.MEAN] += deviation / count
    remainder = x - feature[at.MEAN]
    feature[at.VARIANCE] += (deviation * remainder - feature[at.VARIANCE]) / count


@inner
def curvature(task: int, y: float, weight: float, first: int, desk: Desk) -> float:
    """Return the curvature of the loss in the output, as much as the ceiling of a rate takes.

    A confident mistake may move by its margin and more: see ``trace.bend``. ``first``: the lane of
    the member's first class, whose slopes carry the record's weight.
    """
    bound = CURVATURES[task]
    if task == at.REGRESSION:
        return bound
    lane = first if task == at.BINARY else first + int(y)
    size = math.fabs(desk.g[lane]) / weight
    p = min(max(1.0 - size, IMPOSSIBLE), 1.0 - IMPOSSIBLE)
    margin = math.log(p / (1.0 - p))
    return bound if margin >= 0.0 else size / (size / bound - margin)
