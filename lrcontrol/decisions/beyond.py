"""Where in the decision log a checkpoint ends: a process that died decided what is beyond."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec


class Place(NamedTuple):
    """The number of a file, and bytes from its beginning."""

    file: int
    offset: int


class Glance(msgspec.Struct):
    """As much of a line as is looked at: of an entry, of a head."""

    model: str = ""
    step: int = -1
    why: str = ""
    steps: dict[str, int] = {}


_glances = msgspec.json.Decoder(Glance)


class Found(NamedTuple):
    """What one file says: where beyond begins, entries from there on, and if older files matter."""

    offset: int | None
    cut: int
    further: bool


def beyond(
    newest_first: Iterable[tuple[int, Path]], steps: Mapping[str, int]
) -> tuple[Place | None, int]:
    """Return where the first entry beyond the steps is, and how many entries there are from it on.

    The log is in the order in which things happened and a checkpoint is of one instant, so all that
    follows is beyond it too. Entries before a model last began anew are its past. Raises OSError.
    """
    place, cut = None, 0
    for number, path in newest_first if steps else ():
        found = _looked(path, steps)
        if found.offset is not None:
            place, cut = Place(number, found.offset), cut + found.cut
        if not found.further:
            break
    return place, cut


def _looked(path: Path, steps: Mapping[str, int]) -> Found:
    first: dict[str, int] = {}  # where each model goes beyond its step
    anew: set[str] = set()
    counted: list[int] = []  # where the entries are
    within, offset = False, 0
    with path.open("rb") as file:
        for line in file:
            seen = _glance(line)
            if seen.why == "began":
                fresh = steps.keys() - seen.steps.keys()
                anew |= fresh
                first = {name: at for name, at in first.items() if name not in fresh}
            if seen.step >= 0:
                counted.append(offset)
                if seen.model in steps and seen.step > steps[seen.model]:
                    first.setdefault(seen.model, offset)
                elif seen.model in steps and not first:
                    within = True
            offset += len(line)
    at = min(first.values(), default=None)
    cut = 0 if at is None else sum(1 for place in counted if place >= at)
    return Found(at, cut, not within and anew != steps.keys())


def _glance(line: bytes) -> Glance:
    try:
        return _glances.decode(line)
    except msgspec.DecodeError:  # a torn line: what it held is not there
        return Glance()
