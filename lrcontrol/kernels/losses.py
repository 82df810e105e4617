"""The loss of each record from what the models wrote for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrcontrol.kernels.arrays import Array

if TYPE_CHECKING:
    from lrcontrol.scoring import Kind

#: Most that one record's squared error may be, so that a mean over any stream stays finite.
WORST_SQUARED = 1e300
#: Most that one record's log loss may be: a probability of 1e-15.
WORST_LOG = 34.538776394910684


def losses(kind: Kind, scores: Array, targets: Array) -> Array:
    """Return the loss (records, rates) of the scores that ``Shadows.learn`` returned.

    Squared error, or natural-log loss computed from the margin, so that it is exact where River's
    probability is 0 or 1 already. What is not finite counts as the worst.
    """
    y = targets[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "regression":
            return _worst((scores - y) ** 2, WORST_SQUARED)
        if kind == "binary":
            return _worst(np.logaddexp(0.0, np.where(y > 0.0, -scores, scores)), WORST_LOG)
        return _worst(-scores, WORST_LOG)


def _worst(loss: Array, worst: float) -> Array:
    return np.fmin(loss, worst)  # fmin, unlike minimum, gives the worst for a NaN


def clamp(scores: Array, targets: Array) -> Array:
    """Return predictions (records, rates) cut to the range of the targets of the records before.

    The first record is predicted 0.
    """
    clamped = np.zeros_like(scores)
    lows = np.minimum.accumulate(targets)[:-1, None]
    highs = np.maximum.accumulate(targets)[:-1, None]
    clamped[1:] = np.clip(scores[1:], lows, highs)
    return clamped
