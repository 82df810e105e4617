"""What two states must have in common: every number they hold, to the last bit."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from math import isfinite
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

#: Not state: code, and what holds code.
CODE = (type, FunctionType, BuiltinFunctionType, MethodType, property)
#: What has no parts.
PLAIN = (float, bool, int, str, bytes, type(None))


def numbers(thing: Any) -> list[tuple[str, str]]:
    """Return every number and text a state holds, with the path to it; floats as hexadecimal.

    Each object once, so shared parts and circles end; but a mapping of plain values each time, as
    two states may share one where the other holds it twice. Sets are sorted, their order is no
    state.
    """
    return list(_walk(thing, "", set(), []))


def nonfinite(thing: Any) -> list[str]:
    """Return the paths of NaN and infinite floats in a state."""
    bad = ("nan", "inf", "-inf")
    return [path for path, text in numbers(thing) if text in bad]


def _walk(thing: Any, path: str, seen: set[int], alive: list[Any]) -> Iterator[tuple[str, str]]:
    if isinstance(thing, PLAIN):
        yield path, _text(thing)
    elif isinstance(thing, dict) and all(isinstance(value, PLAIN) for value in thing.values()):
        yield from ((f"{path}[{key!r}]", _text(value)) for key, value in thing.items())
    elif not isinstance(thing, CODE) and id(thing) not in seen:
        seen.add(id(thing))
        alive.append(thing)  # an id may not be used again while we walk
        for name, part in _parts(thing):
            yield from _walk(part, f"{path}{name}", seen, alive)


def _text(thing: Any) -> str:
    if not isinstance(thing, float):
        return repr(thing)
    return float(thing).hex() if isfinite(thing) else str(float(thing))


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, random.Random):
        yield "<random>", thing.getstate()
        return
    if isinstance(thing, np.random.RandomState):
        thing = thing.get_state()
    if isinstance(thing, (np.ndarray, np.generic)):
        yield "<array>", thing.tolist()
        return
    if isinstance(thing, Mapping):
        for key, value in thing.items():
            yield f"[{key!r}]", value
    elif isinstance(thing, (set, frozenset)):
        yield "<set>", sorted(map(repr, thing))
    elif hasattr(type(thing), "__iter__") and hasattr(type(thing), "__len__"):
        yield from ((f"[{at}]", part) for at, part in enumerate(thing))
    yield from _attributes(thing)


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    held = getattr(thing, "__dict__", None)
    if held is not None:
        yield from ((f".{name}", held[name]) for name in sorted(held))
    slots = [name for kind in type(thing).__mro__ for name in vars(kind).get("__slots__", ())]
    yield from ((f".{name}", getattr(thing, name)) for name in slots if hasattr(thing, name))
    if held is None and not slots and type(thing).__module__.startswith("river"):
        yield "<reduced>", thing.__reduce_ex__(4)[1:3]  # compiled classes tell this way only
