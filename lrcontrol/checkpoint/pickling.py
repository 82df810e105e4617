"""A model's object graph as bytes, without slowing the model down.

``pickle`` asks every object for its ``__dict__``, and CPython 3.11 and 3.12 read the attributes of
an object that was asked more slowly from then on (see ``attributes``): the served model when it is
written, and its successor when it is loaded. So plain objects are taken apart and put together
attribute by attribute. That is dearer than pickle's own way and pays for the few objects that every
record passes through; the thousands in the leaves of a tree are left to pickle, which is three
times as fast on them, and no difference was seen in how fast such a tree learns.
"""

from __future__ import annotations

import copyreg
import gc
import io
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import FunctionType
from typing import Any

from lrcontrol.attributes import _names

PROTOCOL = 5
_MISSING = object()
#: Objects that are taken apart with care: a pipeline has some twenty, an ensemble of them hundreds.
CAREFUL = 1000
#: What a class must not define for its objects to be nothing but their attributes.
_OWN_WAYS = (
    "__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__getnewargs__",
    "__getnewargs_ex__", "__getattr__", "__getattribute__",
)  # fmt: skip
#: Where River's scalers are, and all that their ``__setstate__`` calls: it takes the attributes as
#: they come, and fills in one that older pickles lack. It does so in ``__dict__``, so it is passed
#: by; one that calls anything else, in another version or a subclass, is left to do its work.
_SCALERS = "river.preprocessing.scale"
_FILLS = ("setdefault", "__dict__", "update")


def dumps(graph: Any) -> bytes:
    """Return the pickle (protocol 5) of an object graph, its attributes read but not touched.

    Whatever ``pickle`` raises for what cannot be pickled (a lambda, a lock) passes through.

    >>> from river import linear_model
    >>> import pickle
    >>> type(pickle.loads(dumps(linear_model.LinearRegression()))).__name__
    'LinearRegression'
    """
    out = io.BytesIO()
    with uncollected():
        _Pickler(out, PROTOCOL).dump(graph)
    return out.getvalue()


@contextmanager
def uncollected() -> Iterator[None]:
    """Do without the garbage collector meanwhile: what is made here is no garbage, but so much of
    it that all objects of the process would be looked at, some 100 ms while learning waits.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Pickler(pickle.Pickler):
    _left = CAREFUL

    def reducer_override(self, thing: Any) -> Any:
        kind: type = type(thing)
        if not self._left or not _is_plain(kind):
            return NotImplemented
        self._left -= 1
        held = _held(thing, kind)
        if held is None:
            return NotImplemented
        return copyreg.__newobj__, (kind,), held, None, None, restore  # type: ignore[attr-defined]


def restore(thing: Any, held: Mapping[str, Any]) -> None:
    """Give an empty object its attributes; called by unpickling.

    Refuses classes and modules, whose attributes are everybody's.
    """
    kind: type = type(thing)
    if not _is_plain(kind):
        raise pickle.UnpicklingError(f"a {kind.__name__} takes no attributes")
    for name, value in held.items():
        object.__setattr__(thing, name, value)


def _held(thing: Any, kind: type) -> dict[str, Any] | None:
    """Return all attributes, or None where only ``__dict__`` tells.

    What the collector sees of a plain object is its attributes' values and its class: when the
    names found explain exactly that, nothing is missing.
    """
    seen = gc.get_referents(thing)
    values = sorted(map(id, seen))
    for names in (_usual.get(kind, ()), _possible(kind)):
        held = {}
        for name in names:
            value = getattr(thing, name, _MISSING)
            if value is not _MISSING:
                held[name] = value
        if sorted([*map(id, held.values()), id(kind)]) == values:
            _usual[kind] = tuple(held)
            return held
    return None


#: The names that the last object of a class had: tried first, as most of those a class mentions are
#: no attributes, and to ask for all of them took half of the time of a small loop's pickle.
_usual: dict[type, tuple[str, ...]] = {}


@cache
def _possible(kind: type) -> tuple[str, ...]:
    """Return names that may be attributes; a field's may stand in the class too, as its default."""
    return tuple(sorted({*_names(kind), *getattr(kind, "__dataclass_fields__", ())}))


@cache
def _is_plain(kind: type) -> bool:
    *classes, last = kind.__mro__
    if last is not object or not getattr(kind, "__dictoffset__", 0):
        return False
    if issubclass(kind, type) or kind.__itemsize__ or not kind.__flags__ & _HEAP:
        return False
    ways = [vars(c)[name] for c in classes for name in _OWN_WAYS if name in vars(c)]
    own = not all(map(_only_fills, ways))
    built_in = any(not c.__flags__ & _HEAP or vars(c).get("__slots__") for c in classes)
    return not own and not built_in


def _only_fills(way: Any) -> bool:
    if not isinstance(way, FunctionType) or way.__module__ != _SCALERS:
        return False
    return way.__name__ == "__setstate__" and way.__code__.co_names == _FILLS


#: Py_TPFLAGS_HEAPTYPE: the class was made by a class statement (or is written like one).
_HEAP = 1 << 9
