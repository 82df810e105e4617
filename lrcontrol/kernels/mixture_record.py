"""One record of the mixture: scaled as River would, and projected on the weights of all lanes."""

from __future__ import annotations

import math

import numpy as np

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, loops
from lrcontrol.kernels.mixture_layout import Desk
from lrcontrol.kernels.rows import Integers


@inner
def divided(deviation: float, variance: float) -> float:
    """Return a deviation in standard deviations, 0 where there is no variance (River's rule)."""
    if variance > 0.0:
        scaled = deviation / math.sqrt(variance)
        if math.isfinite(scaled):
            return scaled
    return 0.0


@inner
def load(
    flags: int, intercept: int, columns: Integers, values: Array, features: Array, desk: Desk
) -> int:
    """Lay one record on the desk; return how many entries it has.

    ``old`` is the record as it is predicted, ``new`` as it is learned, which differ behind the
    scaler: each feature is standardised with its own statistics before and after this record, as
    ``river.preprocessing.StandardScaler`` does. What is 0 both times is left out, so that an absent
    feature and a 0 are the same to the members; what is not finite counts as absent. The intercept,
    where there is one, is feature 0 and always 1.
    """
    if intercept:
        desk.taken[0], desk.old[0], desk.new[0] = 0, 1.0, 1.0
    count = intercept
    for i in range(columns.shape[0]):
        j, x = columns[i] + 1, values[i]
        if not math.isfinite(x):
            continue
        before = after = x
        if flags & at.SCALED:
            deviation, variance = x - features[j, at.MEAN], features[j, at.VARIANCE]
            before = after = divided(deviation, variance)
            if flags & at.LEARN:
                features[j, at.SEEN] += 1.0
                features[j, at.MEAN] += deviation / features[j, at.SEEN]
                remainder = x - features[j, at.MEAN]
                variance += (deviation * remainder - variance) / features[j, at.SEEN]
                features[j, at.VARIANCE] = variance
                after = divided(remainder, variance)
        if before != 0.0 or after != 0.0:
            desk.taken[count], desk.old[count], desk.new[count] = j, before, after
            count += 1
    return count


def project(taken: Integers, x: Array, memory: Array, first: int, out: Array) -> None:
    """Write the product of a record with ``memory[:, first : first + lanes]`` to ``out`` (lanes).

    Summed from the record's first entry to its last: no matrix product, whose order is its own.
    """
    np.add.reduce(x[:, None] * memory[taken, first : first + len(out)], axis=0, out=out)


@loops(project)
def _project(taken: Integers, x: Array, memory: Array, first: int, out: Array) -> None:
    out[:] = 0.0
    for i in range(x.shape[0]):
        j, value = taken[i], x[i]
        for k in range(out.shape[0]):
            out[k] += value * memory[j, first + k]


@inner
def widen(
    taken: Integers, x: Array, classes: int, members: Array, features: Array, memory: Array
) -> None:
    """Note the largest |x| of each feature; shrink the weights that NAG has where it has grown."""
    for i in range(x.shape[0]):
        j, size = taken[i], math.fabs(x[i])
        if size > features[j, at.PEAK]:
            ratio = features[j, at.PEAK] / size
            features[j, at.PEAK] = size
            for k in range((members.shape[1] - 1) * classes):
                if members[at.GEOMETRY, k // classes] == at.NAG:
                    memory[j, k] *= ratio
