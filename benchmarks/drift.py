"""How many rows after a change of the world a model needs until it is as good as it can be.

Streams: the drifting ones of ``synthetic.py`` (abrupt, gradual, recurring; numbers, two classes,
four classes), scaled, from several seeds. After each change of concept one stretch of rows follows
it to the end (or to the next change). A gradual change counts from where it is complete.

The measure is a model trained with the best rate for the new concept: SGD that learns the rows of
the stretch and nothing else, at the one of 33 fixed rates with the least mean loss over them, its
start from zero included; it is settled: its losses are those of a second pass. *Rows needed*: the
least k for which the mean progressive loss over the ``WINDOW`` rows from k after the change is
within 10 % of that model's over the same rows, so that noisy labels weigh on both; all the rows of
the stretch where there is none (*never*). (At the rate that is best in the second pass, a model
that has nothing left to learn hardly moves, and one that follows could never come within 10 %.)

Compared: the trace controller, the bank of SGD and the small mixture from start rates 1e-5 to 10;
the best fixed rate in hindsight, the one of 33 with the least mean loss over the whole stream; bold
driver from 0.01; and River's default, SGD at 0.01. The last line is JSON. ``--plot`` draws the loss
around an abrupt change (matplotlib, the extra ``plot``).

    python benchmarks/drift.py [--quick] [--seeds N] [--plot docs/drift.svg]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import followers
import numpy as np
from oracles import RATES
from problems import Problem
from synthetic import LENGTH, TASKS, make, segments

from lrcontrol.kernels import Scaled, Shadows, losses

KINDS = ("abrupt", "gradual", "recurring")
#: Rows over which a loss is averaged; what counts as having come back.
WINDOW, WITHIN = 200, 1.1
#: Seeds in all, and with --quick, which also takes this many rows.
SEEDS, QUICK_SEEDS, QUICK_ROWS = 10, 2, 5000


class Return(NamedTuple):
    """Rows that one model needed after one change, and how many there were."""

    stream: str
    model: str
    change: tuple[int, int]
    needed: int
    rows: int


def as_good_as_can_be(problem: Problem, records: Scaled, start: int, end: int) -> np.ndarray:
    """Return the losses of the model trained with the best rate for rows ``start`` to ``end``."""
    before, after = (part[start:end] for part in records)
    y = problem.y[start:end]
    shadows = Shadows(problem.task, "SGD", RATES, before.shape[1], problem.classes, floor=0.0)
    first, second = (losses(problem.task, shadows.learn(before, after, y), y) for _ in range(2))
    return np.asarray(second[:, first.mean(axis=0).argmin()])


def needed(loss: np.ndarray, best: np.ndarray) -> int:
    """Return the rows until ``loss`` is within 10 % of ``best``, its length where it never is.

    >>> needed(np.r_[np.full(100, 9.0), np.ones(400)], np.ones(500))
    98
    """
    within = _rolling(loss) <= WITHIN * _rolling(best)
    return int(within.argmax()) if within.any() else len(loss)


def _rolling(values: np.ndarray) -> np.ndarray:
    """Return the mean over the ``WINDOW`` values from each place on."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return (total[WINDOW:] - total[:-WINDOW]) / WINDOW


def returns(problem: Problem, seed: int) -> Iterator[Return]:
    """Yield the rows that every model needed after every change of one stream."""
    records = problem.view("scaled")
    stretches = segments(problem.drift, len(problem.y))
    best = {s: as_good_as_can_be(problem, records, *s) for s in stretches}
    for model, run in followers.present().items():
        loss = run(problem, records)
        for start, end in stretches:
            for column in loss[start:end].T:
                count = needed(column, best[start, end])
                yield Return(problem.name, model, (seed, start), count, end - start)


def table(found: list[Return]) -> dict[str, dict[str, float]]:
    """Print the median rows of each model on each stream, and return the figures of the models."""
    models = list(dict.fromkeys(r.model for r in found))
    print(f"{'median rows needed':24}" + "".join(f"{model:>18}" for model in models))
    for stream in dict.fromkeys(r.stream for r in found):
        line = f"{stream:24}"
        for model in models:
            line += f"{_median(r for r in found if (r.stream, r.model) == (stream, model)):18.0f}"
        print(line)
    figures = {model: _figures(found, model) for model in models}
    for key in next(iter(figures.values())):
        print(f"{key:24}" + "".join(f"{figures[model][key]:18.3g}" for model in models))
    return figures


def _median(found: Iterator[Return]) -> float:
    return float(np.median([r.needed for r in found]))


def _figures(found: list[Return], model: str) -> dict[str, float]:
    """Return median and p90 of rows, share of changes that were never followed, share not slower.

    ``not slower``: of the streams' medians, those at or below that of the best fixed rate.
    """
    rows = [r.needed for r in found if r.model == model]
    streams = dict.fromkeys(r.stream for r in found)

    def on(stream: str, name: str) -> float:
        return _median(r for r in found if (r.stream, r.model) == (stream, name))

    return {
        "median": float(np.median(rows)),
        "p90": float(np.quantile(rows, 0.9)),
        "never": float(np.mean([r.needed == r.rows for r in found if r.model == model])),
        "not slower": float(np.mean([on(s, model) <= on(s, followers.BEST) for s in streams])),
        "n": len(rows),
    }


def arguments() -> Any:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and seeds: under 50 s")
    parser.add_argument("--seeds", type=int, metavar="N", help=f"seeds of each stream [{SEEDS}]")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw to .svg or .png and end")
    return parser.parse_args()


def main() -> None:
    """Measure and end with one line of JSON, or draw."""
    asked, began = arguments(), time.perf_counter()
    seeds = asked.seeds or (QUICK_SEEDS if asked.quick else SEEDS)
    if asked.plot:
        from drift_plot import draw  # matplotlib is not needed for the table

        draw(asked.plot)
        return
    rows = QUICK_ROWS if asked.quick else LENGTH
    found: list[Return] = []
    for kind in KINDS:
        for task in TASKS:
            for seed in range(1, seeds + 1):
                found += returns(make(kind, task, rows, seed), seed)
    figures = table(found)
    print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows, "models": figures}))


if __name__ == "__main__":
    main()
