"""Which checkpoints are kept: the last few, one an hour for a day, and the one pinned as good."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lrcontrol.checks import Count, Natural, check
from lrcontrol.units import Size

#: What a checkpoint's file is called: its sequence number, and the hour since 1970 it was written
#: in, so that retention need not open it.
_NAME = re.compile(r"(ck|good)-([0-9]{12,18})-([0-9]{1,9})", re.ASCII)


class Entry(NamedTuple):
    """A checkpoint in its folder. Sequence numbers grow by every attempt and are never reused."""

    sequence: int
    hour: int
    good: bool = False

    @property
    def name(self) -> str:
        """The file's name.

        >>> Entry(42, 493271).name
        'ck-000000000042-493271'
        """
        return f"{'good' if self.good else 'ck'}-{self.sequence:012d}-{self.hour}"

    @classmethod
    def of(cls, name: str) -> Entry | None:
        """Return the entry a file's name stands for, None where it is not one of ours.

        >>> Entry.of("good-000000000042-493271"), Entry.of("notes.txt")
        (Entry(sequence=42, hour=493271, good=True), None)
        """
        found = _NAME.fullmatch(name)
        return cls(int(found[2]), int(found[3]), found[1] == "good") if found else None


@dataclass(frozen=True)
class Retention:
    """Which checkpoints are kept. What is pinned as good is kept besides, whatever its age.

    Parameters
    ----------
    last
        Newest checkpoints that are kept.
    hourly
        Hours with a checkpoint of which the newest one is kept.
    max_bytes
        Bytes of all checkpoints together; beyond it the oldest go, down to the newest one.
    """

    last: Count = 3
    hourly: Natural = 24
    max_bytes: Size = 2**30

    def __post_init__(self) -> None:
        check(self)

    def kept(self, sizes: Sequence[tuple[Entry, int]]) -> set[Entry]:
        """Return what is kept of the entries, given with their sizes in bytes, in any order.

        A clock that jumps makes hours repeat or be skipped, and changes no more than which of the
        older ones stay.

        >>> entries = [(Entry(n, hour=n // 10), 100) for n in range(40)]
        >>> sorted(e.sequence for e in Retention(last=2, hourly=3).kept(entries))
        [19, 29, 38, 39]
        """
        newest = sorted((pair for pair in sizes if not pair[0].good), reverse=True)
        kept = {entry for entry, _ in newest[: self.last]}
        hours: dict[int, Entry] = {}
        for entry, _ in newest:
            hours.setdefault(entry.hour, entry)
        kept.update(list(hours.values())[: self.hourly])
        room = self.max_bytes
        for at, (entry, size) in enumerate(pair for pair in newest if pair[0] in kept):
            room -= size
            if room < 0 and at:
                kept.discard(entry)
        return kept | {entry for entry, _ in sizes if entry.good}
