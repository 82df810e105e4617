"""The table of compiled controllers: each takes a problem as arrays, from four start rates.

An entry names a module beside this one, taken where it exists, and its function
``(problem, view, oracle figures) -> outcomes`` (or outcomes and more). Each chooses its own
yardstick: a trace or a bank the best fixed rate of its own optimizer (``o_sgd``, ``o_adam``, ...),
a mixture the best of four optimizers, plain or clamped (``hard_clamped``). Outcomes without a start
are taken to be from ``STARTS``, in order.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from keep import closure, kept
from oracles import Figures
from outcomes import STARTS, Outcome
from problems import Problem
from rivals import DEFAULT, bare, records

from lrcontrol.kernels import Scaler, Traced, available

#: Rows that are timed against River's loop, and how often, one after the other.
PACED, PAIRS = 500, 3


class Compiled(NamedTuple):
    """Where a controller's function is, what it is measured against, and what to time, if known.

    ``sources`` are the modules that with all they import decide on its figures.
    """

    module: str
    function: str
    against: str
    build: Callable[[Problem], Any] | None = None
    sources: tuple[str, ...] = ("lrcontrol.kernels",)


def _trace(problem: Problem) -> Traced:
    return Traced(problem.task, [DEFAULT], problem.x.shape[1], problem.classes)


TRACE = ("lrcontrol.kernels.traced", "lrcontrol.kernels.scaler", "lrcontrol.kernels.losses")
COMPILED: dict[str, Compiled] = {
    "trace": Compiled("traces", "traced", "o_sgd", _trace, TRACE),
    "bank": Compiled("banks", "banked", "o_<its optimizer>"),
    "mixture": Compiled("mixtures", "mixed", "hard_clamped"),
}


def present() -> dict[str, Compiled]:
    """Return the controllers that are here."""
    return {name: entry for name, entry in COMPILED.items() if find_spec(entry.module)}


def outcomes(
    name: str, entry: Compiled, problem: Problem, view: str, oracle: Figures, cache: Path
) -> list[Outcome]:
    """Return the outcomes of one controller on one view, from the cache where they are in it."""
    spec = find_spec(entry.module)
    source = Path(spec.origin).read_text() if spec and spec.origin else ""
    code = closure(*entry.sources)
    depends = f"{problem.digest()} {view} {sorted(oracle.items())} {code} {available()}"
    fresh = partial(_run, name, entry, problem, view, oracle)
    rows = kept(cache, f"{problem.name}-{view}-{name}", depends + source, fresh)
    return [Outcome(*row) for row in rows]


def _run(name: str, entry: Compiled, problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    found = getattr(import_module(entry.module), entry.function)(problem, view, oracle)
    found = found[0] if isinstance(found, tuple) else found
    ratio = paced(problem, view, entry.build) if entry.build else None
    return [_completed(o, view, i, ratio) for i, o in enumerate(found)]


def _completed(outcome: Outcome, view: str, i: int, ratio: float | None) -> Outcome:
    return outcome._replace(
        controller=outcome.controller.removesuffix(f" {view}"),
        start=STARTS[i % len(STARTS)] if outcome.start is None else outcome.start,
        time_ratio=outcome.time_ratio if outcome.time_ratio is not None else ratio,
    )


def paced(problem: Problem, view: str, build: Callable[[Problem], Any]) -> float:
    """Return CPU time, dictionaries in, against River's loop: the median of paired ratios.

    One model from one start. The scaler and the making of arrays count, as does River's scaler.
    """
    head = problem.head(PACED)
    items = records(head)
    build(head).learn(*head.view(view), head.y)  # compiles
    ratios = []
    for _ in range(PAIRS):
        model, before = build(head), time.thread_time()
        x = np.array([list(record.x.values()) for record in items])
        y = np.array([float(record.y) for record in items])
        scaled = Scaler(x.shape[1]).learn(x) if view == "scaled" else (x, x)
        model.learn(*scaled, y)
        ratios.append((time.thread_time() - before) / bare(head, view, items))
    return statistics.median(ratios)


def missing() -> Sequence[str]:
    """Return a line about each controller that is not here."""
    return [f"{n}: no {e.module}.py yet" for n, e in COMPILED.items() if n not in present()]
