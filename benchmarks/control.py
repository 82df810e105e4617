"""How near controllers come to the best fixed rate that hindsight would have chosen.

Streams: a folder with a ``manifest.yaml`` (``--streams``, else the environment's
``LRCONTROL_STREAMS``, else ``../shared/streams``), or without one the sets that River bundles. Two
views of each: scaled and raw. For each view the oracles, kept in ``--cache`` so that a run that is
broken off goes on where it was, and the compiled trace controller on all rows; then every classical
controller on the first rows of the scaled view. ``reference/oracles.csv`` beside the folder is
compared with where it is there.

A figure is the excess of the progressive loss over that of the best fixed rate of the same
optimizer (SGD), in percent: 0 equals hindsight. ``time_ratio`` is thread CPU time against the bare
River loop. The last line is JSON.

    python benchmarks/control.py [--quick] [--streams DIR] [--cache DIR] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import river
from keep import everything, kept
from oracles import Figures, oracles
from problems import ROWS, VIEWS, Problem, bundled, from_folder
from rivals import CONTROLLERS, Build, Outcome, excesses
from traces import off, traced

BESIDE = Path(__file__).parents[2] / "shared"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lrcontrol" / "benchmarks"
#: Rows of each stream that the controllers learn, which run at the speed of River.
CONTROLLED = 5000
#: The same, and rows of each stream altogether, with ``--quick``.
QUICK, QUICK_CONTROLLED = 1000, 200


class Measured(NamedTuple):
    """One view: outcomes of the trace controller; how far all is from the reference, if known."""

    outcomes: list[Outcome]
    deviation: tuple[float, str] | None
    trace: float | None


def folder(asked: Path | None) -> Path | None:
    """Return the folder of the streams, None for the bundled sets."""
    if asked or "LRCONTROL_STREAMS" in os.environ:
        return asked or Path(os.environ["LRCONTROL_STREAMS"])
    beside = BESIDE / "streams"
    return beside if (beside / "manifest.yaml").exists() else None


def reference(streams: Path | None) -> dict[tuple[str, str], dict[str, str]]:
    """Return the published oracles by stream and view, none without the folder they belong to."""
    path = streams.parent / "reference" / "oracles.csv" if streams else None
    if path is None or not path.exists():
        return {}
    with path.open(newline="") as lines:
        return {(row["stream"], row["view"]): row for row in csv.DictReader(lines)}


def deviation(figures: Figures, known: dict[str, str]) -> tuple[float, str]:
    """Return the largest relative deviation of a loss from the reference, and which it is.

    Left out: losses above that of no skill. They come from runs that diverged, of which only the
    magnitude means anything.
    """
    worst = (0.0, "")
    for name, figure in figures.items():
        if name.endswith("_rate"):
            continue
        want = float(known[name])
        if want <= figures["climatology"]:
            worst = max(worst, (abs(figure / want - 1.0), name))
    return worst


def measure(
    problem: Problem, known: dict[tuple[str, str], dict[str, str]], cache: Path
) -> Iterator[Measured]:
    """Yield the oracles and the trace controller's outcomes of both views, a line printed each."""
    for view in VIEWS:
        before = time.perf_counter()
        figures = oracles(problem, view, cache)
        outcomes, means = traced(problem, view, figures)
        row = known.get((problem.name, view))
        same = row if row and int(row["n"]) == len(problem.y) else None
        worst = deviation(figures, same) if same else None
        trace = off(means, same) if same else None
        line = f"{problem.name:20}{view:7}{len(problem.y):7}{problem.x.shape[1]:5}"
        for name in ("climatology", "o_sgd", "hard_plain", "hard_clamped"):
            line += f"{figures[name]:13.5g}"
        line += f"{statistics.median(o.excess for o in outcomes):9.2f}"
        line += f"{time.perf_counter() - before:7.1f} s"
        if worst:
            line += f"  {worst[0]:.0e} {trace:.0e}"
            worst = (worst[0], f"{problem.name} {view} {worst[1]}")
        print(line, flush=True)
        yield Measured(outcomes, worst, trace)


def table(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float | None]]:
    """Print a line a controller and return its figures."""
    rows = {}
    print(f"\n{'controller':20}{'median':>9}{'p75':>9}{'p90':>9}{'worst':>10}", end="")
    print(f"{'beat':>7}{'n':>5}{'nonfinite':>10}{'time':>8}")
    for name in dict.fromkeys(outcome.controller for outcome in outcomes):
        rows[name] = row = excesses([o for o in outcomes if o.controller == name])
        cells = (row[key] for key in ("median", "p75", "p90", "worst"))
        print(f"{name:20}" + "".join(f" {cell:8.4g}" for cell in cells), end=" ")
        print(f"{row['beat']:7.0%}{row['n']:5.0f}{row['nonfinite']:10.0f}", end="")
        ratio = row["time_ratio"]
        print(f"{'-':>8}" if ratio is None else f"{ratio:7.2f}x", flush=True)
    return rows


def controlled(problems: Sequence[Problem], rows: int, cache: Path) -> Iterator[Outcome]:
    """Yield every controller from every start on the first rows of every problem."""
    for i, problem in enumerate(problems, start=1):
        head = problem._replace(x=problem.x[:rows], y=problem.y[:rows])
        oracle = oracles(head, "scaled", cache)
        for name, build in CONTROLLERS.items():
            depends = f"{head.digest()} {oracle['o_sgd']} {name} {everything()} {river.__version__}"
            fresh = partial(_run, build, head, oracle, name)
            for fields in kept(cache, f"{head.name}-{name}", depends, fresh):
                yield Outcome(*fields)
        if sys.stderr.isatty():
            print(f"\r{i} of {len(problems)} streams", end="", file=sys.stderr, flush=True)


def _run(build: Build, problem: Problem, oracle: Figures, name: str) -> list[Outcome]:
    return list(build(problem, oracle, name))


def arguments() -> Any:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="the first rows only: under 50 s")
    parser.add_argument("--streams", type=Path, metavar="DIR", help="folder with a manifest.yaml")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"[{CACHE}]")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="streams to take")
    parser.add_argument("--compiled", action="store_true", help="leave the classical out")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and end with one line of JSON."""
    asked = arguments()
    streams = folder(asked.streams)
    limit = QUICK if asked.quick else ROWS
    source = from_folder(streams, limit, asked.only) if streams else bundled(limit, asked.only)
    print(f"{'stream':20}{'view':7}{'n':>7}{'d':>5}{'climatology':>13}{'O_own SGD':>13}", end="")
    print(f"{'hard plain':>13}{'hard clamped':>13}{'trace %':>9}")
    known, problems, started = reference(streams), [], time.perf_counter()
    measured: list[Measured] = []
    for problem in source:
        measured += measure(problem, known, asked.cache)
        problems.append(problem)
    seconds = time.perf_counter() - started
    print(f"{len(problems)} streams, {seconds:.0f} s")
    worst, where = max((m.deviation for m in measured if m.deviation), default=(None, ""))
    trace = max((m.trace for m in measured if m.trace is not None), default=None)
    if worst is not None:
        print(f"largest relative deviation from the reference: {worst:.1e} ({where}),", end=" ")
        print(f"of the trace controller {trace:.1e}")
    rows = QUICK_CONTROLLED if asked.quick else CONTROLLED
    outcomes = sorted((o for each in measured for o in each.outcomes), key=lambda o: o.controller)
    if not asked.compiled:
        outcomes = [*controlled(problems, rows, asked.cache), *outcomes]
    report = {"seconds": seconds, "deviation": worst, "trace_deviation": trace}
    print(json.dumps(report | {"classical_rows": rows, "controllers": table(outcomes)}))


if __name__ == "__main__":
    main()
