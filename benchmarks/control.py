"""How near controllers come to the best fixed rate that hindsight would have chosen.

Streams: River's bundled sets and the seeded ones of ``synthetic.py``; or a folder with a
``manifest.yaml`` (``--streams``, else the environment's ``LRCONTROL_STREAMS``), to which
``--synthetic`` adds the seeded ones. Two views of each: scaled and raw. Start rates 1e-5, 1e-3, 0.1
and 10. On all rows the compiled controllers (``compiled.py``) and what people use today
(``peers.py``); on the first rows, because they run at River's speed, the classical controllers
(``rivals.py``). All of it is kept in ``--cache`` under a digest of stream, protocol, code and
versions, so a run that is broken off goes on where it was.

A figure is the excess of the progressive loss, start-up included, over that of the yardstick named
in the table, in percent: 0 equals hindsight. ``time_ratio`` is thread CPU time against the bare
River loop on the same rows. ``reference/oracles.csv`` beside a folder is compared with where it is
there. The last line is JSON. Constants are tuned on one ``--half``, reported on the other;
``--against`` an earlier report fails when a median is more than 0.5 point worse.

    python benchmarks/control.py [--quick] [--streams DIR [--synthetic]] [--each] ...
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import compiled
import peers
import tables
from keep import everything, kept
from oracles import oracles
from outcomes import STARTS, Cell, Outcome, cells
from problems import ROWS, VIEWS, Problem, bundled, from_folder
from reference import PROTOTYPES, Known, deviation, prototypes, read
from rivals import CONTROLLERS, classical
from synthetic import synthetic

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lrcontrol" / "benchmarks"
HERE = Path(__file__).parent
#: Points by which a median may be worse than in an earlier report.
TOLERANCE = 0.5


class Extent(NamedTuple):
    """Rows of a stream; rows, views and starts of the classical controllers; rows of the peers."""

    rows: int
    classical: int
    views: tuple[str, ...]
    starts: tuple[float, ...]
    peers: int


FULL = Extent(ROWS, 5000, VIEWS, STARTS, ROWS)
#: What fits into 30 seconds of CPU time.
QUICK = Extent(1000, 200, VIEWS[:1], (1e-3, 1e1), 300)


def problems(asked: Any, limit: int) -> Iterator[Problem]:
    """Yield the streams that were asked for."""
    folder = asked.streams or os.environ.get("LRCONTROL_STREAMS")
    made = synthetic(limit, asked.only, asked.seed)
    first = from_folder(Path(folder), limit, asked.only) if folder else bundled(limit, asked.only)
    for problem in chain(first, made if asked.synthetic or not folder else ()):
        half = "ab"[hashlib.sha256(problem.name.encode()).digest()[0] % 2]
        if asked.half in (None, half):
            yield problem


def measured(
    problem: Problem, view: str, extent: Extent, known: Known | None, asked: Any
) -> Iterator[Cell]:
    """Yield the outcome of every controller on one view, a line printed."""
    before, figures = time.perf_counter(), oracles(problem, view, asked.cache)
    found: list[Outcome] = []
    if not asked.compiled:
        found += _classical(problem, view, extent, asked.cache) + _peers(
            problem, view, extent, asked.cache
        )
    for name, entry in compiled.present().items():
        found += compiled.outcomes(name, entry, problem, view, figures, asked.cache)
    if known:
        found += prototypes(known, figures)
    line = f"{problem.name:26}{view:7}{len(problem.y):7}{problem.x.shape[1]:5}"
    for name in ("climatology", "o_sgd", "hard_plain", "hard_clamped"):
        line += f"{figures[name]:13.5g}"
    print(line + f"{time.perf_counter() - before:7.1f} s", flush=True)
    yield from cells(problem, view, found)


def _classical(problem: Problem, view: str, extent: Extent, cache: Path) -> list[Outcome]:
    if view not in extent.views:
        return []
    head = problem.head(extent.classical)
    figures = oracles(head, view, cache)
    source = (HERE / "rivals.py").read_text()
    found = []
    for name in CONTROLLERS:
        depends = (
            f"{head.digest()} {view} {figures['o_sgd']} {extent.starts} {everything()}{source}"
        )
        fresh = partial(classical, head, view, figures, name, extent.starts)
        found += kept(cache, f"{head.name}-{view}-{name}", depends, fresh)
    return [Outcome(*row) for row in found]


def _peers(problem: Problem, view: str, extent: Extent, cache: Path) -> list[Outcome]:
    head = problem.head(extent.peers)
    figures = oracles(head, view, cache)
    source = (HERE / "peers.py").read_text()
    found = []
    for name in peers.present():
        depends = f"{head.digest()} {view} {figures['hard_clamped']} {peers.edition(name)}{source}"
        fresh = partial(peers.peer, name, head, view, figures)
        found += kept(cache, f"{head.name}-{view}-{name}", depends, fresh)
    return [Outcome(*row) for row in found]


def arguments() -> Any:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="the first rows only: under 50 s")
    parser.add_argument("--streams", type=Path, metavar="DIR", help="folder with a manifest.yaml")
    parser.add_argument("--synthetic", action="store_true", help="the seeded streams as well")
    parser.add_argument("--seed", type=int, default=1, help="of the seeded streams [1]")
    parser.add_argument("--half", choices="ab", help="half of the streams: tune on a, report b")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="streams to take")
    parser.add_argument("--compiled", action="store_true", help="leave classical and peers out")
    parser.add_argument("--each", action="store_true", help="a table of every problem")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"[{CACHE}]")
    parser.add_argument("--against", type=Path, metavar="FILE", help="an earlier run's output")
    return parser.parse_args()


def run(asked: Any, extent: Extent) -> tuple[list[Cell], tuple[float, str] | None]:
    """Measure all; return the cells, and the largest deviation from the reference, if known."""
    print(f"{'stream':26}{'view':7}{'n':>7}{'d':>5}{'climatology':>13}{'O_own SGD':>13}", end="")
    print(f"{'hard plain':>13}{'hard clamped':>13}")
    known, found, deviations = read(asked.streams), [], []
    for problem in problems(asked, extent.rows):
        for view in VIEWS:
            row = known.get((problem.name, view))
            same = row if row and int(row["n"]) == len(problem.y) else None
            found += measured(problem, view, extent, same, asked)
            if same:
                figures = oracles(problem, view, asked.cache)
                deviations.append(deviation(f"{problem.name} {view}", figures, same))
    return found, max(deviations, default=None)


def report(found: list[Cell], asked: Any) -> dict[str, Any]:
    """Print the tables and return their figures."""
    against = dict.fromkeys(CONTROLLERS, "best fixed rate of SGD, the first rows")
    against |= dict.fromkeys(peers.PEERS, "hard_clamped")
    against |= {title: yardstick for title, (_, yardstick) in PROTOTYPES.items()}
    names = list(dict.fromkeys(cell.outcome.controller for cell in found))
    against |= {n: entry.against for n in names if (entry := compiled.entry_of(n))}
    rows = tables.of_controllers(found, against)
    groups = tables.of_groups(found, [n for n in names if compiled.entry_of(n) and "," not in n])
    if asked.each:
        tables.of_problems(found, names)
    return {"controllers": rows, "groups": groups}


def worse(controllers: dict[str, Any], earlier: Path) -> list[str]:
    """Return a line for each controller whose median rose by more than ``TOLERANCE``."""
    before = json.loads(earlier.read_text().splitlines()[-1])["controllers"]
    moved = {n: (before[n]["median"], controllers[n]["median"]) for n in before if n in controllers}
    return [f"{n}: {a:+.2f} to {b:+.2f}" for n, (a, b) in moved.items() if b > a + TOLERANCE]


def main() -> None:
    """Measure, print, and end with one line of JSON."""
    asked, began = arguments(), time.perf_counter()
    extent = QUICK if asked.quick else FULL
    found, worst = run(asked, extent)
    if not found:
        raise SystemExit("no such streams: --only takes the names of the first column")
    figures = report(found, asked)
    if not asked.compiled and "vw" not in peers.present():
        print("\nvw, vw --coin: not installed (pip install vowpalwabbit)")
    for line in compiled.missing():
        print(line)
    if worst:
        print(f"largest relative deviation from the reference: {worst[0]:.1e} ({worst[1]})")
    seconds = time.perf_counter() - began
    rose = worse(figures["controllers"], asked.against) if asked.against else []
    for line in rose:
        print(f"worse than before: {line}", file=sys.stderr)
    head = {"seconds": seconds, "deviation": worst and worst[0], "classical_rows": extent.classical}
    print(json.dumps(head | figures))
    raise SystemExit(1 if rose else 0)


if __name__ == "__main__":
    main()
