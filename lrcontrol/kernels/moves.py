"""How far each optimizer moves each weight: River's four, with River's constants as arguments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array, Numbers
from lrcontrol.kernels.compiler import inner, loops
from lrcontrol.kernels.rows import Integers
from lrcontrol.kernels.steps import ADA_GRAD, ADAM, SGD


class Rule(NamedTuple):
    """An optimizer: its code in ``OPTIMIZERS`` and its constants.

    ``first``: Adam's beta_1; ``second``: Adam's beta_2, RMSProp's rho.
    """

    code: int
    first: float
    second: float
    eps: float


class Models(NamedTuple):
    """The members' models. A lane is a class of a member: lane = class * members + member.

    ``w``, ``m`` and ``v`` (columns, lanes): weights, means of gradients, means or sums of squares,
    the last two empty where the optimizer has none; ``biases`` (members): intercepts; ``ages``
    (classes): records that each class has learned.
    """

    w: Array
    m: Array
    v: Array
    biases: Array
    ages: Array


class Traces(NamedTuple):
    """The sensitivities of the traced members, which are the last of all.

    ``s`` (2, columns, classes * traced), ``biases`` (2, traced), ``lam`` (2, traced) their fading
    factors, ``v`` (2, traced) means of h^2, ``slow`` (3, traced) slower ones and the level of
    ln(gain), ``means`` (traced) of |x|^2, ``seen`` (columns): the record up to which a column has
    faded.
    """

    s: Array
    biases: Array
    lam: Array
    v: Array
    slow: Array
    means: Array
    seen: Integers


@inner
def squares(rule: Rule, v: Numbers, gradient: Numbers) -> Numbers:
    """Return what becomes of ``v`` with this gradient."""
    if rule.code == ADA_GRAD:
        return v + gradient * gradient
    return rule.second * v + (1.0 - rule.second) * (gradient * gradient)


@inner
def divisor(rule: Rule, v: Numbers) -> Numbers:
    """Return what the optimizer divides its step by."""
    if rule.code == ADAM:
        return np.sqrt(v) + rule.eps
    return np.sqrt(v + rule.eps)


@inner
def unbiased(rule: Rule, age: float) -> float:
    """Return what Adam multiplies its rate with after ``age`` records, because means began at 0."""
    if rule.code != ADAM:
        return 1.0
    up: float = (1.0 - rule.second ** (age + 1.0)) ** 0.5 / (1.0 - rule.first ** (age + 1.0))
    return up


def move(
    rule: Rule, l2: float, members: int, columns: Integers, x: Array, g: Array, pace: Array,
    models: Models, traces: Traces, parts: Array, moves: Array,
) -> None:  # fmt: skip
    """Step every lane along the gradient ``x * g + l2 * w``, in place, and let the traces follow.

    ``columns`` and ``x`` (entries), ``g`` and ``pace`` (lanes); ``parts`` (2, traced lanes): how
    the traces move for each unit of x without preconditioning, with it they move as the weights;
    ``moves`` (lanes) is scratch.
    """
    lanes, traced = len(g), len(traces.means)
    if not len(columns):
        return
    w = models.w[columns, :lanes]
    gradient = x[:, None] * g + l2 * w
    if rule.code == SGD:
        step = pace * gradient
    else:
        v = squares(rule, models.v[columns, :lanes], gradient)
        models.v[columns, :lanes] = v
        if rule.code == ADAM:
            gradient = rule.first * models.m[columns, :lanes] + (1.0 - rule.first) * gradient
            models.m[columns, :lanes] = gradient
            step = pace * gradient / divisor(rule, v)
        else:
            step = pace / divisor(rule, v) * gradient
    models.w[columns, :lanes] = w - step
    for i in range(2 if traced else 0):
        lam = np.tile(traces.lam[i], lanes // members)
        moved = x[:, None] * parts[i]
        if rule.code != SGD:
            of_traced = step.reshape(len(x), -1, members)[:, :, members - traced :]
            moved = of_traced.reshape(len(x), -1)
        faded = traces.s[i, columns, : len(lam)] * lam
        traces.s[i, columns, : len(lam)] = faded - moved


@loops(move)
def _move(
    rule: Rule, l2: float, members: int, columns: Integers, x: Array, g: Array, pace: Array,
    models: Models, traces: Traces, parts: Array, moves: Array,
) -> None:  # fmt: skip
    w, m, v = models.w, models.m, models.v
    lanes = g.shape[0]
    for i in range(columns.shape[0]):  # the choice is outside the inner loop: it is vectorised
        j, value = columns[i], x[i]
        if rule.code == SGD:
            for k in range(lanes):
                moves[k] = pace[k] * (value * g[k] + l2 * w[j, k])
        elif rule.code == ADAM:
            for k in range(lanes):
                gradient = value * g[k] + l2 * w[j, k]
                m[j, k] = rule.first * m[j, k] + (1.0 - rule.first) * gradient
                v[j, k] = rule.second * v[j, k] + (1.0 - rule.second) * (gradient * gradient)
                moves[k] = pace[k] * m[j, k] / (np.sqrt(v[j, k]) + rule.eps)
        elif rule.code == ADA_GRAD:
            for k in range(lanes):
                gradient = value * g[k] + l2 * w[j, k]
                v[j, k] = v[j, k] + gradient * gradient
                moves[k] = pace[k] / np.sqrt(v[j, k] + rule.eps) * gradient
        else:
            for k in range(lanes):
                gradient = value * g[k] + l2 * w[j, k]
                v[j, k] = rule.second * v[j, k] + (1.0 - rule.second) * (gradient * gradient)
                moves[k] = pace[k] / np.sqrt(v[j, k] + rule.eps) * gradient
        for k in range(lanes):
            w[j, k] -= moves[k]
        _follow(rule, members, j, value, parts, moves, traces)


@inner
def _follow(
    rule: Rule, members: int, j: int, x: float, parts: Array, moves: Array, traces: Traces
) -> None:
    """Turn the traces of column ``j`` into ``lam * s - move``."""
    traced = traces.means.shape[0]
    for lane in range(parts.shape[1]):
        k = lane % traced
        at = (lane // traced + 1) * members - traced + k
        for i in range(2):
            moved = x * parts[i, lane] if rule.code == SGD else moves[at]
            traces.s[i, j, lane] = traces.s[i, j, lane] * traces.lam[i, k] - moved
