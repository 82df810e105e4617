"""Two copies of what a loop has learned, to go back to: the last one marked, and a good one pinned.

Held as bytes: a pickle takes a tenth of the time of a deep copy, and does not slow the model down.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from typing import Any

from lrcontrol.checkpoint.pickling import PROTOCOL, _Pickler
from lrcontrol.observed import Observed


class Pins:
    """Marks and pins copies of a thing; ``outside`` is what all copies share and no roll back
    touches (the task with its counts), as are the River metrics that people look at.

    A thing that cannot be pickled is not ``able``: then there is nothing to go back to.

    >>> pins, thing = Pins(()), [1.0]
    >>> pins.mark(thing), pins.pin(), thing.append(2.0), pins.pinned()
    (24, None, None, [1.0])
    """

    def __init__(self, outside: Sequence[Any]) -> None:
        self.able = True
        self._outside = list(outside)
        self._marked: Any = None  # bytes, or from a checkpoint the thing itself
        self._pinned: Any = None

    def mark(self, thing: Any) -> int:
        """Copy the thing as it is now in place of an earlier mark; return the size in bytes."""
        try:
            self._marked = self._dumped(thing)
        except (pickle.PicklingError, TypeError, AttributeError):  # a lambda, a lock, a local class
            self.able, self._marked = False, b""
        return len(self._marked)

    def pin(self) -> None:
        """Make the marked copy the good one."""
        self._pinned = self._marked

    def pinned(self) -> Any:
        """Return a new copy of the good one."""
        if not isinstance(self._pinned, bytes):
            self._pinned = self._dumped(self._pinned)
        return self._loaded(self._pinned)

    def _dumped(self, thing: Any) -> bytes:
        out = io.BytesIO()
        pickler = _Outward(out, PROTOCOL)
        pickler.outside = self._outside
        pickler.dump(thing)
        return out.getvalue()

    def _loaded(self, data: bytes) -> Any:
        unpickler = _Inward(io.BytesIO(data))
        unpickler.outside = self._outside
        return unpickler.load()

    def __reduce__(self) -> tuple[Any, ...]:
        # The copies stay the bytes they are: to open them takes ten times as long as all the rest,
        # and a checkpoint is packed while learning waits. Whoever reads one opens them with the
        # same care as the rest of it; see ``checkpoint.unpickling``.
        copies = [c if isinstance(c, bytes) or c is None else self._dumped(c) for c in self._copies]
        return unfolded, (self.able, self._outside, *copies)

    @property
    def _copies(self) -> tuple[Any, Any]:
        return self._marked, self._pinned


def unfolded(able: bool, outside: list[Any], marked: Any, pinned: Any) -> Pins:
    """Return pins that hold these copies, as bytes or as the things themselves."""
    pins = Pins(outside)
    pins.able, pins._marked, pins._pinned = able, marked, pinned
    return pins


class _Outward(_Pickler):
    outside: list[Any]

    # Asked for objects of classes only; ``persistent_id`` is asked for every number as well.
    def reducer_override(self, thing: Any) -> Any:
        for at, known in enumerate(self.outside):
            if known is thing:
                return from_outside, (at,)
        if isinstance(thing, Observed):
            self.outside.append(thing)
            return from_outside, (len(self.outside) - 1,)
        return super().reducer_override(thing)


class _Inward(pickle.Unpickler):
    outside: list[Any]

    def find_class(self, module: str, name: str) -> Any:
        if name == from_outside.__name__ and module == __name__:
            return self.outside.__getitem__
        return super().find_class(module, name)


def from_outside(at: int) -> Any:
    """Stand for what is not copied, in a copy; unpickling puts the thing itself in its place."""
    raise pickle.UnpicklingError(f"part {at} is outside the copy")
