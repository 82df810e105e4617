"""The type of an unquoted YAML scalar, by the core schema of YAML 1.2.

PyYAML follows YAML 1.1, where ``1e-5`` is a string, ``off`` is False and ``1:30`` is 90.
"""

from __future__ import annotations

import math
import re

from lrcontrol.config.nodes import Value

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_INFINITY = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NAN = frozenset({".nan", ".NaN", ".NAN"})
#: Characters of the longest whole number kept exactly; past it no float could hold it, and Python
#: takes quadratic time to read it. Longer ones become floats, that is, infinite.
LONGEST_INT = 250


def resolve(text: str) -> Value:
    """Return the value of an unquoted scalar.

    >>> [resolve(text) for text in ("1e-5", "0o17", "off", "1:30", "~", "true", "-.inf", "1_000")]
    [1e-05, 15, 'off', '1:30', None, True, -inf, '1_000']
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return _whole(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    infinity = _INFINITY.fullmatch(text)
    if infinity:
        return -math.inf if infinity[1] == "-" else math.inf
    return math.nan if text in _NAN else text


def _whole(text: str) -> int | float:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    if len(text) <= LONGEST_INT:
        return int(text, base)
    return float(text) if base == 10 else math.inf
