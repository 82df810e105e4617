"""Shadow arms: whether they tell the truth, and what they cost.

**Truth.** A model at a fixed rate r has arms at half and double of it. What they say, the loss of
an arm over that of the served model on the same records, is held against what is so: the loss of a
model of its own at r/2, or 2r, over that of one at r. A linear model on standardised features,
rates 0.00025 to 0.256 by factors of four. Two views: the whole stream with its start, and ``late``,
its second half alone: what arms say of a daemon that has run for a while. Both count a record's
loss as 25 times that of no skill at most, or one outlier would be all that is so.

- ``sign``: share of the cases in which arms say better where better is so, worse where worse; of
  those where the truth is beyond 2 %.
- ``size``: median of (what they say / what is so), in ln of the ratio of losses; same cases.
- ``told``: cases in which they say 5 % better or more; ``wrong``: of these, not better in truth.

**Cost.** Time of a loop without arms / of one with them, thread CPU time, paired as in ``loop.py``:
0.91 is what a budget of 1.1 allows. ``bank``: where the served model learns in a kernel.

The burst was chosen on the streams in ``CHOSEN_ON``; the figures reported are of all others.

    python benchmarks/arms.py [--quick] [--choose] [--streams ../shared/streams]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from itertools import product
from math import log
from pathlib import Path
from typing import Any, NamedTuple

from arms_cost import cost
from loop import Size
from problems import Problem, bundled, from_folder
from river import compose, linear_model, optim, preprocessing

from lrcontrol.arms import Shadows
from lrcontrol.arms.bursts import MOST
from lrcontrol.control import Fixed
from lrcontrol.loop import Loop
from lrcontrol.record import Record
from lrcontrol.scoring import Classification, Regression

BESIDE = Path(__file__).parents[2] / "shared" / "streams"
CHOSEN_ON = (
    "ccpp", "elec2", "beijing_pm25", "protein_casp", "eeg_eye_state", "computer_activity",
    "noaa_weather",
)  # fmt: skip
#: Wide streams are left out: minutes each, in plain Python.
WIDEST = 30
SMALLEST = 5000
RATES = tuple(0.001 * 4.0**k for k in range(-1, 5))
ROWS = 20_000
VIEWS = ("whole", "late")
BLOCK = 64
#: Beyond this, in ln of the ratio of losses, a difference is one.
REAL = log(1.02)
BETTER = log(0.95)
BURSTS = (256, 1024, 2048, 4096)
IN_QUICK = ("gas_turbine_nox", "occupancy_detection")
QUICK_ROWS = 5000
QUICK, FULL = Size(3, 3, 2000), Size(9, 5, 4000)
#: A budget at which a burst follows the one before, whatever its length.
ALWAYS = 1000.0
BUDGETS = (ALWAYS, 1.5, 1.1, 1.02)


class Case(NamedTuple):
    """What is so and what the arms say, as ln of the ratio of losses; None without a burst."""

    stream: str
    rate: float
    arm: str
    truth: float
    said: float | None


def model_for(problem: Problem) -> compose.Pipeline:
    """Return the model that learns a stream."""
    final: Any = {
        "regression": linear_model.LinearRegression,
        "binary": linear_model.LogisticRegression,
        "multiclass": linear_model.SoftmaxRegression,
    }[problem.task](optim.SGD(0.01))
    return preprocessing.StandardScaler() | final


def records_of(problem: Problem) -> list[Record]:
    """Return a stream as records."""
    kind = {"regression": float, "binary": bool, "multiclass": int}[problem.task]
    names = [f"f{i}" for i in range(problem.x.shape[1])]
    rows = zip(problem.x.tolist(), problem.y.tolist(), strict=True)
    return [Record(dict(zip(names, row, strict=True)), kind(y)) for row, y in rows]


def run(
    problem: Problem, records: Sequence[Record], rate: float, shadows: Shadows
) -> dict[str, dict[str, tuple[float, float]]]:
    """Return for each view and arm the sums of its losses and of the served model's beside it."""
    task = task_for(problem)
    loop = Loop(model_for(problem), Fixed(), initial_rate=rate, task=task, shadows=shadows)
    half = middle(records)
    loop.learn(records[:half])
    first = {arm.name: (arm.loss_sum, arm.served_sum) for arm in loop.status.arms}
    loop.learn(records[half:])
    last = {arm.name: (arm.loss_sum, arm.served_sum) for arm in loop.status.arms}
    late = {n: (last[n][0] - first[n][0], last[n][1] - first[n][1]) for n in last}
    return {"whole": last, "late": late}


def alone(problem: Problem, records: Sequence[Record], rate: float) -> dict[str, float]:
    """Return for each view the sum of a model's losses, counted as those of arms are."""
    task = task_for(problem)
    loop = Loop(model_for(problem), Fixed(), initial_rate=rate, task=task, compiled=True)
    ys = [record.y for record in records]
    most = MOST * task_for(problem).baseline(ys) / len(ys)
    losses = loop.learner.learn_all([record.x for record in records], ys)
    counted = [loss if loss < most else most for loss in losses]
    return {"whole": sum(counted), "late": sum(counted[middle(records) :])}


def task_for(problem: Problem) -> Regression | Classification:
    """Return how a stream is scored."""
    return Regression() if problem.task == "regression" else Classification(problem.task)


def middle(records: Sequence[Record]) -> int:
    """Return where the second half of a stream begins, between two blocks."""
    return len(records) // 2 // BLOCK * BLOCK


def cases(problem: Problem, shadows: Sequence[Shadows]) -> Iterator[dict[str, list[Case]]]:
    """Yield the cases of a stream, by view, for each of ``shadows``."""
    records = records_of(problem)
    wanted = sorted({rate * factor for rate in RATES for factor in (0.5, 1.0, 2.0)})
    true = {rate: alone(problem, records, rate) for rate in wanted}
    for one in shadows:
        found: dict[str, list[Case]] = {view: [] for view in VIEWS}
        for rate in RATES:
            told = run(problem, records, rate, one)
            for view, (name, factor) in product(VIEWS, (("half", 0.5), ("double", 2.0))):
                is_so = log(true[rate * factor][view] / true[rate][view])
                own, served = told[view][name]
                said = log(own / served) if own > 0.0 and served > 0.0 else None
                found[view].append(Case(problem.name, rate, name, is_so, said))
        yield found


def figures(found: Sequence[Case]) -> dict[str, float]:
    """Return how what is said and what is so agree."""
    pairs = [(case.truth, case.said) for case in found if case.said is not None]
    real = [(truth, said) for truth, said in pairs if abs(truth) > REAL]
    told = [truth for truth, said in pairs if said < BETTER]
    return {
        "cases": len(found),
        "silent": len(found) - len(pairs),
        "real": len(real),
        "sign": round(sum(t * s > 0.0 for t, s in real) / max(len(real), 1), 3),
        "size": round(statistics.median([s / t for t, s in real] or [0.0]), 2),
        "told": len(told),
        "wrong": sum(truth >= 0.0 for truth in told),
    }


def truth(problems: Sequence[Problem], shadows: Sequence[Shadows]) -> dict[str, dict[str, float]]:
    """Print a line for each of ``shadows`` and view; return their figures."""
    print(f"\n{'view':8}{'burst':>6}{'budget':>8}", end="")
    print("".join(f"{n:>8}" for n in ("cases", "silent", "real", "sign", "size", "told", "wrong")))
    result = {}
    each = [list(cases(problem, shadows)) for problem in problems]
    for view, (at, one) in product(VIEWS, enumerate(shadows)):
        row = figures([case for found in each for case in found[at][view]])
        print(f"{view:8}{one.burst:6}{one.budget:8g}", end="")
        print("".join(f"{figure:8}" for figure in row.values()), flush=True)
        result[f"{view}_{one.burst}_{one.budget:g}"] = row
    return result


def problems(options: argparse.Namespace) -> list[Problem]:
    """Return the streams to tell the truth about, River's own where there is no folder."""
    rows = QUICK_ROWS if options.quick else ROWS
    if (options.streams / "manifest.yaml").is_file():
        known = from_folder(options.streams, rows, IN_QUICK if options.quick else ())
    else:
        known = bundled(rows)
    return [
        problem
        for problem in known
        if (problem.name in CHOSEN_ON) == options.choose
        and problem.x.shape[1] <= WIDEST
        and len(problem.x) >= min(SMALLEST, rows)
    ]


def main() -> None:
    """Run both parts and print a line each, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="few streams and rounds: under 50 s")
    parser.add_argument("--choose", action="store_true", help="all bursts, on the other streams")
    parser.add_argument(
        "--streams",
        type=Path,
        default=os.environ.get("LRCONTROL_STREAMS", BESIDE),
        help="folder with a manifest.yaml (default: $LRCONTROL_STREAMS, or ../shared/streams)",
    )
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    bursts = BURSTS if options.choose else (Shadows().burst,)
    budgets = (ALWAYS,) if options.choose else (ALWAYS, 1.1) if options.quick else BUDGETS
    shadows = [
        Shadows(("half", "double"), budget=budget, burst=burst)
        for burst in bursts
        for budget in budgets
    ]
    chosen = problems(options)
    print("streams:", ", ".join(problem.name for problem in chosen))
    told = {"truth": truth(chosen, shadows)}
    costs = {} if options.choose else {"cost": cost(QUICK if options.quick else FULL)}
    print(json.dumps(told | costs))


if __name__ == "__main__":
    main()
