"""Linear and logistic regression under the trace controller, from many start rates at once."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import kernel
from lrcontrol.kernels.glm import slope
from lrcontrol.kernels.product import project
from lrcontrol.kernels.steps import SGD, step
from lrcontrol.kernels.trace import LAM, LOG, SQUARED, bend, fade, mean_of, norm, steer, within


@kernel
def traced_glm(
    logistic: bool,
    least: float,
    before: Array,
    after: Array,
    targets: Array,
    w: Array,
    intercepts: Array,
    gains: Array,
    applied: Array,
    s: Array,
    s_intercepts: Array,
    v: Array,
    mean: Array,
    learned: int,
    out: Array,
) -> None:
    """Write the raw predictions from all starts for each record to ``out``; learn each in between.

    ``gains`` and ``applied`` (models), ``s`` (2, features, models), ``s_intercepts`` and ``v``
    (2, models), ``mean`` (1): the controller's state, changed in place; ``least``, the least gain
    that is asked for; the rest as in ``glm``.
    """
    g, z, h = np.empty_like(gains), np.empty_like(gains), np.empty_like(v)
    curvature = LOG if logistic else SQUARED
    for t in range(targets.shape[0]):
        x, count = after[t], learned + t + 1
        project(before[t], w, intercepts, out[t])
        project(x, w, intercepts, z)
        for i in range(2):
            project(x, s[i], s_intercepts[i], h[i])
        q = norm(x) + 1.0
        mean[0] = mean_of(mean[0], q, count)
        for k in range(g.shape[0]):
            g[k] = slope(logistic, z[k], targets[t])
            h[0, k] *= g[k]
            h[1, k] *= g[k]
            gains[k] = within(steer(gains[k], v, h, k, count), least, curvature, mean[0])
            margin = z[k] if targets[t] > 0.0 else -z[k]
            c = bend(math.fabs(g[k]), margin) if logistic else SQUARED
            applied[k] = gains[k] / (1.0 + gains[k] * c * q)
        step(SGD, w, s[0], s[0], x, g, applied, 0.0)
        for k in range(g.shape[0]):
            g[k] *= applied[k]
            intercepts[k] -= g[k]
        for i in range(2):
            fade(LAM[i], s[i], x, g)
            for k in range(g.shape[0]):
                s_intercepts[i, k] = s_intercepts[i, k] * LAM[i] - g[k]
