"""What decoding is: a batch of messages in; records, and rejections with a reason, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from lrcontrol.record import Record

#: Why a message gives no record; a closed list, because it becomes a metric label.
#: ``decode``: not JSON, CSV or UTF-8. ``schema``: no object, no label, no features, wrong number of
#: cells. ``type``: a value that is no number, string or boolean. ``too_large``: over the cap.
Reason = Literal["decode", "schema", "type", "too_large"]

#: Bytes of a rejected message that are kept: enough to find the fault, not enough to fill a disk.
MESSAGE_CAP = 64 * 1024
#: Characters of a detail that are kept, since a detail may quote the message.
DETAIL_CAP = 300


class Rejection(NamedTuple):
    """A message that gave no record: why, in words too, its position, and its first bytes."""

    reason: Reason
    detail: str
    position: int
    message: bytes


class Decoded(NamedTuple):
    """What a batch held; ``positions[i]`` is after the message of ``records[i]``."""

    records: Sequence[Record]
    positions: list[int]
    rejected: list[Rejection]


class Undecoded(Protocol):
    """What a decoder wants of a batch; ``sources.base.Batch`` is one, but decoding reads nothing.

    ``positions[i]`` is after ``messages[i]``.
    """

    @property
    def messages(self) -> Sequence[bytes | Record]:
        """Raw messages, or records as they are."""
        ...

    @property
    def positions(self) -> Sequence[int]:
        """One position a message."""
        ...


class Decoder(Protocol):
    """Turns messages into records; may remember what describes the messages (a CSV header)."""

    def decode(self, batch: Undecoded) -> Decoded:
        """Return every message of ``batch`` as a record or as a rejection, in order.

        Raises nothing on account of a message: an exception is a fault of the decoder.
        """
        ...


class Unfit(Exception):
    """Raised inside a decoder for a message that gives no record; never leaves it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail[:DETAIL_CAP]


class Rows(list[bytes]):
    """The lines of one table, with the line that names their columns.

    A batch of CSV carries its own header, so that a file that takes the place of another may order
    its columns differently. Rejected: the header as a first message (it would be counted and paced
    as a record) and a header in the decoder's settings (it is not known before the source is open).
    """

    def __init__(self, header: bytes, lines: Sequence[bytes]) -> None:
        super().__init__(lines)
        self.header = header


def decode_each(batch: Undecoded, record_of: Callable[[bytes], Record], max_record: int) -> Decoded:
    """Decode message by message; one longer than ``max_record`` bytes is not looked into."""
    records: list[Record] = []
    positions: list[int] = []
    rejected: list[Rejection] = []
    message: Any
    for message, position in zip(batch.messages, batch.positions, strict=True):
        try:
            if len(message) > max_record:
                raise Unfit("too_large", f"longer than max_record ({max_record} bytes)")
            records.append(record_of(message))
            positions.append(position)
        except Unfit as fault:
            kept = message[:MESSAGE_CAP]
            rejected.append(Rejection(fault.reason, fault.detail, position, kept))
    return Decoded(records, positions, rejected)
