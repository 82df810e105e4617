"""Linear and logistic regression under the trace controller, from many start rates at once."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import kernel
from lrcontrol.kernels.glm import slope
from lrcontrol.kernels.product import project
from lrcontrol.kernels.steps import SGD, step
from lrcontrol.kernels.trace import (
    LOG,
    SQUARED,
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


@kernel
def traced_glm(
    logistic: bool,
    law: Law,
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
    slow: Array,
    mean: Array,
    learned: int,
    out: Array,
) -> None:
    """Write the raw predictions from all starts for each record to ``out``; learn each in between.

    ``gains`` and ``applied`` (models), ``s`` (2, features, models), ``s_intercepts`` and
    ``v`` (2, models), ``slow`` (3, models), ``mean`` (1): the controller's state, changed in place;
    the rest as in ``glm``.
    """
    g, z = np.empty_like(gains), np.empty_like(gains)
    h, moves = np.empty_like(v), np.empty_like(v)
    bound = LOG if logistic else SQUARED
    for t in range(targets.shape[0]):
        x, count = after[t], learned + t + 1
        project(before[t], w, intercepts, out[t])
        project(x, w, intercepts, z)
        for i in range(2):
            project(x, s[i], s_intercepts[i], moves[i])
        q = norm(x) + 1.0
        mean[0] = mean_of(mean[0], q, count)
        for k in range(g.shape[0]):
            g[k] = slope(logistic, z[k], targets[t])
            h[0, k] = g[k] * moves[0, k]
            h[1, k] = g[k] * moves[1, k]
            gain = follow(law, gains[k], v, slow, h, k, count)
            gains[k] = banded(law, gain, bound, mean[0], count)
            size = math.fabs(g[k])
            c = bend(size, z[k] if targets[t] > 0.0 else -z[k]) if logistic else SQUARED
            bent = size * (1.0 - size) if logistic else SQUARED
            applied[k] = gains[k] / (1.0 + gains[k] * c * q)
            own = share(law, gains[k], c, q) * g[k]
            give = yielding(law, applied[k], bound, q) * bent
            for i in range(2):
                moves[i, k] = own + finite(give * moves[i, k])
        step(SGD, w, s[0], s[0], x, g, applied, 0.0)
        for k in range(g.shape[0]):
            intercepts[k] -= applied[k] * g[k]
        for i in range(2):
            fade(law.lam[i], s[i], x, moves[i])
            for k in range(g.shape[0]):
                s_intercepts[i, k] = s_intercepts[i, k] * law.lam[i] - moves[i, k]
