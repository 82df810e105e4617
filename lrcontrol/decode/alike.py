"""Messages that differ in their numbers only: read as one array, without an object a value."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrcontrol.kernels.decimal import Bytes
from lrcontrol.kernels.grid import Grid
from lrcontrol.kernels.lines import read_lines
from lrcontrol.record import Alike

#: A key without escapes and a number, with the blanks around them, but no line end.
MEMBER = re.compile(rb'[ \t\r]*"([^"\\\x00-\x1f]*)"[ \t\r]*:[ \t\r]*([-+.0-9eE]+)[ \t\r]*')
#: Batches that are let pass after one that was not alike, doubled each time up to the most: to find
#: out costs up to 0.2 us a record.
FEWEST, MOST = 1, 256


class Shape(NamedTuple):
    """What stands around the numbers of a message: ``between`` and its ``ends``, and the names."""

    between: Bytes
    ends: NDArray[np.int64]
    names: tuple[str, ...]
    label: int  # which of the numbers it is
    features: tuple[str, ...]  # the other names


def shape_of(message: bytes, label: str) -> Shape | None:
    """Return the shape of a flat object of numbers, None for any other message.

    >>> shape_of(b'{"a": 1, "y": 2.5}', "y").names
    ('a', 'y')
    """
    keys: list[bytes] = []
    pieces: list[bytes] = []
    at = start = 0
    while message[at : at + 1] == (b"," if keys else b"{"):
        member = MEMBER.match(message, at + 1)
        if member is None:
            return None
        keys.append(member[1])
        pieces.append(message[start : member.start(2)])
        start, at = member.end(2), member.end()
    if message[at:].rstrip(b" \t\r") != b"}":
        return None
    pieces.append(message[start:] + b"\n")
    try:
        names = tuple(key.decode() for key in keys)
    except UnicodeDecodeError:
        return None
    if label not in names or len(names) == 1 or len(set(names)) < len(names):
        return None
    ends = np.cumsum([len(piece) for piece in pieces])
    at = names.index(label)
    between = np.frombuffer(b"".join(pieces), np.uint8)
    return Shape(between, ends, names, at, names[:at] + names[at + 1 :])


class AlikeReader:
    """Reads batches of flat objects whose keys, their order and the blanks between never change.

    That is what one writer writes. Any other batch is left to whoever reads message by message, and
    so is a number that takes a second look; what is read is the same to the last bit. The compiler
    takes a second and 50 MB to load, so it is only used where kernels have loaded it anyway.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._shape: Shape | None = None
        self._pass = 0  # batches to let pass
        self._next = FEWEST  # how many to let pass after the next failure

    def read(self, messages: Sequence[Any], max_record: int) -> Alike | None:
        """Return the records of a batch of bytes, None where it is not for this reader."""
        if "numba" not in sys.modules:
            return None
        if self._pass:
            self._pass -= 1
            return None
        found = self._read(messages, max_record)
        if found is None:
            self._pass, self._next = self._next, min(2 * self._next, MOST)
        else:
            self._next = FEWEST
        return found

    def _read(self, messages: Sequence[Any], max_record: int) -> Alike | None:
        if not messages:
            return None
        text = b"\n".join([*messages, b""])
        if len(text) > max_record and max(map(len, messages)) > max_record:
            return None
        if self._shape is not None:
            found = self._values(self._shape, text, len(messages))
            if found is not None:
                return found
        self._shape = shape_of(messages[0], self._label)
        return self._shape and self._values(self._shape, text, len(messages))

    def _values(self, shape: Shape, text: bytes, count: int) -> Alike | None:
        split = count * (len(shape.names) - 1)
        values, read = np.empty(split + count), np.frombuffer(text, np.uint8)
        lines = (read, shape.between, shape.ends, shape.label, count, values)
        if read_lines(*lines, values.view(np.uint64)) < count:
            return None
        return Alike(
            Grid(shape.features, values[:split].reshape(count, -1)), values[split:].tolist()
        )
