"""Softmax regression under the trace controller, from many start rates at once."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.product import project
from lrcontrol.kernels.softmax import normalise
from lrcontrol.kernels.steps import SGD, step
from lrcontrol.kernels.trace import (
    CLASSES,
    LOG,
    Law,
    banded,
    bend,
    fade,
    finite,
    follow,
    mean_of,
    norm,
    share,
    yielding,
)


@inner
def rival(z: Array, k: int, label: int) -> float:
    """Return how far the label's logit is above the highest other one; z (classes, models)."""
    highest = -math.inf
    for c in range(z.shape[0]):
        if c != label:
            highest = max(highest, z[c, k])
    above: float = z[label, k] - highest
    return above


@inner
def along(g: Array, parts: Array, k: int) -> float:
    """Return g . parts over the classes of model ``k``, both (classes, models)."""
    total = 0.0
    for c in range(g.shape[0]):
        total += g[c, k] * parts[c, k]
    return total


@inner
def turn(
    g: Array, parts: Array, k: int, label: int, h: float, own: float, give: float
) -> None:  # fmt: skip
    """Turn how the logits of model ``k`` differ, ``parts``, into how its trace moves, in place.

    A class moves by ``own`` g, g = p - 1[label], and by ``give`` p times how far its part is from
    the mean over p of all of them, which is ``h``, that is g . parts, plus the label's part.
    """
    mean = h + parts[label, k]
    for c in range(g.shape[0]):
        p = g[c, k] + 1.0 if c == label else g[c, k]
        parts[c, k] = own * g[c, k] + finite(give * p * (parts[c, k] - mean))


@kernel
def traced_softmax(
    law: Law,
    before: Array,
    after: Array,
    targets: Array,
    w: Array,
    gains: Array,
    applied: Array,
    s: Array,
    v: Array,
    slow: Array,
    mean: Array,
    learned: int,
    out: Array,
) -> None:
    """Write ln p(label) from all starts for each record to ``out``; learn each in between.

    ``s`` (2, classes, features, models); the rest as in ``traced_glm`` and ``softmax``. There is no
    intercept, so |x|^2 has no 1 for it.
    """
    classes, models = w.shape[0], gains.shape[0]
    z, h, parts = np.empty((classes, models)), np.empty_like(v), np.empty((2, classes, models))
    nothing, margins = np.zeros_like(gains), np.empty_like(gains)
    for t in range(targets.shape[0]):
        x, label, count = after[t], int(targets[t]), learned + t + 1
        for c in range(classes):
            project(before[t], w[c], nothing, z[c])
        for k in range(models):
            out[t, k] = normalise(z, k, label)
        for c in range(classes):
            project(x, w[c], nothing, z[c])
            project(x, s[0, c], nothing, parts[0, c])
            project(x, s[1, c], nothing, parts[1, c])
        q = norm(x)
        mean[0] = mean_of(mean[0], q, count)
        for k in range(models):
            margins[k] = rival(z, k, label)
            normalise(z, k, label)
            z[label, k] -= 1.0
            h[0, k], h[1, k] = along(z, parts[0], k), along(z, parts[1], k)
            gain = follow(law, gains[k], v, slow, h, k, count)
            gains[k] = banded(law, gain, LOG, mean[0], count)
            c_k = bend(-z[label, k], margins[k])
            applied[k] = gains[k] / (1.0 + gains[k] * c_k * q)
            own, give = share(law, gains[k], c_k, q), yielding(law, applied[k], CLASSES, q)
            for i in range(2):
                turn(z, parts[i], k, label, h[i, k], own, give)
        for c in range(classes):
            step(SGD, w[c], w[c], w[c], x, z[c], applied, 0.0)
            for i in range(2):
                fade(law.lam[i], s[i, c], x, parts[i, c])
