"""Softmax regression at many rates: one block of records, predicted, then learned."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.product import project
from lrcontrol.kernels.steps import paces, step

#: River takes the gradient of the cross entropy from probabilities kept within this of 0 and 1.
FLOOR = 1e-15


@inner
def normalise(z: Array, k: int, label: int) -> float:
    """Turn column ``k`` of ``z`` (classes, rates) into probabilities; return ln of the label's."""
    highest = z[0, k]
    for c in range(1, z.shape[0]):
        highest = max(highest, z[c, k])
    margin: float = z[label, k] - highest
    total = 0.0
    for c in range(z.shape[0]):
        z[c, k] = math.exp(z[c, k] - highest)
        total += z[c, k]
    for c in range(z.shape[0]):
        z[c, k] /= total
    return margin - math.log(total)


@kernel
def softmax(
    optimizer: int,
    rates: Array,
    l2: float,
    floor: float,
    before: Array,
    after: Array,
    targets: Array,
    w: Array,
    m: Array,
    v: Array,
    learned: int,
    out: Array,
) -> None:
    """Write ln p(label) of all rates for each record to ``out``; learn each in between.

    As ``glm``, with ``targets`` 0, 1, ... in floats, a block of ``w``, ``m`` and ``v`` for each
    class, and no intercept: River's softmax has none. All classes take their step from the same
    probabilities, kept within ``floor`` of 0 and 1, each with an optimizer of its own.
    """
    z = np.empty((w.shape[0], rates.shape[0]))
    nothing = np.zeros_like(rates)
    for t in range(targets.shape[0]):
        label = int(targets[t])
        for c in range(z.shape[0]):
            project(before[t], w[c], nothing, z[c])
        for k in range(rates.shape[0]):
            out[t, k] = normalise(z, k, label)
        for c in range(z.shape[0]):
            project(after[t], w[c], nothing, z[c])
        for k in range(rates.shape[0]):
            normalise(z, k, label)
        pace = paces(optimizer, rates, learned + t)
        for c in range(z.shape[0]):
            for k in range(rates.shape[0]):
                z[c, k] = min(max(z[c, k], floor), 1.0 - floor)
                if c == label:
                    z[c, k] -= 1.0
            step(optimizer, w[c], m[c], v[c], after[t], z[c], pace, l2)
