"""The step of one optimizer on the weights of all rates, from one record."""

from __future__ import annotations

from typing import Literal

from lrcontrol.kernels.ada_grad import ada_grad
from lrcontrol.kernels.adam import adam, unbiased
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, loops, making
from lrcontrol.kernels.rms_prop import rms_prop
from lrcontrol.kernels.sgd import sgd

Optimizer = Literal["SGD", "Adam", "AdaGrad", "RMSProp"]
#: River's class names, in the order of the codes that kernels know them by.
OPTIMIZERS: tuple[Optimizer, ...] = ("SGD", "Adam", "AdaGrad", "RMSProp")
SGD, ADAM, ADA_GRAD, RMS_PROP = range(4)
#: Optimizers that keep a mean of the gradients, and of their squares.
WITH_M = (ADAM,)
WITH_V = (ADAM, ADA_GRAD, RMS_PROP)


@inner
@making
def paces(optimizer: int, rates: Array, learned: int) -> Array:
    """Return what the optimizer multiplies its step with after ``learned`` records, a rate each."""
    return unbiased(rates, learned) if optimizer == ADAM else rates * 1.0


def step(
    optimizer: int, w: Array, m: Array, v: Array, x: Array, g: Array, pace: Array, l2: float
) -> None:
    """Move the weights, in place, along the gradient ``x * g + l2 * w``.

    ``w`` (features, rates); ``m`` and ``v`` alike where the optimizer has them, else empty; ``x``
    (features); ``g``, the derivative of the loss in the prediction, and ``pace`` (rates).
    """
    gradient = x[:, None] * g + l2 * w
    if optimizer == SGD:
        w[:] = sgd(w, gradient, pace)
    elif optimizer == ADAM:
        w[:], m[:], v[:] = adam(w, m, v, gradient, pace)
    elif optimizer == ADA_GRAD:
        w[:], v[:] = ada_grad(w, v, gradient, pace)
    else:
        w[:], v[:] = rms_prop(w, v, gradient, pace)


@loops(step)
def _step(
    optimizer: int, w: Array, m: Array, v: Array, x: Array, g: Array, pace: Array, l2: float
) -> None:
    features, rates = w.shape
    for j in range(features):  # the choice is outside the inner loop, so that it is vectorised
        if optimizer == SGD:
            for k in range(rates):
                gradient = x[j] * g[k] + l2 * w[j, k]
                w[j, k] = sgd(w[j, k], gradient, pace[k])
        elif optimizer == ADAM:
            for k in range(rates):
                gradient = x[j] * g[k] + l2 * w[j, k]
                w[j, k], m[j, k], v[j, k] = adam(w[j, k], m[j, k], v[j, k], gradient, pace[k])
        elif optimizer == ADA_GRAD:
            for k in range(rates):
                gradient = x[j] * g[k] + l2 * w[j, k]
                w[j, k], v[j, k] = ada_grad(w[j, k], v[j, k], gradient, pace[k])
        else:
            for k in range(rates):
                gradient = x[j] * g[k] + l2 * w[j, k]
                w[j, k], v[j, k] = rms_prop(w[j, k], v[j, k], gradient, pace[k])
