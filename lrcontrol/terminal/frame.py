"""One frame of the live view: a status and the speeds at which it moves, as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from rich.text import Text

from lrcontrol.status import ModelStatus, SourceStatus
from lrcontrol.terminal.figures import (
    SHORT_NAME,
    SHORT_SENTENCE,
    Column,
    baseline,
    clean,
    decision_text,
    failure_text,
    fit,
    loss_text,
    recent_loss,
    significant,
    skill_text,
    tint,
)

#: Width of a progress bar in characters.
BAR = 24
#: Characters of a failure shown while the others go on: the log and the summary tell all of it.
FAILURE = 32
#: Characters between two columns.
GAP = 2


def model_columns(models: Sequence[ModelStatus], speeds: Sequence[float]) -> list[Column]:
    """Return the columns of the models; ``speeds`` in records a second."""
    names = [clean(m.name) for m in models]
    loops = [m.loop for m in models]
    recent = [*map(recent_loss, loops)]
    failed = [m.state == "failed" for m in models]
    rows = [*zip(failed, models, strict=True)]
    losses = ["failed" if f else loss_text(m.loop, recent_loss(m.loop)) for f, m in rows]
    said = [failure_text(m, FAILURE) if f else decision_text(m.loop) for f, m in rows]
    return [
        Column("model", names, left=True, style="bold", least=SHORT_NAME),
        Column("records", [f"{loop.steps:,}" for loop in loops], drop=2),
        Column("records/s", [f"{speed:,.0f}" for speed in speeds], drop=4),
        Column("loss", losses),
        Column("baseline", [significant(baseline(loop), 4) for loop in loops], drop=5),
        Column("skill", [*map(skill_text, loops, recent)], drop=1),
        Column("rate", [significant(loop.rate, 3) for loop in loops], style="bold cyan"),
        Column("last decision", said, drop=3, left=True, least=SHORT_SENTENCE),
    ]


def source_columns(
    sources: Sequence[SourceStatus], speeds: Sequence[float], *, ascii_only: bool
) -> list[Column]:
    """Return the columns of the sources: how far each is, and what it could not decode."""
    rejected = [sum(s.rejected.values()) for s in sources]
    left = [left_text(*of) for of in zip(sources, speeds, strict=True)]
    return [
        Column("", [clean(s.name) for s in sources], left=True, least=SHORT_NAME),
        Column("", [bar(s, ascii_only=ascii_only) for s in sources], drop=2, style="green"),
        Column("", [count_text(s) for s in sources]),
        Column("", left, drop=1, left=True, style="dim"),
        Column("", [f"{n:,} rejected" if n else "" for n in rejected], left=True, style="yellow"),
    ]


def bar(source: SourceStatus, *, ascii_only: bool) -> str:
    """Return how far a source of known length is, '' for an endless one.

    >>> bar(SourceStatus("rides", records=25, length=100), ascii_only=True)
    '######..................'
    """
    if not source.length:
        return ""
    done = min(BAR, BAR * source.records // source.length)
    full, empty = ("#", ".") if ascii_only else ("━", "─")
    return full * done + empty * (BAR - done)


def count_text(source: SourceStatus) -> str:
    """Return the records read, and of how many where that is known."""
    return f"{source.records:,}" + (f" of {source.length:,}" if source.length else "")


def left_text(source: SourceStatus, speed: float) -> str:
    """Return what a source still holds: the time it takes, or the records that wait."""
    if source.ended:
        return "ended"
    if source.length and speed > 0:
        return f"{timedelta(seconds=round(max(0, source.length - source.records) / speed))} left"
    return f"{source.lag:,} waiting" if source.lag else ""


def lines(columns: Sequence[Column], room: int) -> list[Text]:
    """Return the titles and the rows as lines of at most ``room`` characters."""
    kept = fit(columns, room, GAP)
    rows = zip(*(c.cells for c in kept), strict=True)
    titles = line(kept, [c.title for c in kept], lambda _column, _text: "dim")
    return [clip(text, room) for text in (titles, *(line(kept, row, tint) for row in rows))]


def line(
    columns: Sequence[Column], texts: Sequence[str], style: Callable[[Column, str], str]
) -> Text:
    """Return one row, its texts padded to their columns."""
    return Text(" " * GAP).join(
        Text(text.ljust(c.width) if c.left else text.rjust(c.width), style(c, text))
        for c, text in zip(columns, texts, strict=True)
    )


def clip(text: Text, room: int) -> Text:
    """Return ``text`` without trailing blanks, cut to ``room``: a wrapped line tears the view."""
    text.rstrip()
    text.truncate(room, overflow="ellipsis")
    return text
