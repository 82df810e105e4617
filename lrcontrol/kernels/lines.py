"""Lines of text that differ in their numbers only become an array, in a kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import kernel
from lrcontrol.kernels.decimal import Bytes, Words, read_decimal


@kernel
def read_lines(
    text: Bytes, between: Bytes, ends: NDArray[np.int64], label: int, lines: int, values: Array,
    bits: Words,
) -> int:  # fmt: skip
    """Read the numbers of so many lines; return how many lines were as expected.

    ``between``: what stands before, between and after the numbers of a line, one after the other,
    the last with the one line end there is in it; piece k ends at ``ends[k]``. A line that is not
    so ends the reading, and so does the end of ``text``, which ends with a line end. ``values``
    (lines * numbers) takes the features line by line, then number ``label`` of each line;
    ``bits`` is the same memory.
    """
    width, i = ends.shape[0] - 2, 0
    for t in range(lines):
        if i >= text.shape[0]:
            return t
        k, at = 0, t * width
        for piece in range(width + 2):
            if piece - 1 == label:
                i = read_decimal(text, i, values, bits, lines * width + t)
            elif piece > 0:
                i = read_decimal(text, i, values, bits, at)
                at += 1
            if i < 0:
                return t
            while k < ends[piece]:
                if text[i] != between[k]:
                    return t
                i += 1
                k += 1
    return lines if i == text.shape[0] else 0
