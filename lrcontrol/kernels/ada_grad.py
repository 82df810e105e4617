"""The step of AdaGrad, for a weight or for a whole array of them."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels.arrays import Numbers
from lrcontrol.kernels.compiler import inner

EPS = 1e-8  # River's


@inner
def ada_grad(w: Numbers, v: Numbers, gradient: Numbers, rate: Numbers) -> tuple[Numbers, Numbers]:
    """Return ``w - rate / sqrt(v + eps) * gradient`` and v, the sum of squared gradients.

    As ``river.optim.AdaGrad`` (Duchi, Hazan and Singer 2011).
    """
    v = v + gradient * gradient
    return w - rate / np.sqrt(v + EPS) * gradient, v
