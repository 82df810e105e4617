"""One linear or logistic model at one rate: the plain way of the bank, without its baggage.

A member of a bank costs next to nothing, but the bank itself 1 us a record, which is more than one
model of ten features needs. Same numbers, a tenth of the compile time.
"""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.moves import Rule, divisor, squares, unbiased
from lrcontrol.kernels.outlook import REGRESSION, loss_of, slope_of, within_range
from lrcontrol.kernels.rows import Integers
from lrcontrol.kernels.steps import ADAM, SGD


@inner
def z_score(value: float, j: int, scales: Array) -> float:
    """Return a value less the mean of column ``j``, over its deviation; 0 without variance."""
    variance: float = scales[2, j]
    return (value - scales[1, j]) / math.sqrt(variance) if variance > 0.0 else 0.0


@inner
def count_value(value: float, j: int, scales: Array) -> None:
    """Let the statistics of column ``j`` learn a value, by Welford's rule."""
    deviation = value - scales[1, j]
    scales[0, j] += 1.0
    scales[1, j] += deviation / scales[0, j]
    variance = scales[2, j]
    remainder = value - scales[1, j]
    scales[2, j] = variance + (deviation * remainder - variance) / scales[0, j]


@inner
def step_weight(
    rule: Rule, pace: float, gradient: float, j: int, w: Array, m: Array, v: Array
) -> None:
    """Move the weight of column ``j`` along its gradient."""
    if rule.code == SGD:
        w[j, 0] -= pace * gradient
        return
    v[j, 0] = squares(rule, v[j, 0], gradient)
    if rule.code == ADAM:
        m[j, 0] = rule.first * m[j, 0] + (1.0 - rule.first) * gradient
        w[j, 0] -= pace * m[j, 0] / divisor(rule, v[j, 0])
    else:
        w[j, 0] -= pace / divisor(rule, v[j, 0]) * gradient


@inner
def project_one(
    scaled: int, starts: Integers, columns: Integers, values: Array, t: int, scales: Array,
    w: Array,
) -> float:  # fmt: skip
    """Return record ``t``'s sum of its values, scaled, times ``w``."""
    z = 0.0
    for i in range(starts[t], starts[t + 1]):
        j, value = columns[i], values[i]
        z += (z_score(value, j, scales) if scaled else value) * w[j, 0]
    return z


@kernel
def solo_rows(
    kind: int, scaled: int, rule: Rule, rate: float, l2: float, clip: float, bias: float,
    clamped: float, starts: Integers, columns: Integers, values: Array, after_starts: Integers,
    after_columns: Integers, after_values: Array, targets: Array, weights: Array, scales: Array,
    w: Array, m: Array, v: Array, biases: Array, ages: Array, labels: Array, out: Array,
) -> None:  # fmt: skip
    """Predict, then learn each record of a block, as ``bank_rows`` does with one plain member.

    ``out`` (3, n): the prediction as served, its loss, the raw prediction; ``scales`` (3, columns);
    ``labels`` (3): range and count of the labels. All state changes in place.
    """
    x = np.empty(1 + after_values.shape[0])
    for t in range(targets.shape[0]):
        y, low, high = targets[t], -math.inf, math.inf
        if kind == REGRESSION and 0.0 < clamped <= labels[2]:
            low, high = labels[0], labels[1]
        z = project_one(scaled, starts, columns, values, t, scales, w) + biases[0]
        out[0, t], out[2, t] = within_range(z, low, high), z
        out[1, t] = loss_of(kind, z, y, low, high)
        start, end = after_starts[t], after_starts[t + 1]
        z = 0.0
        for i in range(start, end):
            j, value = after_columns[i], after_values[i]
            if scaled:
                count_value(value, j, scales)
                value = z_score(value, j, scales)
            x[i - start] = value
            z += value * w[j, 0]
        g = min(max(slope_of(kind, z + biases[0], y) * weights[t], -clip), clip)
        biases[0] -= bias * rate * g
        pace = rate * unbiased(rule, ages[0])
        for i in range(start, end):
            j = after_columns[i]
            step_weight(rule, pace, x[i - start] * g + l2 * w[j, 0], j, w, m, v)
        ages[0] += 1.0
        labels[0] = min(labels[0], y) if labels[2] > 0.0 else y
        labels[1] = max(labels[1], y) if labels[2] > 0.0 else y
        labels[2] += 1.0
