"""Everything a model's state is made of, leaf by leaf: to find what is not finite, and to compare.

For copies: looking at an object's ``__dict__`` slows it down for good (see ``attributes``).
Pickles cannot be compared instead: two models that predict alike to the last bit may pickle
differently, and the same model differently after a restart.
"""

from __future__ import annotations

import gc
import hashlib
import inspect
import math
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import numpy as np
from river.utils import VectorDict

#: Places where infinity is a beginning or an open end and no accident, by class and attribute.
UNBOUNDED = frozenset([
    ("DTBranch", "stats"), ("SGTLeaf", "split_params"), ("StaticQuantizer", "buckets"),
    ("Min", "min"), ("Max", "max"),
])  # fmt: skip
#: Findings after which the search ends: one is enough to refuse, a few help a person.
MOST_FOUND = 5

Leaf = tuple[str, Any]
_CODE = (type, FunctionType, BuiltinFunctionType)
#: What holds no numbers of a model, or is the door to the whole interpreter.
_DULL = (*_CODE, ModuleType, str, bytes, int, float, type(None))


def leaves(thing: Any, skip: Iterable[str] = ()) -> Iterator[Leaf]:
    """Yield ``(path, value)`` for each number, text and array in an object graph, in fixed order.

    Attributes named in ``skip`` are left out. Each object is visited once, however often it is
    met, so a graph that refers to itself ends; but a mapping of plain values each time, as two
    equal states may share one where the other holds it twice. Compiled objects give what they
    pickle.
    """
    skipped = frozenset(skip)
    seen: dict[int, Any] = {}  # holds on to what was seen: an id may not be used again meanwhile
    pending: list[Leaf] = [("", thing)]
    while pending:
        path, thing = pending.pop()
        if _is_leaf(thing):
            yield path, thing
        elif isinstance(thing, _CODE):
            yield path, f"{thing.__module__}.{thing.__qualname__}"
        elif id(thing) not in seen or _is_flat(thing):
            seen[id(thing)] = thing
            parts = [part for part in _parts(thing) if part[0].removeprefix(".") not in skipped]
            pending += [(f"{path}{name}", part) for name, part in reversed(parts)]


def digest(thing: Any, skip: Iterable[str] = ()) -> str:
    """Return a hash of the whole state: equal where every number is, to the last bit.

    >>> digest({"a": [0.1, 2]}) == digest({"a": [0.1, 2]}) != digest({"a": [0.1, 2.0]})
    True
    """
    code = hashlib.sha256()
    for path, value in leaves(thing, skip):
        code.update(f"{path}={type(value).__name__}:".encode())
        code.update(_bytes(value))
    return code.hexdigest()


def nonfinite(thing: Any) -> list[str]:
    """Return where a model holds NaN or infinity as state, the first few places.

    What a person gave as an argument (no upper limit, say) is no state.
    """
    if not _holds_nonfinite(thing):
        return []
    found = []
    for path, value in leaves(thing, skip=[":given"]):
        if isinstance(value, float | np.ndarray | np.generic) and not _is_fit(value, path):
            found.append(path)
            if len(found) == MOST_FOUND:
                break
    return found


def _holds_nonfinite(thing: Any) -> bool:
    """Return whether any float that can be reached is not finite, wherever; 20 times as fast.

    What refers to what is asked of the collector, a whole layer of objects at a time.
    """
    seen: set[int] = set()
    layer = [thing]
    while layer:
        seen.update(map(id, layer))
        beyond = gc.get_referents(*layer)
        for part in layer:
            if isinstance(part, VectorDict):  # compiled: the collector does not see into it
                beyond += part.values()
            elif isinstance(part, np.ndarray | np.generic) and not _is_fit(part, ""):
                return True
        if any(part - part != 0.0 for part in beyond if isinstance(part, float)):
            return True
        fresh = {id(part): part for part in beyond if not isinstance(part, _DULL)}
        layer = [part for at, part in fresh.items() if at not in seen]
    return False


def _parts(thing: Any) -> list[Leaf]:
    """Return what an object holds, by a name that says where."""
    if isinstance(thing, random.Random):
        return [(":random", thing.getstate())]
    if isinstance(thing, np.random.RandomState):
        return [(":random", thing.get_state(legacy=False))]
    if isinstance(thing, np.random.Generator):
        return [(":random", thing.bit_generator.state)]
    if isinstance(thing, partial):
        return [(":function", thing.func), (":given", thing.args), (":given", thing.keywords)]
    if isinstance(thing, MethodType):
        return [(":method", thing.__name__), (":self", thing.__self__)]
    if isinstance(thing, set | frozenset):
        return [("{}", part) for part in sorted(thing, key=repr)]
    parts = _attributes(thing)
    if isinstance(thing, Mapping) or hasattr(type(thing), "items"):
        parts += [(f"[{_shown(key)}]", part) for key, part in thing.items()]
        parts += [(":key", key) for key in thing if not isinstance(key, str)]
        parts += [(":default", getattr(thing, "default_factory", None))]
    elif isinstance(thing, list | tuple | deque):
        parts += [(f"[{at}]", part) for at, part in enumerate(thing)]
    elif not parts and not hasattr(thing, "__dict__"):
        parts = _pickled(thing)
    return parts


def _attributes(thing: Any) -> list[Leaf]:
    kind: type = type(thing)
    held = dict(getattr(thing, "__dict__", {}))
    for line in kind.__mro__:
        slots = vars(line).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name) and name not in ("__dict__", "__weakref__"):
                held[name] = getattr(thing, name)
    given = _arguments(kind)
    return [(_named(kind, name, given, held[name]), held[name]) for name in sorted(held)]


def _named(kind: type, name: str, given: frozenset[str], value: Any) -> str:
    if name in given and isinstance(value, float):
        return ":given"
    unbounded = any((line.__name__, name) in UNBOUNDED for line in kind.__mro__)
    return f":unbounded.{name}" if unbounded else f".{name}"


@cache
def _arguments(kind: Any) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(kind).parameters)
    except (ValueError, TypeError):  # a compiled class without one
        return frozenset()


def _pickled(thing: Any) -> list[Leaf]:
    reduced = thing.__reduce_ex__(5)
    return [(":pickled", reduced)] if isinstance(reduced, str) else [(":pickled", reduced[1:3])]


def _is_leaf(thing: Any) -> bool:
    if isinstance(thing, np.ndarray | np.generic):
        return bool(thing.dtype.kind != "O")
    return thing is None or isinstance(thing, bool | int | float | str | bytes)


def _is_flat(thing: Any) -> bool:
    return type(thing) in (dict, MappingProxyType) and all(map(_is_leaf, thing.values()))


def _shown(key: Any) -> str:
    return key if isinstance(key, str) else repr(key) if isinstance(key, int | float) else "..."


def _is_fit(value: Any, path: str) -> bool:
    if isinstance(value, float):
        return math.isfinite(value) or (not math.isnan(value) and ":unbounded" in path)
    return value.dtype.kind not in "fc" or bool(np.isfinite(value).all())


def _bytes(value: Any) -> bytes:
    if isinstance(value, float) and type(value) is float:
        return value.hex().encode()
    if isinstance(value, np.ndarray | np.generic):
        return f"{value.dtype}{value.shape}".encode() + value.tobytes()
    return value if isinstance(value, bytes) else repr(value).encode()
