"""River's StandardScaler on rows: each feature counted for itself, the absent ones untouched."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import loops
from lrcontrol.kernels.rows import Integers


class Scales(NamedTuple):
    """Records seen, mean and population variance of each column; all (columns) float64."""

    counts: Array
    means: Array
    variances: Array


def standardise(scales: Scales, columns: Integers, values: Array, out: Array) -> None:
    """Write one record's values less their means, over their deviations, to ``out`` (entries).

    A column without variance, or never seen, gives 0.
    """
    variances = scales.variances[columns]
    out[:] = 0.0
    remainders = values - scales.means[columns]
    np.divide(remainders, np.sqrt(variances), out=out, where=variances > 0.0)


@loops(standardise)
def _standardise(scales: Scales, columns: Integers, values: Array, out: Array) -> None:
    for i in range(columns.shape[0]):
        variance = scales.variances[columns[i]]
        remainder = values[i] - scales.means[columns[i]]
        out[i] = remainder / np.sqrt(variance) if variance > 0.0 else 0.0


def count_in(scales: Scales, columns: Integers, values: Array) -> None:
    """Let the statistics learn one record, by Welford's rule."""
    deviations = values - scales.means[columns]
    scales.counts[columns] += 1.0
    scales.means[columns] += deviations / scales.counts[columns]
    remainders = values - scales.means[columns]
    variances = scales.variances[columns]
    variances += (deviations * remainders - variances) / scales.counts[columns]
    scales.variances[columns] = variances


@loops(count_in)
def _count_in(scales: Scales, columns: Integers, values: Array) -> None:
    for i in range(columns.shape[0]):
        j = columns[i]
        deviation = values[i] - scales.means[j]
        scales.counts[j] += 1.0
        scales.means[j] += deviation / scales.counts[j]
        remainder = values[i] - scales.means[j]
        variance = scales.variances[j]
        scales.variances[j] = variance + (deviation * remainder - variance) / scales.counts[j]
