"""The step of stochastic gradient descent, for a weight or for a whole array of them."""

from __future__ import annotations

from lrcontrol.kernels.arrays import Numbers
from lrcontrol.kernels.compiler import inner


@inner
def sgd(w: Numbers, gradient: Numbers, rate: Numbers) -> Numbers:
    """Return ``w - rate * gradient``, as ``river.optim.SGD``."""
    return w - rate * gradient
