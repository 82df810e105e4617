"""Linear and logistic regression at many rates: one block of records, predicted, then learned."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.product import project
from lrcontrol.kernels.steps import paces, step

#: River's ``clip_gradient``: what keeps a diverged model finite.
CLIP = 1e12
#: Margins beyond which River's log loss takes the exponential for the whole, or leaves it out.
FAR = 18.0


@inner
def slope(logistic: bool, z: float, y: float) -> float:
    """Return the derivative of the loss in the raw prediction ``z``, clipped.

    Squared error: 2 (z - y). Log loss, y 0 or 1: sigma(z) - y, with River's branches.
    """
    if not logistic:
        g = 2.0 * (z - y)
    else:
        sign = 1.0 if y > 0.0 else -1.0
        margin = z * sign
        if margin > FAR:
            g = -sign * math.exp(-margin)
        elif margin < -FAR:
            g = -sign
        else:
            g = -sign / (math.exp(margin) + 1.0)
    if g > CLIP:
        return CLIP
    if g < -CLIP:
        return -CLIP
    return g


@kernel
def glm(
    logistic: bool,
    optimizer: int,
    rates: Array,
    l2: float,
    before: Array,
    after: Array,
    targets: Array,
    w: Array,
    intercepts: Array,
    m: Array,
    v: Array,
    learned: int,
    out: Array,
) -> None:
    """Write the raw predictions of all rates for each record to ``out``; learn each in between.

    ``before`` and ``after`` (records, features) are the records as they are predicted and as they
    are learned, which differ behind a scaler; ``out`` is (records, rates), ``w``, ``m``, ``v`` as
    in ``step``, ``intercepts`` (rates): moved by a plain step with the same rate. ``learned``
    counts the records learned before. Models, in place, and ``out`` are all that changes.
    """
    g = np.empty_like(rates)
    z = np.empty_like(rates)
    for t in range(targets.shape[0]):
        project(before[t], w, intercepts, out[t])
        project(after[t], w, intercepts, z)
        for k in range(rates.shape[0]):
            g[k] = slope(logistic, z[k], targets[t])
            intercepts[k] -= rates[k] * g[k]
        step(optimizer, w, m, v, after[t], g, paces(optimizer, rates, learned + t), l2)
