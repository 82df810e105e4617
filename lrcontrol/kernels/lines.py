"""Lines of text that differ in their numbers only become an array, in a kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import kernel
from lrcontrol.kernels.decimal import Bytes, Words, read_decimal


@kernel
def read_lines(
    text: Bytes, between: Bytes, ends: NDArray[np.int64], values: Array, bits: Words
) -> int:
    """Read the numbers of ``values.shape[0]`` lines; return how many lines were as expected.

    ``between``: what stands before, between and after the numbers of a line, one after the other,
    the last with the one line end there is in it; piece k ends at ``ends[k]``. A line that is not
    so ends the reading, and so does the end of ``text``, which ends with a line end. ``values``
    (n, numbers) and ``bits`` are the same memory, written to.
    """
    i = 0
    for t in range(values.shape[0]):
        if i >= text.shape[0]:
            return t
        k = 0
        for piece in range(ends.shape[0]):
            if piece > 0:
                i = read_decimal(text, i, values[t], bits[t], piece - 1)
                if i < 0:
                    return t
            while k < ends[piece]:
                if text[i] != between[k]:
                    return t
                i += 1
                k += 1
    return values.shape[0] if i == text.shape[0] else 0
