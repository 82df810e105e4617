"""The stack: a small linear model of what the members say beyond their mixture, learned by RLS."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, loops, making

#: Forgetting factor: it looks back a thousand records.
FORGET = 0.999
GROW = 1.0 / FORGET
#: Most that the denominator of its step may be: beyond, nothing sensible is learned.
MOST = 1e12
#: What each diagonal entry of the inverse covariance begins with and may at most be. Without the
#: cap it winds up where an input is silent, and the first word is then taken for law.
PRIOR = 1.0 / 30.0
#: Inputs are cut to these, in standard deviations or nats.
FAR = 5.0
#: Least probability whose logit or log is an input: 1e-6.
FLOOR = 1e-6
FARTHEST = 13.815509557963774
#: Least curvature that a log loss is taken to have.
FLATTEST = 0.01


@inner
def logit(p: float) -> float:
    """Return ln(p / (1 - p)), p kept within 1e-6 of 0 and 1."""
    p = min(max(p, FLOOR), 1.0 - FLOOR)
    return math.log(p / (1.0 - p))


@inner
def answer(stack: Array, inputs: Array) -> float:
    """Return the coefficients (the last row) times the inputs."""
    total = 0.0
    for k in range(inputs.shape[0]):
        total += stack[inputs.shape[0], k] * inputs[k]
    return total


def regress(stack: Array, f: Array, curvature: float, error: float) -> None:
    """Move the coefficients by recursive least squares with forgetting, in place.

    ``k = A f; den = lam + c f.k; th += k error / den; A = (A - c k k' / den) / lam``; where a
    diagonal entry is beyond its prior, its row and column are shrunk together. Every operation
    treats (i, j) as (j, i): an asymmetry of one rounding grows by e in 1,000 records, and after
    34,000 the stack was seen to explode. It begins anew should A cease to be positive all the same.
    """
    n = len(f)
    k = np.add.reduce(f[:, None] * stack[:n], axis=0)
    den = FORGET + curvature * float(np.add.accumulate(f * k)[-1])
    if not FORGET <= den <= MOST:
        restart(stack)
        return
    stack[n] += k * (error / den)
    stack[:n] = (stack[:n] - (k[:, None] * k) * (curvature / den)) * GROW
    diagonal = np.diagonal(stack[:n])
    ratio = np.ones(n)
    np.sqrt(PRIOR / diagonal, out=ratio, where=diagonal > PRIOR)
    stack[:n] *= ratio[:, None] * ratio


@inner
def restart(stack: Array) -> None:
    """Forget all that the stack has learned."""
    stack[:] = 0.0
    for i in range(stack.shape[1]):
        stack[i, i] = PRIOR


@loops(regress)
@making
def _regress(stack: Array, f: Array, curvature: float, error: float) -> None:
    n = f.shape[0]
    k = np.zeros(n)
    for i in range(n):
        for j in range(n):
            k[j] += f[i] * stack[i, j]
    den = 0.0
    for i in range(n):
        den += f[i] * k[i]
    den = FORGET + curvature * den
    if not FORGET <= den <= MOST:
        restart(stack)
        return
    for i in range(n):
        stack[n, i] += k[i] * (error / den)
    scale = curvature / den
    ratio = np.ones(n)
    for i in range(n):
        for j in range(n):
            stack[i, j] = (stack[i, j] - (k[i] * k[j]) * scale) * GROW
        if stack[i, i] > PRIOR:
            ratio[i] = np.sqrt(PRIOR / stack[i, i])
    for i in range(n):
        for j in range(n):
            stack[i, j] *= ratio[i] * ratio[j]
