"""The step of RMSProp, for a weight or for a whole array of them."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels.arrays import Numbers
from lrcontrol.kernels.compiler import inner

RHO, EPS = 0.9, 1e-8  # River's


@inner
def rms_prop(w: Numbers, v: Numbers, gradient: Numbers, rate: Numbers) -> tuple[Numbers, Numbers]:
    """Return ``w - rate / sqrt(v + eps) * gradient`` and v, the fading mean of squared gradients.

    As ``river.optim.RMSProp`` (Hinton, lecture 6e).
    """
    v = RHO * v + (1 - RHO) * (gradient * gradient)
    return w - rate / np.sqrt(v + EPS) * gradient, v
