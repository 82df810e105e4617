"""What control costs: each controller's whole loop against the bare River loop, and Vowpal Wabbit.

Both sides see the same records in one process and in turn; a figure is the median over rounds of
(time of ours / time of River's) in thread CPU time: 1.0 is as fast as River, 0.1 ten times faster.
Ours is ``Loop.learn`` in blocks of 64 with its guard, losses and decisions; River's is predict,
score, learn on StandardScaler and a linear model with SGD (``bank Adam``: with Adam), on sparse
text logistic regression without a scaler.

- ``d5`` .. ``d200``: dictionaries of that many numbers. ``text``: 30 words of 5,000 a record.
- ``file``: ten numbers a line of JSON, from a file through source, decoder and loop, in CPU time
  against River and ``json.loads``.
- ``/ vw``: the same in wall time against Vowpal Wabbit's own file mode on the same numbers in its
  text format (where it is installed: ``pip install vowpalwabbit``), which parses in a thread of its
  own: on a machine that is busy, or has one core, the figure says little.

``--quick`` measures d10 only, and files for the plain model and the small mixture.

    python benchmarks/speed.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from sides import CONTENDERS, Contender, bare, looped, model, ours, ratio, stream
from texts import Files, against_river, against_vowpal, files

WIDTHS = ("d5", "d10", "d50", "d200", "text")


class Plan(NamedTuple):
    """What is measured: the columns, records and rounds of each, and who learns from files."""

    widths: Sequence[str]
    rows: int
    rounds: int
    filed: Sequence[str]
    filed_rows: int  # whole periods, as of a stream that is read from its beginning


FULL = Plan(WIDTHS, 1024, 9, tuple(CONTENDERS), 320 * 64)
QUICK = Plan(("d10",), 256, 3, ("plain", "mixture small"), 64 * 64)


def in_memory(contender: Contender, width: str, rows: int, rounds: int) -> float:
    """Return the ratio for records that are already decoded."""
    a, b = ours(looped(contender, width)), bare(model(width, contender.optimizer))
    given = [stream(width, rows, seed) for seed in range(rounds + 1)]
    return ratio(lambda i: a(given[i]), lambda i: b(given[i]), rounds, time.thread_time)


def figures_of(name: str, plan: Plan, given: Files) -> Iterator[tuple[str, float | None]]:
    """Yield the figure of each column for one of ours; None where it is not measured."""
    contender = CONTENDERS[name]
    for width in plan.widths:
        yield width, in_memory(contender, width, plan.rows, plan.rounds)
    measured = name in plan.filed
    yield "file", against_river(contender, given, plan.rounds) if measured else None
    # Wall time is noisier than CPU time, hence more rounds.
    yield "vw", against_vowpal(contender, given, 3 * plan.rounds) if measured else None


def main() -> None:
    """Run all cases and print a line each, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer columns and rounds: under 50 s")
    plan = QUICK if parser.parse_args().quick else FULL
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(
        f"median of {plan.rounds} paired rounds of {plan.rows} records, files of {plan.filed_rows};"
        " time in units of River's own loop"
    )
    print(f"{'':17}" + "".join(f"{column:>8}" for column in (*plan.widths, "file", "/ vw")))
    figures: dict[str, dict[str, float | None]] = {}
    with tempfile.TemporaryDirectory() as folder:
        given = files(plan.filed_rows, Path(folder))
        for name in CONTENDERS:
            print(f"{name:17}", end="", flush=True)
            figures[name] = {}
            for column, figure in figures_of(name, plan, given):
                figures[name][column] = figure and round(figure, 3)
                shown = f"{'-':>8}" if figure is None else f"{figure:7.3f}x"
                print(shown, end="", flush=True)
            print(flush=True)
    if not find_spec("vowpalwabbit"):
        print("vowpalwabbit is not installed: nothing to compare with")
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main()
