"""The members that tune their own rates: a trace, a step of some geometry, and a guard."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, making
from lrcontrol.kernels.mixture_guard import guard
from lrcontrol.kernels.mixture_layout import Desk, State
from lrcontrol.kernels.mixture_steps import advance, aim, recall
from lrcontrol.kernels.trace import BOOST, CLIP, FADING, KAPPA, LEAST, MOST

#: Bound of the second derivative of the loss in an output, by task.
CURVATURES = (2.0, 0.25, 0.5)


@inner
def steer(members: Array, m: int, h: float, t: float) -> None:
    """Move the rate of member ``m`` against ``h``, the derivative of the loss along ln(rate).

    The law of ``trace.py`` with one trace and no band: the guard stands where the ceiling does.
    """
    if not math.isfinite(h * h):
        return
    members[at.V, m] += max(1.0 / t, FADING) * (h * h - members[at.V, m])
    if members[at.V, m] > 0.0:
        u = bounded_pull(h / math.sqrt(members[at.V, m]))
        rate = members[at.RATE, m] * math.exp(-KAPPA * (1.0 + BOOST / math.sqrt(t)) * u)
        members[at.RATE, m] = min(max(rate, LEAST), MOST)


@inner
def bounded_pull(u: float) -> float:
    """Return a normalised derivative, counted up to +-3."""
    return min(max(u, -CLIP), CLIP)


@inner
def extent(n: int, state: State, desk: Desk) -> float:
    """Return the sum of (x / largest x)^2 over the features, and 1, which NAG's pace is set by."""
    q = 1.0
    for i in range(n):
        if desk.taken[i] > 0 and desk.new[i] != 0.0:
            ratio = desk.new[i] / state.features[desk.taken[i], at.PEAK]
            q += ratio * ratio
    return q


@inner
@making
def tune(task: int, n: int, y: float, state: State, desk: Desk) -> None:
    """Let every traced member move its rate, then take its step on a record of ``n`` entries.

    On the desk: ``z`` and ``g``, the outputs before the step and dl/dz.
    """
    members, memory, now = state.members, state.memory, state.pool[at.COUNT]
    classes, rows, x = state.counts.shape[0], desk.taken[:n], desk.new[:n]
    lams, lanes = members[at.LAM], desk.g.shape[0]
    recall(rows, x, now, lams, classes, lanes, state.features, memory, desk.heard)
    move, reach, pull = np.empty((n, classes)), np.empty(classes), np.empty(classes)
    q = extent(n, state, desk)
    for m in range(desk.heard.shape[0] // classes):
        begin, end = m * classes, m * classes + classes
        h = 0.0
        for c in range(begin, end):
            h += desk.g[c] * desk.heard[c]
        steer(members, m, h, now)
        members[at.NORM, m] += q
        members[at.AGE, m] += 1.0
        geometry, pace = (
            int(members[at.GEOMETRY, m]),
            math.sqrt(members[at.AGE, m] / members[at.NORM, m]),
        )
        aim(
            geometry,
            pace,
            rows,
            x,
            desk.g[begin:end],
            lanes + begin,
            state.features,
            memory,
            move,
            reach,
        )
        for c in range(classes):
            rate = members[at.RATE, m]
            if geometry == at.IADA:
                rate /= 1.0 + rate * reach[c] * CURVATURES[task]
            pull[c] = -rate * desk.g[begin + c]
            reach[c] *= pull[c]
        members[at.RATE, m] *= guard(task, y, desk.z[begin:end], reach, pull)
        advance(rows, move, pull, members[at.LAM, m], begin, 2 * lanes + begin, memory)
    for i in range(n):
        state.features[desk.taken[i], at.TOUCHED] = now
