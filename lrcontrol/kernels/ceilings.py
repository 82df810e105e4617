"""The rate that each member applies to one record: fixed, under its ceiling, or steered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, making
from lrcontrol.kernels.lanes import project_row
from lrcontrol.kernels.moves import Models, Rule, Traces, divisor, squares, unbiased
from lrcontrol.kernels.outlook import MULTICLASS, REGRESSION
from lrcontrol.kernels.rows import Integers
from lrcontrol.kernels.steps import ADAM, SGD
from lrcontrol.kernels.trace import (
    CLASSES,
    LOG,
    SQUARED,
    Law,
    banded,
    finite,
    follow,
    mean_of,
    norm,
    share,
    yielding,
)


class Plan(NamedTuple):
    """What does not change from record to record.

    ``kind`` 0, 1, 2: regression, binary, multiclass; ``members`` of which the last ``traced`` are
    steered and the others fixed, under the ceiling or not; ``bias`` 1 with an intercept, else 0;
    ``clamped``: labels seen from which on predictions are cut to their range, 0 for never;
    ``memory`` and ``switch`` of the leader.
    """

    kind: int
    members: int
    traced: int
    scaled: int
    ceiling: int
    bias: float
    l2: float
    clip: float
    clamped: float
    memory: float
    switch: float


class Scratch(NamedTuple):
    """Room for what holds for one record only.

    ``slopes`` (lanes): first derivatives of the losses; ``ceilings`` (members): curvatures that
    bound a step; ``bents`` (members): the curvatures themselves, of no use for classes; ``pace``
    and ``moves`` (lanes); ``h`` (2, traced), ``parts`` (2, traced lanes).
    """

    slopes: Array
    ceilings: Array
    bents: Array
    pace: Array
    moves: Array
    h: Array
    parts: Array


@inner
@making
def spare(plan: Plan, known: int) -> Scratch:
    """Return room for so many classes."""
    lanes = np.zeros((3, known * plan.members))
    members, h = np.zeros((2, plan.members)), np.zeros((2, plan.traced))
    parts = np.zeros((2, known * plan.traced))
    return Scratch(lanes[0], members[0], members[1], lanes[1], lanes[2], h, parts)


@inner
def catch_up(traces: Traces, columns: Integers, count: int) -> None:
    """Fade the traces of a record's columns as often as they were absent before record ``count``.

    An absent column's trace only fades, so nobody need look at it until it is back.
    """
    traced = traces.means.shape[0]
    for at in range(columns.shape[0]):
        j = columns[at]
        missed = count - 1 - traces.seen[j]
        traces.seen[j] = count
        if missed > 0:
            for lane in range(traces.s.shape[2]):
                for i in range(2):
                    traces.s[i, j, lane] *= traces.lam[i, lane % traced] ** missed


@inner
def reach(
    plan: Plan, rule: Rule, columns: Integers, x: Array, g: Array, models: Models, k: int
) -> float:
    """Return how far member ``k``'s prediction moves for a step of rate 1 and slope 1.

    Without preconditioning that is |x|^2. With it, the sum of x^2 over what the optimizer divides
    by, of which Adam's momentum lets a tenth through at once; classes count by their squared slope.
    A weight that has had no gradient yet does not move and does not count.
    """
    total = sizes = 0.0
    fresh = 1.0 - rule.first if rule.code == ADAM else 1.0
    for c in range(g.shape[0] // plan.members):
        lane = c * plan.members + k
        size, part = g[lane] * g[lane], 0.0
        for i in range(columns.shape[0]):
            j = columns[i]
            v = squares(rule, models.v[j, lane], x[i] * g[lane] + plan.l2 * models.w[j, lane])
            if v > 0.0:
                part += x[i] * x[i] / divisor(rule, v)
        total += size * part * fresh * unbiased(rule, models.ages[c])
        sizes += size
    return plan.bias + (total / sizes if sizes > 0.0 else 0.0)


@inner
def pull(plan: Plan, columns: Integers, x: Array, traces: Traces, room: Scratch) -> None:
    """Write how the predictions differ with the gain, and h, how the record's loss does."""
    for i in range(2):
        project_row(columns, x, traces.s[i], room.parts[i])
        for k in range(plan.traced):
            room.h[i, k] = 0.0
        for lane in range(room.parts.shape[1]):
            k, c = lane % plan.traced, lane // plan.traced
            room.parts[i, lane] += plan.bias * traces.biases[i, k]
            at = (c + 1) * plan.members - plan.traced + k
            room.h[i, k] += room.slopes[at] * room.parts[i, lane]


@inner
def turn(
    plan: Plan, label: int, k: int, own: float, give: float, room: Scratch
) -> None:  # fmt: skip
    """Turn how the predictions of traced member ``k`` differ into how its traces move.

    By ``own`` times the slope, and by ``give`` times how the slope itself differs. Of a class that
    is p times how far its part is from the mean over p, which is h plus the label's part.
    """
    member = plan.members - plan.traced + k
    for i in range(2):
        mean = room.h[i, k] + room.parts[i, label * plan.traced + k]
        for lane in range(k, room.parts.shape[1], plan.traced):
            c = lane // plan.traced
            g = room.slopes[c * plan.members + member]
            if plan.kind == MULTICLASS:
                p = g + 1.0 if c == label else g
                differs = p * (room.parts[i, lane] - mean)
            else:
                differs = room.bents[member] * room.parts[i, lane]
            room.parts[i, lane] = own * g + finite(give * differs)


@inner
def ask(
    plan: Plan, law: Law, rule: Rule, columns: Integers, x: Array, label: int, weight: float,
    count: int, models: Models, traces: Traces, rates: Array, applied: Array, room: Scratch,
) -> None:  # fmt: skip
    """Steer the traced members' gains, in ``rates``, and write all ``applied`` rates (members)."""
    plain = norm(x) + plan.bias
    fixed = plan.members - plan.traced
    for k in range(fixed):
        ceiling = 1.0 + rates[k] * room.ceilings[k] * plain
        applied[k] = rates[k] / ceiling if plan.ceiling else rates[k]
    if plan.traced == 0:
        return
    catch_up(traces, columns, count)
    pull(plan, columns, x, traces, room)
    least = SQUARED if plan.kind == REGRESSION else LOG
    most = (CLASSES if plan.kind == MULTICLASS else least) * weight
    for i in range(plan.traced):
        k = fixed + i
        q = plain
        if rule.code != SGD:
            q = reach(plan, rule, columns, x, room.slopes, models, k)
        traces.means[i] = mean_of(traces.means[i], q, count)
        gain = follow(law, rates[k], traces.v, traces.slow, room.h, i, count)
        rates[k] = banded(law, gain, least, traces.means[i], count)
        c = room.ceilings[k]
        applied[k] = rates[k] / (1.0 + rates[k] * c * q)
        own, give = share(law, rates[k], c, q), yielding(law, applied[k], most, q)
        turn(plan, label, i, own, give, room)


@inner
def settle(
    plan: Plan, applied: Array, models: Models, traces: Traces, room: Scratch
) -> None:  # fmt: skip
    """Step the intercepts, which no optimizer conditions, and fade their traces."""
    if plan.bias == 0.0:
        return
    for k in range(plan.members):
        models.biases[k] -= applied[k] * room.slopes[k]
    for i in range(2):
        for k in range(plan.traced):
            faded = traces.biases[i, k] * traces.lam[i, k]
            traces.biases[i, k] = faded - room.parts[i, k]
