"""The types of what passes between kernels."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]
#: What an elementwise law takes and gives: a float when compiled, an array when numpy runs it.
Numbers: TypeAlias = Any


def dense(values: ArrayLike) -> Array:
    """Return ``values`` as kernels want them: float64, C-contiguous, writable."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64 and values.flags.carray:
        return values  # a block's targets are: np.require takes as long as ten of its records
    return np.require(values, np.float64, ["C_CONTIGUOUS", "WRITEABLE"])
