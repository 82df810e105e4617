"""The second wall: unpickling that finds only classes a model may be made of.

The first wall is the frame's seal; this one holds where the key has leaked, and where a bug writes
what it should not. It is an allow-list by name, looked at before anything is imported. It is not a
sandbox: whoever holds the key can still build any *allowed* object in any state, so a file with a
good seal is trusted as far as its key is. (Block-lists, rejected, are bypassed by design.)
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Sequence
from types import FunctionType, MethodType
from typing import Any

from lrcontrol import pins
from lrcontrol.checkpoint.allowed import NAMED, OURS, RIVER
from lrcontrol.checkpoint.pickling import uncollected
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.pins import Pins


def loads(data: bytes, allow: Sequence[str] = ()) -> Any:
    """Return the object graph of ``pickling.dumps``; ``data`` must come from an unsealed frame.

    ``allow`` names further modules and packages whose classes and functions may be found: those
    the configuration allows. Raises Unusable for a name outside the list, and whatever else keeps
    the graph from loading.
    """
    try:
        with uncollected():
            return _Unpickler(_Frames(data), allow).load()
    except Unusable:
        raise
    except MemoryError:
        raise Unusable("content", "it does not fit into memory") from None
    except Exception as error:  # a damaged or foreign pickle may raise anything at all
        detail = f"it does not load: {type(error).__name__}: {error}"
        raise Unusable("content", detail) from error


class _Frames:
    """Bytes that are read a frame (64 KiB) at a time through Python.

    In C the whole would be loaded without a chance for another thread: learning would stand still
    for as long as a checkpoint is proved.
    """

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def readline(self) -> bytes:
        return self._file.readline()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: _Frames, allow: Iterable[str]) -> None:
        super().__init__(file)
        self._allow = tuple(allow)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return bound_method
        if (module, name) == (pins.__name__, pins.unfolded.__name__):
            return self._unfolded
        if (module, name) in NAMED:
            return super().find_class(module, name)
        if "." not in name and not name.startswith("__"):
            found = self._find(module, name)
            if found is not None:
                return found
        raise Unusable("content", f"it asks for {module}.{name}, which no model is made of")

    def _find(self, module: str, name: str) -> Any:
        top, _, rest = module.partition(".")
        package = rest.partition(".")[0]
        if package in {"river": RIVER, "lrcontrol": OURS}.get(top, ()):
            found = super().find_class(module, name)
            same = isinstance(found, type) and _home(found) == top
            return found if same else None
        if any(module == prefix or module.startswith(f"{prefix}.") for prefix in self._allow):
            found = super().find_class(module, name)
            own = isinstance(found, type | FunctionType) and found.__module__ == module
            return found if own else None
        return None

    def _unfolded(self, able: bool, outside: list[Any], *copies: bytes | None) -> Pins:
        """Return pins with their copies opened, by the same list, and seen by any scan."""
        opened = [_Copy(_Frames(c), self._allow, outside).load() if c else c for c in copies]
        return pins.unfolded(able, outside, *opened)

    def persistent_load(self, pid: Any) -> Any:
        raise Unusable("content", "it refers to something outside itself")


class _Copy(_Unpickler):
    """A copy in pins, which shares what is outside with the graph it is in."""

    def __init__(self, file: _Frames, allow: Iterable[str], outside: list[Any]) -> None:
        super().__init__(file, allow)
        self._outside = outside

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (pins.__name__, pins.from_outside.__name__):
            return self._outside.__getitem__
        return super().find_class(module, name)


def bound_method(owner: Any, name: str) -> Any:
    """Return the method ``name`` of an object; stands in for ``getattr``, which pickle uses so.

    Raises UnpicklingError for anything but a bound method of an instance, without two underscores.
    """
    found = None if isinstance(owner, type) or name.startswith("__") else getattr(owner, name, None)
    if not isinstance(found, MethodType) or found.__self__ is not owner:
        raise pickle.UnpicklingError(f"{name!r} is no method of a {type(owner).__name__}")
    return found


def _home(kind: type) -> str:
    return kind.__module__.partition(".")[0]
