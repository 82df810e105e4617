"""At the start: the newest checkpoint that can be used, or a refusal; never silently afresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from lrcontrol.checkpoint.retention import Entry
from lrcontrol.checkpoint.unusable import Unusable

T = TypeVar("T")

#: Exit code of a start without a usable checkpoint (EX_DATAERR): a supervisor should not try again.
NO_USABLE = 65
#: A newest checkpoint that is whole, but not for this installation or configuration: going back
#: behind it would throw learning away without a word, so a person decides.
DECIDE = ("versions", "configuration")


class Shelf(Protocol):
    """What is asked of a store."""

    @property
    def begun(self) -> bool:
        """Whether a checkpoint has ever been durable here."""
        ...

    @property
    def entries(self) -> Sequence[Entry]:
        """What there is, newest first."""
        ...

    def read(self, entry: Entry) -> bytes:
        """Return its bytes. Raises Unusable."""
        ...


class Recovered(NamedTuple, Generic[T]):
    """What was loaded, from where, and what had to be passed over on the way."""

    entry: Entry
    value: T
    passed: tuple[tuple[Entry, Unusable], ...] = ()


class NothingUsable(Exception):
    """There was a checkpoint and none can be used; the message says why, and what to do."""


def recover(shelf: Shelf, accept: Callable[[bytes], T]) -> Recovered[T] | None:
    """Return the newest checkpoint that ``accept`` takes, None where there never was one.

    ``accept`` gets the bytes and raises Unusable. Raises NothingUsable when every one is refused,
    when they are gone, and as soon as one is of other versions or another configuration.
    """
    passed: list[tuple[Entry, Unusable]] = []
    for entry in shelf.entries:
        try:
            return Recovered(entry, accept(shelf.read(entry)), tuple(passed))
        except Unusable as refusal:
            passed.append((entry, refusal))
            if refusal.reason in DECIDE:
                break
    if not shelf.begun:
        return None
    raise NothingUsable(_explained(passed))


def _explained(passed: Sequence[tuple[Entry, Unusable]]) -> str:
    lines = [f"  {entry.name}: {refusal.reason}: {refusal}" for entry, refusal in passed]
    found = lines or ["  there was one, and the folder is empty"]
    how = "restore a copy, or give up what was learned with --fresh"
    return "\n".join(["no checkpoint can be used:", *found, f"  to go on: {how}"])
