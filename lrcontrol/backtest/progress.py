"""A bar on the terminal while a backtest works, and whether somebody asked it to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from lrcontrol.signals import Stop


@contextmanager
def told(
    console: Console, what: str, total: int | None, stop: Stop
) -> Iterator[Callable[[int], bool]]:
    """Give what is called with the work done since the last call; it returns whether to stop.

    The bar is drawn on a terminal only and is gone afterwards; ``total`` None is for an unknown
    amount of work.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_interactive,
    )
    with bar:
        task = bar.add_task(what, total=total)

        def advance(done: int) -> bool:
            bar.advance(task, done)
            return stop.requested

        yield advance
