"""Which member is served: the discounted leader, with a dead band against flutter."""

from __future__ import annotations

import math
from typing import NamedTuple

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner
from lrcontrol.kernels.outlook import REGRESSION
from lrcontrol.kernels.rows import Integers

#: Records that the scale of squared losses looks back.
SCALE_RECORDS = 500.0
#: One record moves that scale by so many times itself at most.
OUTLIER = 25.0
#: Most that one record of squared loss counts against a member.
WORST = 50.0
#: Records over which the dead band opens: early on little evidence is all there is.
OPENING = 200.0


class Leader(NamedTuple):
    """``behind`` (members): faded sums of what each lost against the best; ``served`` (1).

    ``scale`` (1): running mean of the served loss; ``range`` (3): lowest and highest label
    so far, and how many there were; ``spent`` (members): sums of losses since they were last read.
    """

    behind: Array
    served: Integers
    scale: Array
    range: Array
    spent: Array


@inner
def scaled_by(scale: float, loss: float, count: int) -> float:
    """Return the running mean of the served loss after record ``count`` >= 1."""
    a = 1.0 / min(float(count), SCALE_RECORDS)
    if scale > 0.0:
        return scale + a * (min(loss, OUTLIER * scale) - scale)
    return a * loss


@inner
def lead(
    kind: int, memory: float, switch: float, losses: Array, loss: float, count: int, leader: Leader
) -> None:
    """Let the members' losses of one record count, and change the served one where it is behind.

    ``F_k <- F_k (1 - 1/memory) + min((l_k - min l) / (2 scale), 50)`` for squared losses, the bare
    difference for log losses, as they are ``doubted``; another is served once it is ahead by more
    than ``switch``. ``loss`` is the served one, which gives the scale: the least of so many is
    often near 0 by chance, and made every difference a capped one.
    """
    least = math.inf
    for k in range(losses.shape[0]):
        least = min(least, losses[k])
    leader.scale[0] = scaled_by(leader.scale[0], loss, count)
    best = 0
    for k in range(losses.shape[0]):
        lost = losses[k] - least
        if kind == REGRESSION:
            unit = 2.0 * leader.scale[0]
            lost = min(lost / unit, WORST) if unit > 0.0 else 0.0
        leader.behind[k] = leader.behind[k] * (1.0 - 1.0 / memory) + lost
        if leader.behind[k] < leader.behind[best]:
            best = k
    if leader.behind[leader.served[0]] - leader.behind[best] > switch * min(count / OPENING, 1.0):
        leader.served[0] = best


@inner
def witness(y: float, leader: Leader) -> None:
    """Widen the range of labels seen by one."""
    first = leader.range[2] == 0.0
    leader.range[0] = y if first else min(leader.range[0], y)
    leader.range[1] = y if first else max(leader.range[1], y)
    leader.range[2] += 1.0
