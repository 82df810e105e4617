"""The decision log line by line: an entry a line as JSON, and heads that say what it rests on.

Numbers keep every bit. JSON has none for NaN and the infinities: they are written as the texts
``nan``, ``inf`` and ``-inf``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, Literal

import msgspec

from lrcontrol.control.base import Reading
from lrcontrol.decisions.basis import NONFINITE, Written, flat
from lrcontrol.decisions.entry import Entry

#: Of the lines; another one is refused, never guessed at.
FORMAT = 1
#: Why a head is there: a process began, a file was full, something other than a decision may have
#: changed what decisions rest on, or lines before it could not be written.
Why = Literal["began", "rotated", "changed", "recovered"]

Number = float | Literal["nan", "inf", "-inf"]


class Seen(msgspec.Struct, omit_defaults=True, gc=False):
    """A reading without the step and the rate, which its line has."""

    loss: Number
    baseline: Number
    fast: Number
    slow: Number
    noise: Number
    records: int
    nonfinite: int = 0
    drift: bool = False
    probe_losses: tuple[Number, ...] = ()
    alignment: Number | None = None


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """An entry."""

    number: int
    at: float
    model: str
    step: int
    action: str
    reason: str
    limit: str
    before: Number
    asked: Number
    applied: Number
    terms: dict[str, Number] = {}
    seen: Seen | None = None
    actor: str = ""
    note: str = ""


class Head(msgspec.Struct, omit_defaults=True):
    """What the entries after it rest on, of the models it names.

    ``steps`` are those of the checkpoint a process went on from; a model it does not name began.
    ``cut`` counts entries beyond them that were taken out; ``lost`` those that could not be
    written.
    """

    lrcontrol: str
    format: int
    at: float
    why: Why
    models: dict[str, Written] = {}
    steps: dict[str, int] = {}
    cut: int = 0
    lost: int = 0


#: The numbers of a reading that may be none.
MEANS = ("loss", "baseline", "fast", "slow", "noise")
#: How the line of a head begins.
HEAD = b'{"lrcontrol":'

#: By position, as names would double what a line costs; and a checker cannot count a slice.
_Line: Any = Line
_Seen: Any = Seen

_encoder = msgspec.json.Encoder()
_lines = msgspec.json.Decoder(Line)
_heads = msgspec.json.Decoder(Head)


class Unreadable(ValueError):
    """A line is no entry and no head; the message says what is wrong with it."""


def encoded(entries: Iterable[Entry]) -> bytes:
    r"""Return entries as lines.

    >>> entry = Entry(1, 0.5, "fare", 64, "keep", "start", "none", 0.1, float("nan"), 0.1)
    >>> encoded([entry])[62:]
    b'"reason":"start","limit":"none","before":0.1,"asked":"nan","applied":0.1}\n'
    """
    try:
        return _encoder.encode_lines([_line(entry) for entry in entries])
    except TypeError:  # a controller of somebody's own: its numbers may be NumPy's
        return _encoder.encode_lines([_awkward(entry) for entry in entries])


def encoded_head(head: Head) -> bytes:
    """Return a head as a line."""
    return _encoder.encode(head) + b"\n"


def decoded(line: bytes) -> Entry | Head:
    """Return what a line holds. Raises Unreadable."""
    try:
        if not line.startswith(HEAD):
            return _entry(_lines.decode(line))
        head = _heads.decode(line)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from None
    if head.format != FORMAT:
        raise Unreadable(f"format {head.format}, where this version reads {FORMAT}")
    return head


def _line(entry: Entry) -> Line:
    terms, seen = entry.terms, entry.seen
    total = entry.before + entry.asked + entry.applied
    if terms:
        total += sum(terms.values())
    if seen is not None:
        total += seen.loss + seen.baseline + seen.fast + seen.slow + seen.noise
    if not isfinite(total):  # one look at all of them: nearly always that is enough
        return _awkward(entry)
    read = None if seen is None else _Seen(*seen[2:])
    line: Line = _Line(*entry[:11], read, entry.actor, entry.note)
    return line


def _awkward(entry: Entry) -> Line:
    numbers = [flat(float(value)) for value in entry[7:10]]
    terms = {name: flat(float(value)) for name, value in entry.terms.items()}
    seen, read = entry.seen, None
    if seen is not None:
        means = [flat(float(value)) for value in seen[2:7]]
        read = _Seen(*means, *map(int, seen[7:9]), bool(seen.drift), *flat(seen[10:]))
    line: Line = _Line(*entry[:7], *numbers, terms, read, entry.actor, entry.note)
    return line


def _entry(line: Line) -> Entry:
    before, step, seen = _number(line.before), line.step, line.seen
    read = None
    if seen is not None:
        read = Reading(
            step,
            before,
            _number(seen.loss),
            _number(seen.baseline),
            _number(seen.fast),
            _number(seen.slow),
            _number(seen.noise),
            seen.records,
            seen.nonfinite,
            seen.drift,
            tuple(map(_number, seen.probe_losses)),
            None if seen.alignment is None else _number(seen.alignment),
        )
    terms = {name: _number(value) for name, value in line.terms.items()}
    numbers = (before, _number(line.asked), _number(line.applied))
    named = (line.number, line.at, line.model, step, line.action, line.reason, line.limit)
    return Entry(*named, *numbers, terms, read, line.actor, line.note)


def _number(value: float | str) -> float:
    return NONFINITE[value] if isinstance(value, str) else value


def from_json(data: Mapping[str, Any]) -> Entry:
    """Return the entry that the API tells as JSON, where null stands for what is no number.

    Raises Unreadable.
    """
    numbers = ("before", "asked", "applied")
    given = {**data, **{name: _or_nan(data.get(name)) for name in numbers}}
    given["terms"] = {name: _or_nan(value) for name, value in (data.get("terms") or {}).items()}
    if seen := data.get("seen"):
        given["seen"] = {k: _or_nan(v) if k in MEANS else v for k, v in seen.items()}
    try:
        return _entry(msgspec.convert(given, Line))
    except msgspec.ValidationError as error:
        raise Unreadable(f"not a decision: {error}") from None


def _or_nan(value: Any) -> Any:
    return "nan" if value is None else value
