"""Softmax regression under the trace controller, from many start rates at once."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.product import project
from lrcontrol.kernels.softmax import normalise
from lrcontrol.kernels.steps import SGD, step
from lrcontrol.kernels.trace import LAM, LOG, bend, fade, mean_of, norm, steer, within


@inner
def rival(z: Array, k: int, label: int) -> float:
    """Return how far the label's logit is above the highest other one; z (classes, models)."""
    highest = -math.inf
    for c in range(z.shape[0]):
        if c != label:
            highest = max(highest, z[c, k])
    above: float = z[label, k] - highest
    return above


@kernel
def traced_softmax(
    least: float,
    before: Array,
    after: Array,
    targets: Array,
    w: Array,
    gains: Array,
    applied: Array,
    s: Array,
    v: Array,
    mean: Array,
    learned: int,
    out: Array,
) -> None:
    """Write ln p(label) from all starts for each record to ``out``; learn each in between.

    ``s`` (2, classes, features, models); the rest as in ``traced_glm`` and ``softmax``. There is no
    intercept, so |x|^2 has no 1 for it.
    """
    classes, models = w.shape[0], gains.shape[0]
    z, h, part = np.empty((classes, models)), np.empty_like(v), np.empty_like(gains)
    nothing, margins = np.zeros_like(gains), np.empty_like(gains)
    for t in range(targets.shape[0]):
        x, label, count = after[t], int(targets[t]), learned + t + 1
        for c in range(classes):
            project(before[t], w[c], nothing, z[c])
        for k in range(models):
            out[t, k] = normalise(z, k, label)
        for c in range(classes):
            project(x, w[c], nothing, z[c])
        for k in range(models):
            margins[k] = rival(z, k, label)
            normalise(z, k, label)
            z[label, k] -= 1.0
        h[:] = 0.0
        for i in range(2):
            for c in range(classes):
                project(x, s[i, c], nothing, part)
                for k in range(models):
                    h[i, k] += z[c, k] * part[k]
        q = norm(x)
        mean[0] = mean_of(mean[0], q, count)
        for k in range(models):
            gains[k] = within(steer(gains[k], v, h, k, count), least, LOG, mean[0])
            c_k = bend(-z[label, k], margins[k])
            applied[k] = gains[k] / (1.0 + gains[k] * c_k * q)
        for c in range(classes):
            step(SGD, w[c], w[c], w[c], x, z[c], applied, 0.0)
            for k in range(models):
                z[c, k] *= applied[k]
            for i in range(2):
                fade(LAM[i], s[i, c], x, z[c])
