"""One run: a fresh model over all the records, and what it came to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import ceil, isfinite, nan
from typing import Literal, NamedTuple, Protocol

from lrcontrol.assembly import assemble_model
from lrcontrol.backtest.alone import as_it_comes, clamped
from lrcontrol.config import ModelSettings
from lrcontrol.record import Record
from lrcontrol.served import FAILED, Unlearned
from lrcontrol.status import LoopStatus

#: Most points kept of the rate's path: more than a plot or a person can tell apart.
POINTS = 200
#: Records a model is given before the one that counts: what is imported or compiled when a first
#: block is learned is no part of what a run costs.
FIRST = 64
#: A mean loss this many times that of no skill has diverged, even if every loss was finite.
ABSURD = 1e3

#: configured: the controller of the file; hindsight: one rate of the grid; clamped: the same served
#: within the labels seen, as some controllers are; compared: what was asked for.
Group = Literal["configured", "hindsight", "clamped", "compared"]
Told = Callable[[int], bool]


class Run(NamedTuple):
    """What to run: the model's settings, with controller, start rate and limits put in.

    ``start`` is None for a model that nobody steers; it runs as it comes, or with River's default
    of ``optimizer``.
    """

    name: str
    group: Group
    settings: ModelSettings
    start: float | None = None
    optimizer: str | None = None


class Result(NamedTuple):
    """What a run came to: progressive loss over all records, start-up included.

    ``loss`` is a mean over the finite losses, ``path`` are (records learned, rate in force then),
    ``rate`` the last one (NaN where nobody steers), ``seconds`` thread CPU time, ``failure`` what
    the model raised, if it did.
    """

    name: str
    group: Group
    start: float | None
    records: int
    rejected: dict[str, int]
    loss: float
    nonfinite: int
    baseline: float
    rate: float
    path: tuple[tuple[int, float], ...]
    seconds: float
    failure: str = ""

    @property
    def began(self) -> float:
        """The start rate, NaN where nobody steers."""
        return nan if self.start is None else self.start

    @property
    def diverged(self) -> bool:
        """Whether the loss means nothing: not finite somewhere, or absurd beside no skill."""
        absurd = self.loss > ABSURD * self.baseline > 0
        return bool(self.nonfinite) or absurd or not isfinite(self.loss)

    @property
    def counts(self) -> bool:
        """Whether the run can be compared: it came to its end, and to a loss."""
        return not self.failure and not self.diverged


class Learning(Protocol):
    """A model that learns blocks, whatever steers it."""

    failure: Exception | None

    def learn(self, records: Sequence[Record]) -> Sequence[Unlearned]:
        """Learn a block; return what did not enter. What ends it is kept in ``failure``."""
        ...


def execute(run: Run, records: Sequence[Record], told: Told) -> Result | None:
    """Return what ``run`` comes to on ``records``; None where ``told`` returned True on the way.

    ``told`` is called with the records learned since the last call. Blocks change nothing about
    the result. Raises what building the model raises.
    """
    wired(run)[0].learn(records[:FIRST])
    learning, status = wired(run)
    path = [(0, status().rate)]
    failed = 0
    began = time.thread_time()
    block = ceil(len(records) / (POINTS - 1))  # and the start is a point
    for start in range(0, len(records), block):
        piece = records[start : start + block]
        failed += sum(one.reason == FAILED for one in learning.learn(piece))
        if learning.failure is not None:
            break
        path.append((start + len(piece), status().rate))
        if told(len(piece)):
            return None
    seconds = time.thread_time() - began
    result = _result(run, status(), path, seconds, learning.failure)
    more = {FAILED: failed} if failed else {}
    return result._replace(rejected={**result.rejected, **more})


def wired(run: Run) -> tuple[Learning, Callable[[], LoopStatus]]:
    """Return a fresh model, wired, and what tells its counts. Raises ConfigError, ValueError."""
    if run.start is None or run.group == "clamped":
        clamp = run.group == "clamped"
        alone = clamped(run.settings) if clamp else as_it_comes(run.settings, run.optimizer)
        return alone, alone.status
    served = assemble_model(run.name, run.settings)
    return served, lambda: served.loop.status


def _result(
    run: Run,
    loop: LoopStatus,
    path: Sequence[tuple[int, float]],
    seconds: float,
    failure: Exception | None,
) -> Result:
    steered = run.start is not None
    return Result(
        run.name,
        run.group,
        run.start,
        loop.steps,
        dict(loop.rejected),
        loop.loss_sum / loop.loss_count if loop.loss_count else nan,
        loop.loss_nonfinite,
        loop.baseline_sum / loop.baseline_count if loop.baseline_count else nan,
        loop.rate if steered else nan,
        tuple(path) if steered else (),
        seconds,
        f"{type(failure).__name__}: {failure}" if failure is not None else "",
    )
