"""Recorded data read once for a backtest, through the decoder that the configuration deploys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lrcontrol.assembly import assemble_source
from lrcontrol.backtest.refused import Refused
from lrcontrol.config import ModelSettings, Settings
from lrcontrol.config.sources import SourceSettings
from lrcontrol.decode import Rejection
from lrcontrol.intake import Intake
from lrcontrol.record import Record
from lrcontrol.sources.file import File
from lrcontrol.sources.lines import Lines

#: Records asked for at a time; as many as the daemon takes.
BLOCK = 64
#: What the name of a file says about what is in it.
FORMATS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson"}
#: Fields of a source that say what its records look like, not where they come from.
LOOKS = frozenset({"format", "columns", "fields", "max_record"})


class Recorded(NamedTuple):
    """Records in the order of the stream, and what there was beside them.

    ``rejected`` counts messages that gave no record, by reason, ``example`` is the first of them in
    words, ``cut`` says whether there was more than the limit, ``digest`` is of features and labels.
    """

    origin: str
    records: Sequence[Record]
    rejected: dict[str, int]
    example: str
    cut: bool
    digest: str


def sources_of(
    settings: Settings, model: ModelSettings, data: Path | None
) -> dict[str, SourceSettings]:
    """Return what to read, by name: ``data`` as the model's first source would, or its sources.

    A source that waits is read as it stands now: a followed file to its end, at full speed. Raises
    Refused for a pipe, which cannot be read for a backtest.
    """
    inputs = model.inputs or tuple(settings.sources)
    if data is not None:
        return {data.name: like(settings.sources[inputs[0]], data)}
    return {name: at_once(name, settings.sources[name]) for name in inputs}


def like(source: SourceSettings, data: Path) -> File:
    """Return the settings of the file ``data``, its records looking like those of ``source``.

    The name of the file decides the format where it tells, else the source's own.

    >>> from lrcontrol.decode import Fields
    >>> like(Lines(fields=Fields(label="fare")), Path("rides.csv.gz")).fields.label
    'fare'
    """
    looks: dict[str, Any] = {
        field.name: getattr(source, field.name)
        for field in fields(source)  # type: ignore[arg-type]  # every source is a dataclass
        if field.name in LOOKS
    }
    told = [FORMATS[suffix] for suffix in data.suffixes if suffix in FORMATS]
    named = Path(getattr(source, "path", "")).suffixes
    looks["format"] = (
        told[-1] if told else looks.get("format") or ("csv" if ".csv" in named else "ndjson")
    )
    if looks["format"] != "csv":
        looks["columns"] = None
    return File(path=str(data), **looks)


def at_once(name: str, source: SourceSettings) -> SourceSettings:
    """Return the source so that reading it never waits. Raises Refused for one that must."""
    if isinstance(source, Lines):
        raise Refused(f"source {name} is a pipe, which is read once: name a file with --data")
    given = {field.name for field in fields(source)}  # type: ignore[arg-type]
    changed: dict[str, Any] = {"speed": None, "mode": "replay"}
    return replace(source, **{k: v for k, v in changed.items() if k in given})  # type: ignore[type-var]


def read(sources: dict[str, SourceSettings], limit: int, told: Callable[[int], bool]) -> Recorded:
    """Return up to ``limit`` records, a block from each source in turn as the daemon does.

    ``told`` is called with the number of records so far; where it returns True reading ends.
    Raises SourceFailed, and Refused where nothing could be decoded.
    """
    first: list[str] = []

    def rejected(name: str, rejection: Rejection) -> None:
        if not first:
            where = f"{name} at {rejection.position}"
            first.append(f"{where}: {rejection.reason}: {rejection.detail}")

    intakes = [assemble_source(name, source, rejected) for name, source in sources.items()]
    records: list[Record] = []
    for intake in intakes:
        intake.open({})
    try:
        cut = _fill(records, intakes, limit, told)
    finally:
        for intake in intakes:
            intake.close()
    counts = _summed([intake.status.rejected for intake in intakes])
    origin = ", ".join(sources)
    if not records:
        why = first[0] if first else "it is empty"
        raise Refused(f"{origin}: no record can be learned from; {why}")
    return Recorded(origin, records, counts, first[0] if first else "", cut, digest(records))


def _fill(
    records: list[Record], intakes: Sequence[Intake], limit: int, told: Callable[[int], bool]
) -> bool:
    """Read on until the limit or the end; return whether there was more."""
    while live := [intake for intake in intakes if not intake.ended]:
        for intake in live:
            # One record over the limit is asked for, to know whether there is one.
            records += intake.take(min(BLOCK, limit + 1 - len(records)), 0.0)
            if len(records) > limit:
                del records[limit:]
                return True
        if told(len(records)):
            return True
    return False


def _summed(counts: Sequence[Any]) -> dict[str, int]:
    names = sorted({name for each in counts for name in each})
    return {name: sum(each.get(name, 0) for each in counts) for name in names}


def digest(records: Sequence[Record]) -> str:
    """Return a digest of features and labels: the same for the same stream, however it was stored.

    >>> digest([Record({"a": 1.0}, True)])[:12]
    'bfdd741bfc2e'
    """
    total = hashlib.sha256()
    encode = msgspec.msgpack.Encoder().encode
    for x, y, _, _ in records:
        total.update(encode((x, y)))
    return total.hexdigest()
