"""The crash-loop breaker: finds the one record that kills the process, and nothing else.

What is in flight lies in a small mapped file, so it survives the process (not a power cut, and it
need not: that is no crash loop). Three starts from one checkpoint without a newer one, and records
are learned one at a time (*careful*); three careful deaths in a row on the same record, and that
record is the *suspect*, to be put aside. A person who kills the process by hand, even often, makes
it careful and no more, short of hitting the same record three times.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import NamedTuple

#: Starts from one checkpoint after which records are learned one at a time.
STARTS = 3
#: Careful deaths in a row on the same record after which it is put aside.
DEATHS = 3
#: Whole numbers of 8 bytes in the file; each is written in one store, which no signal tears.
SEQUENCE, COUNT, CAREFUL, AT_SOURCE, AT, DEATHS_AT, LAST_SOURCE, LAST = range(8)
_FIELDS = 8
#: No record in flight.
NONE = 2**64 - 1


class Verdict(NamedTuple):
    """How to start: one record at a time or in blocks; and which record to put aside, if any.

    ``suspect`` is the number of its source and the position before it. Once it has been put aside
    and passed, write a checkpoint: the next start would meet it again.
    """

    careful: bool = False
    suspect: tuple[int, int] | None = None


class InFlight:
    """What the process is at, kept for the next one.

    Raises OSError where the file cannot be mapped. One thread, one process (the store's lock).

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "in-flight"
    >>> for _ in range(7):  # each dies at the record after position 640
    ...     flight = InFlight(path)
    ...     verdict = flight.start(sequence=12)
    ...     flight.enter(source=0, position=640)
    >>> verdict
    Verdict(careful=True, suspect=(0, 640))
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        try:
            if os.fstat(descriptor).st_size != 8 * _FIELDS:  # new, or not one of ours
                os.ftruncate(descriptor, 0)
                os.ftruncate(descriptor, 8 * _FIELDS)
            self._fields = memoryview(mmap.mmap(descriptor, 8 * _FIELDS)).cast("Q")
        finally:
            os.close(descriptor)

    def start(self, sequence: int) -> Verdict:
        """Note a start from checkpoint ``sequence`` (0: from none); return how to go about it."""
        fields = self._fields
        again = fields[SEQUENCE] == sequence and fields[COUNT] > 0
        died_at = (fields[AT_SOURCE], fields[AT])
        if not again:
            fields[DEATHS_AT] = 0
        elif fields[CAREFUL] and died_at[1] != NONE:
            same = died_at == (fields[LAST_SOURCE], fields[LAST])
            fields[DEATHS_AT] = fields[DEATHS_AT] + 1 if same else 1
            fields[LAST_SOURCE], fields[LAST] = died_at
        fields[COUNT] = fields[COUNT] + 1 if again else 1
        fields[SEQUENCE], fields[AT] = sequence, NONE
        fields[CAREFUL] = int(fields[COUNT] > STARTS)
        suspect = (fields[LAST_SOURCE], fields[LAST]) if fields[DEATHS_AT] >= DEATHS else None
        return Verdict(bool(fields[CAREFUL]), suspect)

    def enter(self, source: int, position: int) -> None:
        """Note that what comes after ``position`` of a source is about to be learned."""
        self._fields[AT_SOURCE] = source
        self._fields[AT] = position

    def leave(self) -> None:
        """Note that it has been learned, and nothing is in flight."""
        self._fields[AT] = NONE

    def progress(self, sequence: int) -> None:
        """Note a newer durable checkpoint, or (with the same one) a clean stop: begin to count."""
        self._fields[SEQUENCE] = sequence
        self._fields[COUNT] = self._fields[CAREFUL] = self._fields[DEATHS_AT] = 0
