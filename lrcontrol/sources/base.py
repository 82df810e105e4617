"""What a source is: batches of messages with positions, from a place that can be resumed.

A position is where in the stream, *after* a message: resuming at it repeats and skips nothing.
It is an integer within an *origin* (a file, a partition, a pipe), so the state of a source is a
small mapping from origin to position, which is what a checkpoint stores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from lrcontrol.record import Record

#: Raw bytes of one record, or a record that needs no decoding (datasets, generators).
Message = bytes | Record
Positions = Mapping[str, int]
#: What a source wants back besides positions, as plain data; see ``Remembers``.
Memory = Mapping[str, Any]


class Batch(NamedTuple):
    """Messages read together from one origin; ``positions[i]`` is after ``messages[i]``."""

    origin: str
    messages: Sequence[Message]
    positions: Sequence[int]


class EndOfStream(Exception):
    """Nothing will come any more; raised by ``poll`` after the last batch."""


class SourceFailed(Exception):
    """The source cannot go on; the message says what happened, where, and what to do."""


class Source(Protocol):
    """A place that records come from. One thread calls all of it; nothing is called after close.

    Guaranteed: messages of one origin come in order, each once per ``open``. Not guaranteed: any
    order between origins, or that ``poll`` returns ``limit`` messages when more will come.
    """

    def open(self, positions: Positions) -> None:
        """Start after ``positions`` (empty: from the beginning). Raises SourceFailed."""
        ...

    def poll(self, limit: int, timeout: float) -> Batch | None:
        """Return 1..``limit`` messages that are there, waiting up to ``timeout`` seconds for one.

        None when nothing came in time. Never waits to fill a batch. Raises EndOfStream after the
        last batch, SourceFailed when it cannot go on.
        """
        ...

    def commit(self, positions: Positions) -> None:
        """Told once a checkpoint that holds ``positions`` is durable; may do nothing."""
        ...

    def close(self) -> None:
        """Release everything; may be called at any time, once."""
        ...

    @property
    def length(self) -> int | None:
        """Records in all, where that is known beforehand (for progress), else None."""
        ...

    @property
    def lag(self) -> int | None:
        """Records waiting that were not polled yet, where the place tells, else None."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A source that needs more than positions to go on exactly where it was.

    A file remembers what stood before its position, to know itself again; a limit how much of it
    is used up. Most sources have nothing of the kind and no such methods.
    """

    def memory(self) -> Memory:
        """Return what to keep with the positions after the last batch handed out."""
        ...

    def recall(self, memory: Memory) -> None:
        """Take back what was kept; called before ``open``."""
        ...


def memory_of(source: object) -> Memory:
    """Return what a source wants kept, nothing where it has no such wish."""
    return source.memory() if isinstance(source, Remembers) else {}


def recall(source: object, memory: Memory) -> None:
    """Give a source back what it wanted kept."""
    if isinstance(source, Remembers):
        source.recall(memory)
