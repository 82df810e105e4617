"""The guard of a traced member: a step that raises its own record's loss is pulled back."""

from __future__ import annotations

import math

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner

#: How often and how far a step is pulled back, and what the rate is multiplied with when one was.
PULLS, PULL, BACK_OFF = 8, 0.25, 0.9


@inner
def guard(task: int, y: float, z: Array, change: Array, pull: Array) -> float:
    """Shorten ``pull`` until the record's loss does not rise; return the factor of the rate.

    ``z`` (classes): a member's outputs; ``change``, what the whole step would add to them. The
    model is linear, so that its outputs after a shorter step need no pass over the features.
    """
    part, pulls = 1.0, 0
    while pulls < PULLS and rose(task, y, z, change, part):
        part *= PULL
        pulls += 1
    if not pulls:
        return 1.0
    for c in range(pull.shape[0]):
        pull[c] *= part
    return BACK_OFF


@inner
def rose(task: int, y: float, z: Array, change: Array, part: float) -> bool:
    """Return whether the record's loss is above what it was, at ``z + part * change``.

    A NaN counts as risen. A step down a log loss of one output cannot raise it.
    """
    if task == at.REGRESSION:
        return not math.fabs(z[0] + part * change[0] - y) <= math.fabs(z[0] - y)
    if task == at.BINARY:
        return not math.isfinite(change[0])
    label = int(y)
    return not surprise(z, change, part, label) <= surprise(z, change, 0.0, label)


@inner
def surprise(z: Array, change: Array, part: float, label: int) -> float:
    """Return -ln p(label) of a softmax at ``z + part * change``."""
    own = z[label] + part * change[label]
    highest, total = own, 0.0
    for c in range(z.shape[0]):
        highest = max(highest, z[c] + part * change[c])
    for c in range(z.shape[0]):
        total += math.exp(z[c] + part * change[c] - highest)
    return float(math.log(total) - (own - highest))
