"""A backtest as a table: what each run came to, the best fixed rate first, no skill last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan

from rich.console import Console

from lrcontrol.backtest.plan import HIGHEST, LOWEST
from lrcontrol.backtest.report import Backtest
from lrcontrol.backtest.runs import Result
from lrcontrol.terminal.figures import (
    DIVERGED,
    FAILURE,
    NOTHING,
    SHORT_NAME,
    Column,
    clean,
    counts_text,
    significant,
)
from lrcontrol.terminal.summary import plain, table

#: What the rows of the oracles are called, by group.
NAMES = {"hindsight": "best fixed rate", "clamped": "same, clamped"}
NO_SKILL = "no skill"


def print_backtest(backtest: Backtest, console: Console) -> None:
    """Print the table and what it says; off a terminal every line is ASCII and stands alone."""
    told = [*_before(backtest), ""]
    if console.is_terminal:
        console.print("\n".join(told), markup=False, highlight=False)
        console.print(table(_columns(backtest), console.width))
    else:
        for line in (*told, *plain(_columns(backtest))):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    after = "\n".join(["", *_after(backtest)])
    console.print(after, markup=False, highlight=False, soft_wrap=not console.is_terminal)


def _before(backtest: Backtest) -> Iterator[str]:
    recorded = backtest.recorded
    many = f"{len(recorded.records):,} records of {clean(recorded.origin)}"
    cut = " (cut there, more with --limit)" if recorded.cut else ""
    yield f"{clean(backtest.model)}: {many}{cut}"
    if recorded.rejected:
        first = clean(recorded.example, FAILURE)
        yield f"rejected: {counts_text(recorded.rejected)}; first {first}"
    if backtest.results and backtest.results[0].rejected:
        yield f"refused by the guard: {counts_text(backtest.results[0].rejected)}"


def _columns(backtest: Backtest) -> list[Column]:
    oracles = [row for row in (backtest.best, backtest.best_clamped) if row is not None]
    rows = [*oracles, *backtest.steered, *backtest.compared]
    names = [NAMES.get(row.group) or clean(row.name) for row in rows]
    skills = [_skill(row.loss if row.counts else float("nan"), backtest.no_skill) for row in rows]
    return [
        Column("", [*names, NO_SKILL], left=True, style="bold", least=SHORT_NAME),
        Column("rate", [*(_rates(row) for row in rows), NOTHING], style="bold cyan"),
        Column("loss", [*map(_loss, rows), significant(backtest.no_skill, 4)]),
        Column("excess", [*(_percent(backtest.excess(row)) for row in rows), NOTHING]),
        Column("skill", [*skills, "0.000"], drop=3),
        Column("time", [*(_times(backtest.time_ratio(row)) for row in rows), NOTHING], drop=2),
        Column("beats best", [*(_beats(backtest, row) for row in rows), NOTHING], drop=1),
    ]


def _rates(row: Result) -> str:
    if row.start is None:
        return "its own"
    start, last = significant(row.start, 3), significant(row.rate, 3)
    return start if row.name == "fixed" else f"{start} -> {last}"


def _loss(row: Result) -> str:
    return "failed" if row.failure else DIVERGED if row.diverged else significant(row.loss, 4)


def _skill(loss: float, no_skill: float) -> str:
    return NOTHING if isnan(loss) or not no_skill > 0 else f"{1.0 - loss / no_skill:.3f}"


def _percent(excess: float) -> str:
    """Return an excess as text.

    >>> _percent(-5.24), _percent(1204.2), _percent(float("nan"))
    ('-5.2 %', '+1,204 %', '-')
    """
    if isnan(excess):
        return NOTHING
    return f"{excess:+.1f} %" if abs(excess) < 100 else f"{excess:+,.0f} %"


def _times(ratio: float) -> str:
    return NOTHING if isnan(ratio) else f"{ratio:.2f}x"


def _beats(backtest: Backtest, row: Result) -> str:
    if row.group in NAMES:
        return NOTHING
    return "yes" if backtest.beats(row) else "no"


def _after(backtest: Backtest) -> Iterator[str]:
    done, rows = len(backtest.results), backtest.steered
    if backtest.interrupted:
        yield f"interrupted: {done} of {backtest.planned} runs were made"
    yield from _hindsight(backtest)
    if rows and backtest.best:
        yield _verdict(backtest, rows)
    for row in backtest.results:
        if row.failure:
            start = "" if row.start is None else f" from {row.start:g}"
            yield f"{clean(row.name)}{start} {clean(f'failed: {row.failure}', FAILURE)}"


def _hindsight(backtest: Backtest) -> Iterator[str]:
    grid, best = backtest.hindsight, backtest.best
    lost = sum(not row.counts for row in grid)
    if best is None:
        yield "no fixed rate came to a loss: there is nothing to compare with"
        return
    diverged = f", {lost} diverged" if lost else ""
    tried = f"{len(grid)} fixed rates from {grid[0].start:g} to {grid[-1].start:g}{diverged}"
    yield f"hindsight: {tried}; time in that of one of them"
    if best.start in (10.0**LOWEST, 10.0**HIGHEST):
        yield "the best of them is the last one: a rate further out may be better still"


def _verdict(backtest: Backtest, rows: Sequence[Result]) -> str:
    name = clean(backtest.controller)
    known = [row for row in rows if row.counts]
    if not known:
        return f"{name} came to no loss from any start"
    beaten = f"beats it from {sum(map(backtest.beats, rows))} of {len(rows)} starts"
    told = f"{name}: {_reach(map(backtest.excess, known))} beside the best of them; {beaten}"
    if backtest.best_clamped is None:
        return told
    clamped = _reach(backtest.excess(row, clamped=True) for row in known)
    return f"{told}\nclamped to the labels seen, as {name} is: {clamped} beside the best of those"


def _reach(excesses: Iterable[float]) -> str:
    known = list(excesses)
    low, high = _percent(min(known)), _percent(max(known))
    return low if low == high else f"{low} to {high}"
