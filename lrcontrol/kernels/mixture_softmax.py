"""The mixture for multiclass problems: one block of records, predicted, then learned."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, kernel, making
from lrcontrol.kernels.mixture_fixed import descend
from lrcontrol.kernels.mixture_layout import Desk, State, furnish, lag_at
from lrcontrol.kernels.mixture_record import load, project, widen
from lrcontrol.kernels.mixture_reset import reset
from lrcontrol.kernels.mixture_share import CAP_LOG, EVIDENCE, bounded, deal, nats, settle
from lrcontrol.kernels.mixture_stack import FAR, FLOOR, answer, regress
from lrcontrol.kernels.mixture_standard import chase, fixed_end
from lrcontrol.kernels.mixture_traced import tune
from lrcontrol.kernels.rows import Rows

#: What the climatology adds to the count of each class.
PRIOR = 0.5
#: Most that a logit counts, so that differences stay finite.
HIGHEST = 1e300


@kernel
def mixture_softmax(
    task: int, flags: int, rows: Rows, targets: Array, weights: Array, state: State, out: Array
) -> None:
    """Write the probabilities for each record to ``out`` (records, classes); with ``LEARN``, learn.

    As ``mixture_glm``, with targets 0, 1, ... in floats and no intercept: River's softmax has none.
    """
    desk = furnish(rows.starts, state)
    for t in range(out.shape[0]):
        a, b = rows.starts[t], rows.starts[t + 1]
        n = load(flags, 0, rows.columns[a:b], rows.values[a:b], state.features, desk)
        lag = lag_at(flags, state)
        foretell_all(n, state, desk)
        stack_all(state.lags[lag], state, desk)
        for c in range(out.shape[1]):
            out[t, c] = state.pool[at.FIRST] * desk.q[c] + state.pool[at.SECOND] * desk.stacked[c]
        weight = weights[t]
        if flags & at.LEARN and weight > 0.0:
            label = int(targets[t])
            state.pool[at.COUNT] += 1.0
            judge_all(label, weight, out[t, label], state, desk)
            improve_all(label, weight, state, desk)
            for c in range(out.shape[1]):
                state.lags[lag, c] = (1.0 if c == label else 0.0) - desk.q[c]
            practise_all(task, flags, n, label, weight, state, desk)
            state.counts[label] += 1.0


@inner
def probabilities(z: Array, out: Array) -> None:
    """Write the softmax of the logits to ``out`` (classes)."""
    highest, total = -math.inf, 0.0
    for c in range(out.shape[0]):
        highest = max(highest, bounded(z[c], HIGHEST))
    for c in range(out.shape[0]):
        out[c] = math.exp(bounded(z[c], HIGHEST) - highest)
        total += out[c]
    for c in range(out.shape[0]):
        out[c] /= total


@inner
def foretell_all(n: int, state: State, desk: Desk) -> None:
    """Put on the desk what each expert says, the climatology last, and their mixture ``q``."""
    k, classes = desk.says.shape[0] - 1, desk.says.shape[1]
    project(desk.taken[:n], desk.old[:n], state.memory, 0, desk.z)
    for m in range(k):
        probabilities(desk.z[m * classes : m * classes + classes], desk.says[m])
    seen = 0.0
    for c in range(classes):
        seen += state.counts[c]
    for c in range(classes):
        desk.says[k, c] = (state.counts[c] + PRIOR) / (seen + PRIOR * classes)
        desk.q[c] = 0.0
        for m in range(k + 1):
            desk.q[c] += state.members[at.WEIGHT, m] * desk.says[m, c]


@inner
@making
def stack_all(lag: Array, state: State, desk: Desk) -> None:
    """Put the inputs of the stack on the desk, and what it says; ``lag`` (classes) as for a GLM."""
    k, f = desk.says.shape[0] - 1, desk.f
    logits = np.empty(desk.q.shape[0])
    for c in range(logits.shape[0]):
        offset = math.log(max(desk.q[c], FLOOR))
        for m in range(k):
            f[c, m] = bounded(math.log(max(desk.says[m, c], FLOOR)) - offset, FAR)
        f[c, k], f[c, k + 1] = lag[c], offset
        logits[c] = offset + answer(state.stack, f[c])
    probabilities(logits, desk.stacked)


@inner
def judge_all(label: int, weight: float, served: float, state: State, desk: Desk) -> None:
    """Weigh the experts of level 1 and the two of level 3 by their losses of one record."""
    for m in range(desk.losses.shape[0]):
        desk.losses[m] = nats(desk.says[m, label])
        state.members[at.LOSS, m] += desk.losses[m]
    deal(state.members[at.WEIGHT], desk.losses, weight * EVIDENCE, CAP_LOG)
    settle(state.pool, weight, nats(desk.q[label]), nats(desk.stacked[label]), nats(served))


@inner
@making
def improve_all(label: int, weight: float, state: State, desk: Desk) -> None:
    """Let the stack learn one record: a Newton step along the gradient in its coefficients.

    One set of coefficients for all classes, so that a class that arrives finds it ready.
    """
    gradient = np.empty(desk.f.shape[1])
    for i in range(gradient.shape[0]):
        gradient[i] = -desk.f[label, i]
        for c in range(desk.stacked.shape[0]):
            gradient[i] += desk.stacked[c] * desk.f[c, i]
    regress(state.stack, gradient, weight, -weight)


@inner
@making
def practise_all(
    task: int, flags: int, n: int, label: int, weight: float, state: State, desk: Desk
) -> None:
    """Let every member learn one record of ``n`` entries."""
    rows, x, classes = desk.taken[:n], desk.new[:n], desk.q.shape[0]
    reset(task, 0.0, state, desk)
    widen(rows, x, classes, state.members, state.features, state.memory)
    project(rows, x, state.memory, 0, desk.z)
    for begin in range(0, desk.z.shape[0], classes):
        probabilities(desk.z[begin : begin + classes], desk.g[begin : begin + classes])
        desk.g[begin + label] -= 1.0
    for k in range(desk.g.shape[0]):
        desk.g[k] *= weight
    tune(task, n, float(label), state, desk)
    rates = np.repeat(state.members[at.RATE, : desk.z.shape[0] // classes], classes)
    last = fixed_end(state.members)
    descend(rows, x, desk.g, rates, state.memory, desk.heard.shape[0], last * classes)
    chase(task, flags, n, float(label), weight, last, state, desk)
