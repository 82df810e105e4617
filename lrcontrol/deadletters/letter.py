"""A dead letter: one message that was not learned, where it stood, and why."""

from __future__ import annotations

import json
from typing import NamedTuple

from lrcontrol.decode.base import DETAIL_CAP, MESSAGE_CAP
from lrcontrol.record import Record


class Letter(NamedTuple):
    """One message that was not learned.

    ``position`` is the one after the message in its origin; ``reason`` is from a closed list (the
    decoder's or the guard's), ``error`` says it in words. ``model`` is the one that refused it, or
    "" where no model got to see it. ``whole`` is false where ``message`` was cut. ``header`` names
    the columns of a line of a table.
    """

    source: str
    origin: str
    position: int
    reason: str
    error: str
    message: bytes
    model: str = ""
    whole: bool = True
    header: bytes = b""


class Kept(NamedTuple):
    """A letter in the store: its number there, and how often it was sent again in vain."""

    id: int
    letter: Letter
    attempts: int = 0


def letter(
    source: str,
    origin: str,
    position: int,
    reason: str,
    error: str,
    message: bytes | Record,
    model: str = "",
    header: bytes = b"",
) -> Letter:
    """Return a letter cut to what is kept: 64 KiB of the message, 300 characters of the error.

    A record that never was bytes (a dataset's) is written as JSON. A message that has exactly the
    length of the cap was cut by whoever handed it on, so it does not count as whole.

    >>> letter("clicks", "a.ndjson", 17, "decode", "not JSON", b"{").whole
    True
    """
    raw = message if isinstance(message, bytes) else _written(message)
    return Letter(
        source,
        _plain(origin),
        position,
        reason,
        _plain(error[:DETAIL_CAP]),
        raw[:MESSAGE_CAP],
        model,
        len(raw) < MESSAGE_CAP,
        header[:MESSAGE_CAP],
    )


def _written(record: Record) -> bytes:
    # The standard library's writer, because it has words for NaN and infinity.
    return json.dumps({"x": record.x, "y": record.y}, default=repr, skipkeys=True).encode()


def unwritten(message: bytes | Record) -> Record:
    """Return the record that a letter holds written out.

    >>> unwritten(b'{"x": {"a": NaN}, "y": true}')
    Record(x={'a': nan}, y=True, id=None, timestamp=None)
    """
    return message if isinstance(message, Record) else Record(**json.loads(message))


def _plain(text: str) -> str:
    # A path that is no UTF-8 reaches us with lone surrogates, which no UTF-8 column can hold.
    return text.encode("utf-8", "backslashreplace").decode()
