"""One frame of ``lrcontrol top``: models, their rates as sparklines, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

from rich.text import Text

from lrcontrol.commands.status import texts
from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.words import brief
from lrcontrol.terminal.figures import clean, significant
from lrcontrol.terminal.frame import clip

Json = Mapping[str, Any]

#: From low to high, and where a terminal has no such characters.
BARS, ASCII = "▁▂▃▄▅▆▇█", "_.-~=+*#"
#: Least characters of a sparkline that say anything.
LEAST = 10
#: Factor between lowest and highest rate that fills the height: less would show noise as storms.
SPAN = 4.0


def frame(
    data: Json,
    moves: Sequence[Entry],
    drawn: Mapping[str, Sequence[Json]],
    url: str,
    size: tuple[int, int],
    *,
    ascii_only: bool = False,
) -> Text:
    """Return a frame at most as large as ``size`` (columns, lines).

    ``drawn`` holds each model's decisions, oldest first, ``moves`` those that are told in words.
    """
    room, height = size
    table = texts(data, url, room)
    charts = [chart(name, of, room, ascii_only) for name, of in drawn.items() if of]
    said = [_said(move, room) for move in reversed(moves)]
    rows = [*table, Text(), *charts, *([Text(), *said] if said else [])]
    return Text("\n").join(clip(row, room) for row in rows[: max(height - 1, len(table))])


def chart(name: str, made: Sequence[Json], room: int, ascii_only: bool) -> Text:
    """Return a model's rate over its last decisions as a sparkline, with its ends in figures."""
    rates = [rate for rate in (d["applied"] for d in made) if rate is not None and rate > 0.0]
    low, high = min(rates, default=0.0), max(rates, default=0.0)
    label = f"{clean(name, 12):<12} "
    ends = f" {significant(low, 3)} to {significant(high, 3)}"
    width = max(min(room - len(label) - len(ends), len(rates)), LEAST)
    bars = sparkline(rates, width, ASCII if ascii_only else BARS)
    return Text.assemble((label, "bold"), (bars, "cyan"), (ends, "dim"))


def sparkline(values: Sequence[float], width: int, bars: str = BARS) -> str:
    """Return positive numbers as ``width`` bars at most, their height on a log scale.

    >>> sparkline([0.001, 0.01, 0.1, 1.0], 4), sparkline([0.1, 0.1], 9), sparkline([], 9)
    ('▁▃▆█', '▄▄', '')
    """
    if not values:
        return ""
    shown = [log(value) for value in _thinned(values, width)]
    low, high, top = min(shown), max(shown), len(bars) - 1
    if high - low >= log(SPAN):
        return "".join(bars[round(top * (v - low) / (high - low))] for v in shown)
    middle = (low + high) / 2
    return "".join(bars[top // 2 + round(top * (v - middle) / log(SPAN))] for v in shown)


def _thinned(values: Sequence[float], width: int) -> Iterator[float]:
    """Return the last value of each of ``width`` equal parts: what was in force at its end."""
    count = min(len(values), width)
    return (values[(part + 1) * len(values) // count - 1] for part in range(count))


def _said(entry: Entry, room: int) -> Text:
    return clip(Text(f"{clean(entry.model, 12):<12} {entry.step:>11,}  {brief(entry)}"), room)
