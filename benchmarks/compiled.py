"""The table of compiled controllers: each takes a problem as arrays, from four start rates.

An entry names a module beside this one, taken where it exists, and its function
``(problem, view, oracle figures) -> outcomes``. The first word of an outcome's controller is the
entry's name. Each chooses its own yardstick: a trace or a bank the best fixed rate of its own
optimizer (``o_sgd``, ``o_adam``, ...), a mixture the best of four optimizers, plain or clamped
(``hard_clamped``). What an outcome does not know is filled in: the start, from ``STARTS`` in order,
and the time, where the entry says how to build one (``pace.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pace
from keep import closure, kept
from oracles import Figures
from outcomes import STARTS, Outcome
from problems import Problem

from lrcontrol.kernels import available


class Compiled(NamedTuple):
    """Where a controller's function is, what it is measured against, and what to time, if known."""

    module: str
    function: str
    against: str
    build: pace.Build | None = None


COMPILED: dict[str, Compiled] = {
    "trace": Compiled("traces", "traced", "o_sgd", pace.trace),
    "bank": Compiled("banks", "banked", "o_<its optimizer>"),
    "mixture": Compiled("mixtures", "mixed", "hard_clamped"),
}


def present() -> dict[str, Compiled]:
    """Return the controllers that are here."""
    return {name: entry for name, entry in COMPILED.items() if find_spec(entry.module)}


def entry_of(controller: str) -> Compiled | None:
    """Return the entry that a controller in the table came from."""
    return COMPILED.get(re.split("[ ,]", controller)[0])


def outcomes(
    name: str, entry: Compiled, problem: Problem, view: str, oracle: Figures, cache: Path
) -> list[Outcome]:
    """Return the outcomes of one controller on one view, from the cache where they are in it."""
    source = Path(str(import_module(entry.module).__file__)).read_text()
    code = closure(*re.findall(r"^from (lrcontrol[.\w]*) import", source, re.M))
    depends = f"{problem.digest()} {view} {sorted(oracle.items())} {code} {available()} {source}"
    fresh = partial(_run, entry, problem, view, oracle)
    rows = kept(cache, f"{problem.name}-{view}-{name}", depends, fresh)
    return [Outcome(*row) for row in rows]


def _run(entry: Compiled, problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    found = getattr(import_module(entry.module), entry.function)(problem, view, oracle)
    ratio = pace.paced(problem, view, entry.build) if entry.build else None
    return [
        o._replace(
            controller=o.controller.removesuffix(f" {view}"),
            start=STARTS[i % len(STARTS)] if o.start is None else o.start,
            time_ratio=ratio if o.time_ratio is None else o.time_ratio,
        )
        for i, o in enumerate(found)
    ]


def missing() -> Sequence[str]:
    """Return a line about each controller that is not here."""
    return [f"{n}: no {e.module}.py yet" for n, e in COMPILED.items() if n not in present()]
