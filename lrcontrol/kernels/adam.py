"""The step of Adam, for a weight or for a whole array of them."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels.arrays import Numbers
from lrcontrol.kernels.compiler import inner, making

BETA_1, BETA_2, EPS = 0.9, 0.999, 1e-8  # River's


@inner
def adam(
    w: Numbers, m: Numbers, v: Numbers, gradient: Numbers, rate: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Return ``w - rate * m / (sqrt(v) + eps)`` and the fading means m of gradients, v of squares.

    As ``river.optim.Adam`` (Kingma and Ba 2014), ``rate`` already times ``unbiased``.
    """
    m = BETA_1 * m + (1 - BETA_1) * gradient
    v = BETA_2 * v + (1 - BETA_2) * (gradient * gradient)
    return w - rate * m / (np.sqrt(v) + EPS), m, v


@inner
@making
def unbiased(rates: Numbers, learned: int) -> Numbers:
    """Return the rates corrected for means that began at 0, ``learned`` >= 0 records ago."""
    return rates * np.sqrt(1 - BETA_2 ** (learned + 1.0)) / (1 - BETA_1 ** (learned + 1.0))
