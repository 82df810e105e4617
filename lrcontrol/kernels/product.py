"""The linear part of the models: one record against the weights of all rates."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import loops


def project(x: Array, w: Array, offsets: Array, out: Array) -> None:
    """Write ``x @ w + offsets`` to ``out``; x (features), w (features, rates), the rest (rates).

    Summed from the first feature to the last: no matrix product, whose order is its own affair.
    """
    np.add.reduce(x[:, None] * w, axis=0, out=out)
    out += offsets


@loops(project)
def _project(x: Array, w: Array, offsets: Array, out: Array) -> None:
    out[:] = 0.0
    for j in range(x.shape[0]):
        for k in range(out.shape[0]):
            out[k] += x[j] * w[j, k]
    for k in range(out.shape[0]):
        out[k] += offsets[k]
