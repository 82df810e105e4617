"""River's StandardScaler over a block of dense records: each scaled as before and as after it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lrcontrol.kernels.arrays import Array, dense
from lrcontrol.kernels.compiler import kernel, loops


def standardise(x: Array, mean: Array, var: Array, count: float, old: Array, new: Array) -> None:
    """Scale one record with the statistics before and after it, which are updated in place.

    Welford's mean and population variance; a feature without variance is scaled to 0. All arrays
    (features); ``count`` records were seen, this one included.
    """
    deviation = x - mean
    _divide(deviation, var, old)
    mean += deviation / count
    remainder = x - mean
    var += (deviation * remainder - var) / count
    _divide(remainder, var, new)


def _divide(deviation: Array, var: Array, out: Array) -> None:
    out[:] = 0.0
    np.divide(deviation, np.sqrt(var), out=out, where=var != 0.0)


@loops(standardise)
def _standardise(x: Array, mean: Array, var: Array, count: float, old: Array, new: Array) -> None:
    for j in range(x.shape[0]):
        deviation = x[j] - mean[j]
        old[j] = deviation / np.sqrt(var[j]) if var[j] != 0.0 else 0.0
        mean[j] += deviation / count
        remainder = x[j] - mean[j]
        var[j] += (deviation * remainder - var[j]) / count
        new[j] = remainder / np.sqrt(var[j]) if var[j] != 0.0 else 0.0


@kernel
def scale(x: Array, mean: Array, var: Array, count: int, before: Array, after: Array) -> None:
    """Scale a block of records (records, features) of which ``count`` came before."""
    for t in range(x.shape[0]):
        standardise(x[t], mean, var, count + t + 1.0, before[t], after[t])


class Scaled(NamedTuple):
    """A block of records as they are predicted and as they are learned."""

    before: Array
    after: Array


class Scaler:
    """The statistics of ``features`` features that are all present in every record.

    Equals ``river.preprocessing.StandardScaler`` up to the last bit of a square root. Not for
    records in which features appear or vanish: River counts each feature for itself.

    >>> from lrcontrol.kernels import Scaler
    >>> Scaler(1).learn([[10.557], [9.100], [10.945]])
    Scaled(before=array([[0.   ], [0.   ], [1.533]]), after=array([[ 0.   ], [-1.   ], [ 0.937]]))
    """

    def __init__(self, features: int) -> None:
        self.means = np.zeros(features)
        self.variances = np.zeros(features)
        self.count = 0

    def learn(self, records: ArrayLike) -> Scaled:
        """Return a block of records (records, features) scaled; update the statistics."""
        x = dense(records)
        scaled = Scaled(np.empty_like(x), np.empty_like(x))
        scale(x, self.means, self.variances, self.count, *scaled)
        self.count += len(x)
        return scaled
