"""The mixture for regression and binary problems: one block of records, predicted, then learned."""

from __future__ import annotations

import math

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.glm import CLIP
from lrcontrol.kernels.mixture_fixed import descend
from lrcontrol.kernels.mixture_layout import Desk, State, furnish, lag_at
from lrcontrol.kernels.mixture_record import load, project, widen
from lrcontrol.kernels.mixture_reset import reset
from lrcontrol.kernels.mixture_share import (
    CAP_LOG,
    CAP_SQUARED,
    EVIDENCE,
    blend,
    bounded,
    deal,
    nats,
    settle,
    settle_squared,
    sigmoid,
    square,
    strength,
    truncated,
)
from lrcontrol.kernels.mixture_stack import FAR, FARTHEST, FLATTEST, answer, logit, regress
from lrcontrol.kernels.mixture_standard import chase, fixed_end
from lrcontrol.kernels.mixture_traced import tune
from lrcontrol.kernels.rows import Rows

#: Records the climatology looks back.
CLIMATE = 2000.0


@kernel
def mixture_glm(
    task: int, flags: int, rows: Rows, targets: Array, weights: Array, state: State, out: Array
) -> None:
    """Write the prediction for each record to ``out`` (records, 1); with ``LEARN``, learn it next.

    ``targets`` (records): numbers, or 0 and 1; ``weights`` (records) >= 0. A record without weight,
    or whose target is not finite, is predicted only. ``state``, in place, and ``out`` change.
    """
    desk = furnish(rows.starts, state)
    for t in range(out.shape[0]):
        a, b = rows.starts[t], rows.starts[t + 1]
        n = load(flags, 1, rows.columns[a:b], rows.values[a:b], state.features, desk)
        q = foretell(task, flags, n, state, desk)
        lag = lag_at(flags, state)
        unit = gather(task, q, state, desk, state.lags[lag, 0])
        said = unit * answer(state.stack, desk.f[0])
        if task == at.BINARY:
            stacked = sigmoid(unit + answer(state.stack, desk.f[0]))
        else:
            stacked = clamped(flags, q + said, state.pool)
        out[t, 0] = state.pool[at.FIRST] * q + state.pool[at.SECOND] * stacked
        y, weight = targets[t], weights[t]
        if flags & at.LEARN and weight > 0.0 and math.isfinite(y):
            state.pool[at.COUNT] += 1.0
            judge(task, y, weight, q, stacked, out[t, 0], state, desk)
            improve(task, y, weight, q, unit, state, desk)
            state.lags[lag, 0] = y - q
            practise(task, flags, n, y, weight, state, desk)
            witness(task, y, state.pool)


@inner
def clamped(flags: int, z: float, pool: Array) -> float:
    """Return a prediction cut to the range of the labels so far; the climatology for no number."""
    if not math.isfinite(z):
        return float(pool[at.CLIMATE])
    if flags & at.CLAMPED:
        z = min(max(z, pool[at.LOW]), pool[at.HIGH])
    return z


@inner
def foretell(task: int, flags: int, n: int, state: State, desk: Desk) -> float:
    """Put on the desk what each expert says, the climatology last; return their mixture."""
    pool, says, k = state.pool, desk.says[:, 0], desk.z.shape[0]
    project(desk.taken[:n], desk.old[:n], state.memory, 0, desk.z)
    if task == at.BINARY:
        for m in range(k):
            says[m] = sigmoid(desk.z[m])
        says[k] = (pool[at.CLIMATE] + 0.5) / (pool[at.COUNT] + 1.0)
    else:
        for m in range(k):
            says[m] = clamped(flags, desk.z[m], pool)
        says[k] = pool[at.CLIMATE]
    return blend(state.members[at.WEIGHT], says)


@inner
def gather(task: int, q: float, state: State, desk: Desk, lag: float) -> float:
    """Put the inputs of the stack on the desk; return its unit (regression) or offset (binary).

    ``lag``: the residual y - q of the last known record. For a binary problem its sign is the
    label.
    """
    f, k = desk.f[0], desk.z.shape[0]
    if task == at.BINARY:
        offset = logit(q)
        for m in range(k):
            f[m] = bounded(bounded(desk.z[m], FARTHEST) - offset, FAR)
        f[k] = 0.0 if lag == 0.0 else math.copysign(1.0, lag)
        f[k + 1], f[k + 2] = lag, offset
        return offset
    unit = math.sqrt(state.pool[at.SPREAD])
    known = 0.0 < unit < math.inf
    for m in range(k):
        f[m] = bounded((desk.says[m, 0] - q) / unit, FAR) if known else 0.0
    f[k] = lag / unit if known else 0.0
    return unit if known else 0.0


@inner
def judge(
    task: int, y: float, weight: float, q: float, stacked: float, served: float,
    state: State, desk: Desk,
) -> None:  # fmt: skip
    """Weigh the experts of level 1 and the two of level 3 by their losses of one record."""
    pool, says, losses = state.pool, desk.says[:, 0], desk.losses
    for m in range(losses.shape[0]):
        losses[m] = loss(task, says[m], y)
        state.members[at.LOSS, m] += losses[m]
    levels = (loss(task, q, y), loss(task, stacked, y), loss(task, served, y))
    if task == at.BINARY:
        deal(state.members[at.WEIGHT], losses, weight * EVIDENCE, CAP_LOG)
        settle(pool, weight, *levels)
    else:
        pool[at.SCALE] = truncated(pool[at.SCALE], levels[0], pool[at.COUNT])
        evidence = weight * strength(pool[at.SCALE])
        deal(state.members[at.WEIGHT], losses, evidence, CAP_SQUARED)
        settle_squared(pool, weight, *levels)


@inner
def loss(task: int, p: float, y: float) -> float:
    """Return the squared error or the log loss of a prediction."""
    if task == at.BINARY:
        return nats(p if y > 0.0 else 1.0 - p)
    return square(p - y)


@inner
def improve(
    task: int, y: float, weight: float, q: float, unit: float, state: State, desk: Desk
) -> None:
    """Let the stack learn one record; its error is in units of the residuals' spread."""
    f, pool = desk.f[0], state.pool
    said = answer(state.stack, f)
    if task == at.BINARY:
        p = sigmoid(unit + said)
        regress(state.stack, f, weight * max(p * (1.0 - p), FLATTEST), weight * (y - p))
    else:
        if unit > 0.0:
            error = bounded((y - q) / unit, FAR) - said
            regress(state.stack, f, weight, weight * error)
        pool[at.SPREAD] = truncated(pool[at.SPREAD], square(y - q), pool[at.COUNT])


@inner
def practise(
    task: int, flags: int, n: int, y: float, weight: float, state: State, desk: Desk
) -> None:
    """Let every member learn one record of ``n`` entries."""
    rows, x = desk.taken[:n], desk.new[:n]
    reset(task, y, state, desk)
    widen(rows, x, 1, state.members, state.features, state.memory)
    project(rows, x, state.memory, 0, desk.z)
    for k in range(desk.z.shape[0]):
        slope = sigmoid(desk.z[k]) - y if task == at.BINARY else 2.0 * (desk.z[k] - y)
        desk.g[k] = weight * bounded(slope, CLIP)
    tune(task, n, y, state, desk)
    last = fixed_end(state.members)
    descend(rows, x, desk.g, state.members[at.RATE], state.memory, desk.heard.shape[0], last)
    chase(task, flags, n, y, weight, last, state, desk)


@inner
def witness(task: int, y: float, pool: Array) -> None:
    """Let the climatology and the range of the labels take in one label."""
    if task == at.BINARY:
        pool[at.CLIMATE] += y
        return
    first = pool[at.COUNT] <= 1.0
    pool[at.LOW] = y if first else min(pool[at.LOW], y)
    pool[at.HIGH] = y if first else max(pool[at.HIGH], y)
    pool[at.CLIMATE] += (y - pool[at.CLIMATE]) / min(pool[at.COUNT], CLIMATE)
