"""The linear part of the members' models: one row against the weights of all lanes."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import loops
from lrcontrol.kernels.rows import Integers


def project_row(columns: Integers, x: Array, w: Array, out: Array) -> None:
    """Write the sum of ``x * w[columns]`` to ``out`` (lanes), from the first entry to the last.

    ``w`` is (columns, lanes or more).
    """
    np.add.reduce(x[:, None] * w[columns, : len(out)], axis=0, out=out)


@loops(project_row)
def _project_row(columns: Integers, x: Array, w: Array, out: Array) -> None:
    out[:] = 0.0
    for i in range(columns.shape[0]):
        j, value = columns[i], x[i]
        for k in range(out.shape[0]):
            out[k] += value * w[j, k]
