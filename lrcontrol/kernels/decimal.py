"""Decimal numbers as they stand in JSON become the nearest float64, in a kernel.

Up to 15 digits and small powers of ten are one exact operation on two exact floats (Clinger 1990,
"How to read floating point numbers accurately"); the rest is a product with 128 bits of a power of
five (Lemire 2021, "Number parsing at a gigabyte per second", doi:10.1002/spe.2984).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

#: Powers of ten that the tables of powers of five reach: all that a normal float64 can hold.
LEAST, MOST = -342, 308
#: Powers of ten that a float64 holds exactly, and the integers up to which it holds all.
EXACT = 22
WHOLE = 2**53
#: A digit more than this many would not fit 64 bits; the shortest form of a float64 has 17.
DIGITS = 10**17
#: An exponent beyond it is out of range, however many digits come before it.
FAR = 10_000

POWERS = 10.0 ** np.arange(EXACT + 1)
LOW_HALF, ONE = np.uint64(0xFFFFFFFF), np.uint64(1)
#: The bits of a product below the 55 that a result and its rounding need.
UNSURE = np.uint64(0x1FF)
FRACTION = np.uint64(2**52 - 1)


def _powers_of_five() -> Words:
    """Return (2, powers): the upper and lower 64 of the first 128 bits of 5 ** q, rounded down.

    Of a negative q they are those of the reciprocal, rounded up.
    """
    found = []
    for q in range(LEAST, MOST + 1):
        five = 5 ** abs(q)
        if q >= 0:
            shift = 128 - five.bit_length()
            bits = five << shift if shift >= 0 else five >> -shift
        else:
            # To -27, where a product may lie exactly between two floats: rounded up at bit 128.
            length = (five - 1).bit_length()
            bits = (1 << (length + 127 if q >= -27 else 2 * length + 128)) // five + 1
            bits >>= bits.bit_length() - 128
        found.append((bits >> 64, bits & (2**64 - 1)))
    return np.ascontiguousarray(np.array(found, np.uint64).T)


FIVES = _powers_of_five()


@inner
def upper(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return the upper 64 bits of a product of two words."""
    half = np.uint64(32)
    a1, a0, b1, b0 = a >> half, a & LOW_HALF, b >> half, b & LOW_HALF
    low, mid = a0 * b0, a1 * b0
    mid2 = a0 * b1 + (low >> half) + (mid & LOW_HALF)
    return np.uint64(a1 * b1 + (mid >> half) + (mid2 >> half))


@inner
def nearest(digits: int, q: int, bits: Words, at: int) -> bool:
    """Write the bits of ``digits * 10 ** q`` to ``bits[at]``; False where that is out of range."""
    if q < LEAST or q > MOST:
        return False
    shift, w = 0, np.uint64(digits)
    while w >> np.uint64(63) == np.uint64(0):
        w, shift = w << ONE, shift + 1
    high, low = upper(w, FIVES[0, q - LEAST]), w * FIVES[0, q - LEAST]
    if high & UNSURE == UNSURE:
        more = upper(w, FIVES[1, q - LEAST])
        low = low + more
        if more > low:
            high = high + ONE
    top = int(high >> np.uint64(63))
    mantissa = high >> np.uint64(top + 9)
    power = ((217706 * q) >> 16) + 63 + top - shift + 1023
    if power <= 0 or power >= 2046:  # subnormal, or close to where infinity begins
        return False
    halfway = low <= ONE and q >= -4 and q <= 23 and mantissa & np.uint64(3) == ONE
    if halfway and mantissa << np.uint64(top + 9) == high:
        mantissa = mantissa - ONE  # exactly between two floats: to the even one
    mantissa = (mantissa + (mantissa & ONE)) >> ONE
    if mantissa > (FRACTION << ONE) + ONE:
        mantissa, power = np.uint64(2**52), power + 1
    bits[at] = (mantissa & FRACTION) | (np.uint64(power) << np.uint64(52))
    return True


@inner
def read_exponent(text: Bytes, i: int) -> tuple[int, int]:
    """Return where the exponent that begins at ``text[i]`` ends, -1 where there is none, and it."""
    down = text[i] == 45
    i += down or text[i] == 43
    start, power = i, 0
    while 48 <= text[i] <= 57 and power < FAR:
        power = power * 10 + (int(text[i]) - 48)
        i += 1
    return i if i > start else -1, -power if down else power


@inner
def read_decimal(text: Bytes, i: int, values: Array, bits: Words, at: int) -> int:
    """Write the number that begins at ``text[i]`` to ``values[at]``; return where it ends.

    ``bits`` is the same memory as ``values``. -1 where it is no JSON number, or one that takes a
    second look: more than 18 digits, subnormal, out of range. ``text`` goes on after the number.
    """
    negative = text[i] == 45
    i += negative
    digits, first, point = 0, i, -1
    while True:
        code = int(text[i])
        if 48 <= code <= 57:
            if digits >= DIGITS:
                return -1
            digits = digits * 10 + (code - 48)
        elif code == 46 and point < 0 and i > first:
            point = i
        else:
            break
        i += 1
    places = 0 if point < 0 else i - point - 1
    whole = (i if point < 0 else point) - first
    if whole == 0 or (point >= 0 and places == 0) or (whole > 1 and text[first] == 48):
        return -1
    q = -places
    if text[i] == 101 or text[i] == 69:
        i, power = read_exponent(text, i + 1)
        if i < 0:
            return -1
        q += power
    if digits == 0:
        if negative and point < 0:
            return -1
        values[at] = 0.0
    elif digits <= WHOLE and -EXACT <= q <= EXACT:
        values[at] = digits / POWERS[-q] if q < 0 else digits * POWERS[q]
    elif not nearest(digits, q, bits, at):
        return -1
    if negative:
        values[at] = -values[at]
    return i
