"""What a member does that has lost its way: begin anew, a traced one at a lower rate."""

from __future__ import annotations

import math

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner
from lrcontrol.kernels.mixture_layout import Desk, State
from lrcontrol.kernels.mixture_share import WORST, square
from lrcontrol.kernels.trace import LEAST

#: Records the recent loss looks back, and how far it may be above that of no skill: a factor for a
#: squared error; a factor and as many nats for a log loss.
RECENTLY = 20.0
FACTOR, LOG_FACTOR, NATS = 5.0, 3.0, 0.5
#: What the rate is multiplied with, and how many records pass before the next reset.
LOWER, COOL_DOWN = 0.2, 100.0


@inner
def recent(mean: float, loss: float, count: float) -> float:
    """Return the mean loss over the last 20 records or so."""
    return mean + (loss - mean) / min(count, RECENTLY)


@inner
def sound(z: Array, first: int, last: int) -> bool:
    """Return whether the outputs ``first`` up to ``last`` are all finite."""
    finite = True
    for c in range(first, last):
        finite = finite and math.isfinite(z[c])
    return finite


@inner
def reset(task: int, y: float, state: State, desk: Desk) -> None:
    """Zero each traced member whose recent loss is far above that of no skill.

    A fixed member is zeroed only when its output is no number any more; AdaGrad's own decay brings
    it back from all else.
    """
    members, pool, losses = state.members, state.pool, desk.losses
    k, classes, count = losses.shape[0] - 1, state.counts.shape[0], pool[at.COUNT]
    members[at.RECENT, k] = recent(members[at.RECENT, k], losses[k], count)
    if task == at.REGRESSION:
        pool[at.IDLE] = recent(pool[at.IDLE], square(y), count)
        limit = FACTOR * max(members[at.RECENT, k], pool[at.IDLE])
    else:
        limit = LOG_FACTOR * members[at.RECENT, k] + NATS
    for m in range(k):
        finite = sound(desk.z, m * classes, m * classes + classes)
        # The raw output, not the clamped one: the clamp would hide a model that is far outside.
        loss = square(desk.z[m] - y) if task == at.REGRESSION else losses[m]
        members[at.RECENT, m] = recent(members[at.RECENT, m], loss if finite else WORST, count)
        members[at.COOL, m] = max(members[at.COOL, m] - 1.0, 0.0)
        traced = m * classes < desk.heard.shape[0]
        bad = traced and members[at.RECENT, m] > limit and members[at.COOL, m] == 0.0
        if bad or not finite:
            zero(m, classes, state)
            pool[at.RESETS] += 1.0
            if traced:
                members[at.RATE, m] = max(members[at.RATE, m] * LOWER, LEAST)


@inner
def zero(m: int, classes: int, state: State) -> None:
    """Forget all that member ``m`` has learned, its rate excepted."""
    members, memory = state.members, state.memory
    lanes = (members.shape[1] - 1) * classes
    for j in range(memory.shape[0]):
        for block in range(3):
            first = block * lanes + m * classes
            for c in range(first, min(first + classes, memory.shape[1])):
                memory[j, c] = 0.0
    members[at.V, m] = members[at.NORM, m] = members[at.AGE, m] = members[at.RECENT, m] = 0.0
    members[at.COOL, m] = COOL_DOWN
