"""What every member says of one record: its score, its loss, and the slope it learns from."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, loops
from lrcontrol.kernels.glm import FAR
from lrcontrol.kernels.losses import WORST_LOG, WORST_SQUARED
from lrcontrol.kernels.softmax import FLOOR
from lrcontrol.kernels.trace import SQUARED, bend

REGRESSION, BINARY, MULTICLASS = range(3)
#: Log probability credited for a class that no record has shown yet, as in ``scoring``.
NOVEL = math.log(1e-3)


def probabilities(z: Array, members: int, label: int, score: Array) -> None:
    """Turn logits z (lanes) into probabilities; write ln p(label) of each member to ``score``.

    A label without a lane yet gets ``NOVEL``.
    """
    logits = z.reshape(-1, members)
    if not len(logits):
        score[:] = NOVEL
        return
    highest = logits.max(axis=0)
    above = logits[label] - highest if label < len(logits) else highest
    np.exp(logits - highest, out=logits)
    total = np.add.reduce(logits, axis=0)
    score[:] = above - np.log(total) if label < len(logits) else NOVEL
    logits /= total


@loops(probabilities)
def _probabilities(z: Array, members: int, label: int, score: Array) -> None:
    classes = z.shape[0] // members
    for k in range(members):
        score[k] = NOVEL
        if classes == 0:
            continue
        highest = z[k]
        for c in range(1, classes):
            highest = max(highest, z[c * members + k])
        above = z[label * members + k] - highest if label < classes else 0.0
        total = 0.0
        for c in range(classes):
            z[c * members + k] = math.exp(z[c * members + k] - highest)
            total += z[c * members + k]
        if label < classes:
            score[k] = above - math.log(total)
        for c in range(classes):
            z[c * members + k] /= total


@inner
def loss_of(kind: int, score: float, y: float, low: float, high: float) -> float:
    """Return a member's loss: of its prediction within [low, high], or from its log odds.

    What is not finite counts as the worst there is.
    """
    if kind == REGRESSION:
        error = within_range(score, low, high) - y
        loss, worst = error * error, WORST_SQUARED
    elif kind == BINARY:
        margin = score if y > 0.0 else -score
        loss, worst = math.log1p(math.exp(-math.fabs(margin))) + max(-margin, 0.0), WORST_LOG
    else:
        loss, worst = -score, WORST_LOG
    return loss if loss < worst else worst


@inner
def doubted(kind: int, score: float, y: float, loss: float, count: int) -> float:
    """Return a member's loss as the leader rule sees it: as if one label in count + 1 were another.

    Rule of succession: for log loss that adds margin / (count + 1) for a label that was expected.
    Without it a member that is sure of the first class leads until the second comes, at 34 nats.
    """
    if kind == REGRESSION:
        return loss
    margin = score if y > 0.0 else -score
    if kind == MULTICLASS:
        margin = score - math.log(-math.expm1(score)) if score < 0.0 else WORST_LOG
    return loss + max(min(margin, WORST_LOG), 0.0) / (count + 1.0)


@inner
def within_range(prediction: float, low: float, high: float) -> float:
    """Return the prediction cut to [low, high]."""
    if prediction < low:
        return low
    return high if prediction > high else prediction


@inner
def slope_of(kind: int, z: float, y: float) -> float:
    """Return dl/dz: 2 (z - y), or sigma(z) - y with River's branches."""
    if kind == REGRESSION:
        return 2.0 * (z - y)
    sign = 1.0 if y > 0.0 else -1.0
    margin = z * sign
    if margin > FAR:
        return -sign * math.exp(-margin)
    if margin < -FAR:
        return -sign
    return -sign / (math.exp(margin) + 1.0)


@inner
def bend_all(
    kind: int, clip: float, weight: float, y: float, z: Array, ceilings: Array, bents: Array
) -> None:
    """Turn raw predictions z (members) into slopes, weighted and clipped; write the curvatures."""
    for k in range(z.shape[0]):
        slope = slope_of(kind, z[k], y)
        size = math.fabs(slope)
        ceilings[k] = bents[k] = SQUARED * weight
        if kind == BINARY:
            ceilings[k] = bend(size, z[k] if y > 0.0 else -z[k]) * weight
            bents[k] = size * (1.0 - size) * weight
        z[k] = min(max(slope * weight, -clip), clip)


@inner
def rivalry(z: Array, members: int, label: int, margins: Array) -> None:
    """Write how far the label's logit is above the highest other one; z (lanes)."""
    for k in range(members):
        highest = -math.inf
        for c in range(z.shape[0] // members):
            if c != label:
                highest = max(highest, z[c * members + k])
        margins[k] = z[label * members + k] - highest


@inner
def class_slopes(z: Array, members: int, label: int, margins: Array, ceilings: Array) -> None:
    """Turn probabilities z (lanes) into slopes p - 1[label], p kept as River keeps it from 0 and 1.

    ``ceilings`` (members) from the probability and the ``margins`` of the label.
    """
    for k in range(members):
        at = label * members + k
        ceilings[k] = bend(1.0 - z[at], margins[k])
        for lane in range(k, z.shape[0], members):
            z[lane] = min(max(z[lane], FLOOR), 1.0 - FLOOR)
        z[at] -= 1.0
