"""The runs one after the other, or several at a time in processes of their own: same results."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from lrcontrol.backtest.runs import Result, Run, execute
from lrcontrol.record import Record

#: Seconds between two looks at whether to stop, while other processes work.
LOOK = 0.1
#: Told of records learned since the last call; returns whether to stop.
Told = Callable[[int], bool]


class Died(RuntimeError):
    """A process of the backtest is gone, most likely for want of memory."""


def run_all(
    runs: Sequence[Run], records: Sequence[Record], jobs: int, told: Told
) -> Iterator[Result]:
    """Yield the result of each run, in their order, until ``told`` returns True.

    Raises Died where a process is gone. Several ``jobs`` cost a second or two to start and the
    memory of the records each.
    """
    if jobs == 1 or len(runs) == 1:
        yield from _here(runs, records, told)
    else:
        yield from _in_processes(runs, records, min(jobs, len(runs)), told)


def _here(runs: Sequence[Run], records: Sequence[Record], told: Told) -> Iterator[Result]:
    # Looking for garbage among all the records takes longer than learning a small stream, and
    # strikes one run or another: what is there already is left out.
    gc.freeze()
    try:
        for run in runs:
            result = execute(run, records, told)
            if result is None:
                return
            yield result
    finally:
        gc.unfreeze()


def _in_processes(
    runs: Sequence[Run], records: Sequence[Record], jobs: int, told: Told
) -> Iterator[Result]:
    # spawn: a fork would copy the locks of whatever threads there are
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(jobs, context, _begin, (list(records), stop))
    try:
        for done in [pool.submit(_work, run) for run in runs]:
            if not _finished(done, told):
                return
            result = done.result()
            assert result is not None  # only a stop cuts a run short
            told(len(records))
            yield result
    except BrokenProcessPool:
        if not told(0):  # a Ctrl-C reaches every process of the terminal
            raise Died("a process died, perhaps out of memory: try fewer --jobs") from None
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _finished(done: Future[Result | None], told: Told) -> bool:
    """Wait for one run; return False where everything is to stop instead."""
    while not told(0):
        if wait([done], LOOK).done:
            return True
    return False


#: Of a working process: the records, and the event that tells it to stop.
_given: tuple[Sequence[Record], Any] = ((), None)


def _begin(records: Sequence[Record], stop: Any) -> None:
    global _given
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and tells
    _given = (records, stop)
    gc.freeze()  # as above


def _work(run: Run) -> Result | None:
    records, stop = _given
    return execute(run, records, lambda _: bool(stop.is_set()))
