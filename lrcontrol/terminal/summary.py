"""The summary at the end of a run: what every model and every source came to.

The same figures twice: a table on a terminal, and off it one plain ASCII line a model, whatever the
width, so that it can be grepped and compared. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lrcontrol.status import LoopStatus, ModelStatus, SourceStatus, Status
from lrcontrol.terminal.figures import (
    FAILURE,
    SHORT_NAME,
    Column,
    baseline,
    clean,
    counts_text,
    fit,
    loss_text,
    mean_loss,
    recent_loss,
    significant,
    skill_text,
    tint,
)

#: What the table's frame takes between two columns; ``fit`` must know it.
GAP = 3
#: Wider than any summary: nothing is left out.
UNBOUNDED = 10_000
#: A column that is dropped this soon is not shown either where it holds nothing but zeros.
QUIET = 7
NO_RATES: Mapping[str, float] = MappingProxyType({})


def print_summary(
    status: Status,
    console: Console,
    elapsed: float | None = None,
    start_rates: Mapping[str, float] = NO_RATES,
) -> None:
    """Print what every model and source came to.

    ``elapsed`` in seconds adds records a second; ``start_rates``, by model, shows where each rate
    came from. Off a terminal every line is ASCII and stands alone.
    """
    total = total_text(status, elapsed)
    if console.is_terminal:
        models = summary(status, start_rates, console.width)
        sources = table(source_columns(status.sources), console.width)
        console.print(models, "", sources, "", Text(total, "dim"), sep="\n")
    else:
        stories = [story(m, status) for m in status.models]
        rows = plain(model_columns(status, start_rates, stories))
        for text in (*rows, "", *plain(source_columns(status.sources)), "", total):
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def summary(
    status: Status, start_rates: Mapping[str, float] = NO_RATES, room: int = UNBOUNDED
) -> Table:
    """Return the models as a table of at most ``room`` characters; the same for the same status.

    What went wrong is told under it, in full.
    """
    states = [state(m, status) for m in status.models]
    columns = model_columns(status, start_rates, states)
    made = table([c for c in columns if c.drop < QUIET or set(c.cells) != {"0"}], room)
    told = [
        f"{clean(m.name)} {story(m, status)}"
        for m in status.models
        if story(m, status) != state(m, status)
    ]
    made.caption = Text("\n".join([*told, *([str(made.caption)] if made.caption else [])]))
    return made


def model_columns(
    status: Status, start_rates: Mapping[str, float], states: Sequence[str]
) -> list[Column]:
    """Return the columns of the models: means over the stream, and the rate at its end."""
    models = status.models
    names = [clean(m.name) for m in models]
    loops = [m.loop for m in models]
    means = [*map(mean_loss, loops)]
    metrics = [metrics_text(loop) for loop in loops]
    return [
        Column("model", names, left=True, style="bold", least=SHORT_NAME),
        Column("controller", [clean(m.controller) for m in models], drop=2, left=True),
        Column("records", [str(loop.steps) for loop in loops], drop=3),
        Column("rejected", [counts_text(loop.rejected) for loop in loops], drop=8),
        Column("loss", [*map(loss_text, loops, means)]),
        Column("recent", [*map(loss_text, loops, map(recent_loss, loops))], drop=4),
        Column("baseline", [significant(baseline(loop), 4) for loop in loops], drop=5),
        Column("skill", [*map(skill_text, loops, means)]),
        Column("rate", [rate_text(m, start_rates) for m in models], style="bold cyan"),
        Column("raised/lowered", [moves_text(loop) for loop in loops], drop=6),
        Column("drifts", [str(loop.drifts) for loop in loops], drop=7),
        Column("metrics", metrics, drop=9, left=True) if any(metrics) else Column("", []),
        Column("state", states, drop=1, left=True),
    ]


def source_columns(sources: Sequence[SourceStatus]) -> list[Column]:
    """Return the columns of the sources."""
    return [
        Column("source", [clean(s.name) for s in sources], left=True, style="bold"),
        Column("type", [clean(s.type) for s in sources], left=True),
        Column("records", [str(s.records) for s in sources]),
        Column("rejected", [counts_text(s.rejected) for s in sources], left=True),
        Column("state", ["ended" if s.ended else "stopped" for s in sources], left=True),
    ]


def rate_text(model: ModelStatus, start_rates: Mapping[str, float]) -> str:
    """Return the rate in force at the end, and the one it began with where that is known."""
    last = significant(model.loop.rate, 3)
    start = start_rates.get(model.name)
    return last if start is None else f"{significant(start, 3)} -> {last}"


def moves_text(loop: LoopStatus) -> str:
    """Return how often the rate was raised and lowered."""
    moves = {"raise": 0, "lower": 0, "keep": 0}
    for (action, _reason), count in loop.decisions.items():
        moves[action] += count
    return f"{moves['raise']}/{moves['lower']}"


def metrics_text(loop: LoopStatus) -> str:
    """Return River's metrics by name."""
    return ", ".join(f"{clean(name)} {significant(v, 4)}" for name, v in loop.metrics.items())


def state(model: ModelStatus, status: Status) -> str:
    """Return how the model ended, in a word."""
    return "stopped" if status.stopping and model.state == "running" else model.state


def story(model: ModelStatus, status: Status) -> str:
    """Return how the model ended, and what went wrong with it if anything did."""
    lost = model.loop.loss_nonfinite
    told = [clean(model.failure, FAILURE)] if model.failure else []
    told += [f"{lost} losses were not finite"] if lost else []
    return f"{state(model, status)}: {'; '.join(told)}" if told else state(model, status)


def total_text(status: Status, elapsed: float | None) -> str:
    """Return the records read, and at what speed where the time is given."""
    records = sum(source.records for source in status.sources)
    before = sum(source.before for source in status.sources)
    speed = f" in {elapsed:.1f} s ({(records - before) / elapsed:,.0f}/s)" if elapsed else ""
    earlier = f", {before:,} of them before the restart" if before else ""
    return f"{records:,} records{earlier}{speed}"


def table(columns: Sequence[Column], room: int) -> Table:
    """Return the columns as a table; what had no room is named under it."""
    kept = fit(columns, room, GAP)
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, caption_justify="left")
    for c in kept:
        made.add_column(c.title, justify="left" if c.left else "right", no_wrap=True)
    for row in zip(*(c.cells for c in kept), strict=True):
        made.add_row(*(Text(t, tint(c, t)) for c, t in zip(kept, row, strict=True)))
    titles = {c.title for c in kept}
    left_out = [c.title for c in columns if c.width and c.title not in titles]
    made.caption = f"no room for: {', '.join(left_out)}" if left_out else None
    return made


def plain(columns: Sequence[Column]) -> list[str]:
    """Return titles and rows as ASCII lines, aligned, as wide as they are."""
    kept = fit(columns, UNBOUNDED, GAP)
    rows = [[c.title for c in kept], *zip(*(c.cells for c in kept), strict=True)]
    return [plain_line(kept, row) for row in rows]


def plain_line(columns: Sequence[Column], texts: Sequence[str]) -> str:
    """Return one row; what is not ASCII is written as its escape."""
    padded = (
        text.ljust(c.width) if c.left else text.rjust(c.width)
        for c, text in zip(columns, texts, strict=True)
    )
    return "  ".join(padded).rstrip().encode("ascii", "backslashreplace").decode("ascii")
