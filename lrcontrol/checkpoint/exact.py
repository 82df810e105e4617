"""JSON that keeps every float to the last bit, NaN and infinities too.

A float is written as ``{"~": "0x1.8000000000000p+0"}``, a mapping with other keys than strings (or
with that one) as ``{"~": [[key, value], ...]}``. Rejected: JSON's own numbers. Python would read
them back exactly, but whole floats turn into integers in other hands, and NaN has no number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: What marks a float or a mapping that JSON has not.
MARK = "~"
#: Deepest nesting that is written or read: a position or a weight lies at 5 or 6.
DEPTH = 32


def dumps(value: Any) -> bytes:
    """Return ``value`` (None, bool, int, float, str, and lists and mappings of them).

    Tuples become lists. Raises TypeError naming what has no place in it, ValueError when it is
    nested too deeply.

    >>> dumps({"rate": 0.1, "step": 64})
    b'{"rate":{"~":"0x1.999999999999ap-4"},"step":64}'
    >>> loads(dumps([0.1, float("inf"), {True: 1.5}, None]))
    [0.1, inf, {True: 1.5}, None]
    """
    return json.dumps(_marked(value, 0), separators=(",", ":"), allow_nan=False).encode()


def loads(data: bytes) -> Any:
    """Return the value of ``dumps``. Raises ValueError for anything else."""
    try:
        return json.loads(data, object_hook=_unmarked, parse_constant=_refused)
    except (RecursionError, AttributeError, TypeError, OverflowError) as error:
        raise ValueError(f"not a value with exact floats: {error}") from None


def _marked(value: Any, depth: int) -> Any:
    if depth > DEPTH:
        raise ValueError(f"nested more than {DEPTH} deep")
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {MARK: float.hex(value)}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and key != MARK for key in value):
            return {key: _marked(v, depth + 1) for key, v in value.items()}
        return {MARK: [[_marked(k, DEPTH), _marked(v, depth + 1)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return [_marked(v, depth + 1) for v in value]
    raise TypeError(f"a {type(value).__name__} cannot be written as data")


def _unmarked(found: dict[str, Any]) -> Any:
    if MARK not in found:
        return found
    marked = found[MARK]
    return float.fromhex(marked) if isinstance(marked, str) else dict(marked)


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} outside a marked float")
