"""The rate that each member applies to one record: fixed, under its ceiling, or steered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner
from lrcontrol.kernels.lanes import project_row
from lrcontrol.kernels.moves import Models, Rule, Traces, divisor, squares, unbiased
from lrcontrol.kernels.outlook import bound
from lrcontrol.kernels.rows import Integers
from lrcontrol.kernels.steps import ADAM, SGD
from lrcontrol.kernels.trace import mean_of, norm, steer, within


class Law(NamedTuple):
    """What does not change from record to record.

    ``kind`` 0, 1, 2: regression, binary, multiclass; ``members`` of which the last ``traced`` are
    steered and the others fixed, under the ceiling or not; ``bias`` 1 with an intercept, else 0;
    ``least`` asked of a gain; ``clamped``: labels seen from which on predictions are cut to their
    range, -1 for never; ``memory`` and ``switch`` of the leader.
    """

    kind: int
    members: int
    traced: int
    scaled: int
    ceiling: int
    bias: float
    l2: float
    clip: float
    least: float
    clamped: float
    memory: float
    switch: float


@inner
def catch_up(traces: Traces, columns: Integers, count: int) -> None:
    """Fade the traces of a record's columns as often as they were absent before record ``count``.

    An absent column's trace only fades, so nobody need look at it until it is back.
    """
    traced = traces.means.shape[0]
    for at in range(columns.shape[0] if traced else 0):
        j = columns[at]
        missed = count - 1 - traces.seen[j]
        traces.seen[j] = count
        if missed > 0:
            for lane in range(traces.s.shape[2]):
                for i in range(2):
                    traces.s[i, j, lane] *= traces.lam[i, lane % traced] ** missed


@inner
def pull(law: Law, columns: Integers, x: Array, g: Array, traces: Traces, h: Array) -> None:
    """Write h (2, traced), the derivative of this record's loss along ln(rate), by both traces."""
    traced, members = law.traced, law.members
    part = np.empty(traced * (g.shape[0] // members))
    for i in range(2):
        project_row(columns, x, traces.s[i], part)
        for k in range(traced):
            h[i, k] = 0.0
        for lane in range(part.shape[0]):
            k = lane % traced
            at = lane // traced * members + members - traced + k
            h[i, k] += g[at] * (part[lane] + law.bias * traces.biases[i, k])


@inner
def reach(
    law: Law, rule: Rule, columns: Integers, x: Array, g: Array, models: Models, k: int
) -> float:
    """Return how far member ``k``'s prediction moves for a step of rate 1 and slope 1.

    Without preconditioning that is |x|^2. With it, the sum of x^2 over what the optimizer divides
    by, of which Adam's momentum lets a tenth through at once; classes count by their squared slope.
    A weight that has had no gradient yet does not move and does not count.
    """
    total = sizes = 0.0
    share = 1.0 - rule.first if rule.code == ADAM else 1.0
    for c in range(g.shape[0] // law.members):
        lane = c * law.members + k
        size, part = g[lane] * g[lane], 0.0
        for i in range(columns.shape[0]):
            j = columns[i]
            v = squares(rule, models.v[j, lane], x[i] * g[lane] + law.l2 * models.w[j, lane])
            if v > 0.0:
                part += x[i] * x[i] / divisor(rule, v)
        total += size * part * share * unbiased(rule, models.ages[c])
        sizes += size
    return law.bias + (total / sizes if sizes > 0.0 else 0.0)


@inner
def ask(
    law: Law, rule: Rule, columns: Integers, x: Array, g: Array, curvatures: Array, count: int,
    models: Models, traces: Traces, rates: Array, applied: Array, h: Array,
) -> None:  # fmt: skip
    """Steer the traced members' gains, in ``rates``, and write all ``applied`` rates (members)."""
    plain = norm(x) + law.bias
    fixed = law.members - law.traced
    for k in range(fixed):
        ceiling = 1.0 + rates[k] * curvatures[k] * plain
        applied[k] = rates[k] / ceiling if law.ceiling else rates[k]
    if law.traced == 0:
        return
    catch_up(traces, columns, count)
    pull(law, columns, x, g, traces, h)
    for i in range(law.traced):
        k = fixed + i
        q = plain if rule.code == SGD else reach(law, rule, columns, x, g, models, k)
        traces.means[i] = mean_of(traces.means[i], q, count)
        gain = steer(rates[k], traces.v, h, i, count)
        rates[k] = within(gain, law.least, bound(law.kind), traces.means[i])
        applied[k] = rates[k] / (1.0 + rates[k] * curvatures[k] * q)


@inner
def settle(
    law: Law, g: Array, applied: Array, models: Models, traces: Traces
) -> None:  # fmt: skip
    """Step the intercepts, which no optimizer conditions, and fade their traces."""
    fixed = law.members - law.traced
    for k in range(law.members):
        step = law.bias * applied[k] * g[k]
        models.biases[k] -= step
        if k >= fixed:
            for i in range(2):
                faded = traces.biases[i, k - fixed] * traces.lam[i, k - fixed]
                traces.biases[i, k - fixed] = faded - step
