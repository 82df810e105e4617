"""The members at fixed rates: plain AdaGrad, whose own decay is best where nothing drifts."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels.ada_grad import EPS
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import loops
from lrcontrol.kernels.rows import Integers


def descend(
    taken: Integers, x: Array, g: Array, rates: Array, memory: Array, first: int, last: int
) -> None:
    """Take AdaGrad's step in lanes ``first`` up to ``last``; ``g`` and ``rates`` of all lanes.

    ``G += (g x)^2; w -= rate g x / sqrt(G + eps)``, as ``river.optim.AdaGrad``; the intercept
    (feature 0) by a plain step with the same rate, as River's: it follows residuals that hang
    together, which an adaptive one does not.
    """
    lanes = len(g)
    begin = 0
    if len(taken) and taken[0] == 0:
        memory[0, first:last] -= rates[first:last] * g[first:last]
        begin = 1
    rows = taken[begin:]
    gradient = x[begin:, None] * g[first:last]
    memory[rows, lanes + first : lanes + last] += gradient * gradient
    root = np.sqrt(memory[rows, lanes + first : lanes + last] + EPS)
    memory[rows, first:last] -= rates[first:last] / root * gradient


@loops(descend)
def _descend(
    taken: Integers, x: Array, g: Array, rates: Array, memory: Array, first: int, last: int
) -> None:
    lanes = g.shape[0]
    for i in range(x.shape[0]):
        j, value = taken[i], x[i]
        if j == 0:
            for k in range(first, last):
                memory[j, k] -= rates[k] * g[k]
        else:
            for k in range(first, last):
                gradient = value * g[k]
                memory[j, lanes + k] += gradient * gradient
                root = np.sqrt(memory[j, lanes + k] + EPS)
                memory[j, k] -= rates[k] / root * gradient
