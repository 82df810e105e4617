"""Models that no kernel mirrors, against the best fixed rate that hindsight would have chosen.

- ``fm``: River's factorization machines (4 and 10 factors) whose rate the trace law climbs, on each
  regression and binary stream of at most 25 columns. Their start rate changes nothing (a test says
  so), so there is one run a stream and size. Against the best of 15 fixed rates, 1e-6 to 10 in half
  decades: ``plain``, and ``clamped``, the better of that and the best with predictions cut to the
  labels seen, which is what ours are.
- ``mlp`` (where torch is installed): one hidden layer of 16 or 64 on six streams, with SGD and with
  Adam, from torch's default start. The same 15 rates, the stricter of the two yardsticks.
- ``race``: the same machines raced as black boxes with a budget of 1.25.
- ``budget``: what the race costs in the long run, updates counted and thread CPU time measured,
  both over the bare River loop's, scaler and logistic regression with Adam.

Excess is in percent of the mean loss over all rows, start-up included: 0 equals hindsight. Scaled
features. Streams: a folder's (``--streams``, else the environment's ``LRCONTROL_STREAMS``), else
River's own. What fixed rates reach is kept in ``--cache``. The last line is JSON.

    python benchmarks/others.py [--quick] [--streams DIR] [--rows N] [--only fm mlp race budget]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fixed_fm
import numpy as np
from keep import kept
from problems import Problem, bundled, from_folder
from river import facto, linear_model, optim, preprocessing

from lrcontrol.control import Trace
from lrcontrol.control.race import Race
from lrcontrol.kernels.losses import clamp
from lrcontrol.learners.adapted import Adapted
from lrcontrol.learners.raced import Raced
from lrcontrol.scoring import task_of

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lrcontrol" / "benchmarks"
RATES = 10.0 ** (np.arange(15) / 2 - 6)
FACTORS, COLUMNS, SEED = (4, 10), 25, 1
#: Streams and hidden units of the multilayer perceptrons: two of each task.
PAIRS = {
    "gas_turbine_nox": 16, "protein_casp": 64, "elec2": 16, "noaa_weather": 64,
    "pen_digits": 16, "room_occupancy": 64,
    "trump_approval": 16, "water_flow": 64, "bananas": 16, "phishing": 64,
    "image_segments": 16, "shuttle": 64,
}  # fmt: skip
#: Records over which the budget is measured: four times what pays for a race at 1.25.
LONG = 80_000


def records(problem: Problem) -> tuple[list[dict[str, float]], list[Any]]:
    """Return the records as River takes them."""
    names = [f"f{j}" for j in range(problem.x.shape[1])]
    xs = [dict(zip(names, row, strict=True)) for row in problem.x.tolist()]
    ys = problem.y.tolist()
    return xs, ys if problem.task == "regression" else [y == 1.0 for y in ys]


def machine(problem: Problem, factors: int) -> Any:
    """Return a fresh factorization machine behind a scaler."""
    kind = facto.FMRegressor if problem.task == "regression" else facto.FMClassifier
    return preprocessing.StandardScaler() | kind(n_factors=factors, seed=SEED)


def best_machine(problem: Problem, factors: int, cache: Path) -> dict[str, float]:
    """Return the least mean loss of the fixed rates: plain, and the better of plain and clamped."""

    def compute() -> dict[str, float]:
        raw = fixed_fm.raw_predictions(problem, "scaled", factors, SEED, RATES)
        plain = clamped = float(fixed_fm.losses(problem, raw).mean(0).min())
        if problem.task == "regression":
            cut = fixed_fm.losses(problem, clamp(raw, problem.y)).mean(0)
            clamped = min(plain, float(cut.min()))
        return {"plain": plain, "clamped": clamped}

    depends = f"fm 1 {factors} {SEED} {RATES.tolist()} {problem.digest()}"
    result: dict[str, float] = kept(cache, f"fm {problem.name}", depends, compute)
    return result


def machines(problems: list[Problem], cache: Path) -> Iterator[dict[str, Any]]:
    """Yield the excess of each factorization machine."""
    for problem in problems:
        if problem.task == "multiclass" or problem.x.shape[1] > COLUMNS:
            continue
        for factors in FACTORS:
            best, model = best_machine(problem, factors, cache), machine(problem, factors)
            learner = Adapted(model, Trace(), task_of(model))
            row = _row(f"{problem.name} {factors}", learner.learn_all(*records(problem)), best)
            yield row | {"restores": learner._steering.keeper.restored}


def raced(problems: list[Problem], cache: Path) -> Iterator[dict[str, Any]]:
    """Yield the excess of the smaller machine, raced."""
    for problem in problems:
        if problem.task == "multiclass" or problem.x.shape[1] > COLUMNS:
            continue
        best, model = best_machine(problem, FACTORS[0], cache), machine(problem, FACTORS[0])
        learner = Raced(model, Race(), task_of(model))
        row = _row(f"{problem.name} {FACTORS[0]}", learner.learn_all(*records(problem)), best)
        yield row | {"cost": round(learner.cost, 2)}


def perceptrons(problems: list[Problem], cache: Path, optimizer: str) -> Iterator[dict[str, Any]]:
    """Yield the excess of each multilayer perceptron."""
    import fixed_mlp
    import torch

    from lrcontrol.adapters.torch_learner import TorchLearner

    torch.set_num_threads(1)
    for problem in problems:
        hidden = PAIRS.get(problem.name, 0)
        if not hidden:
            continue

        def compute(problem: Problem = problem, hidden: int = hidden) -> dict[str, float]:
            plain, cut = fixed_mlp.losses(problem, hidden, optimizer, SEED, RATES)
            return {"plain": float(plain.min()), "clamped": float(min(plain.min(), cut.min()))}

        depends = f"mlp 1 {hidden} {optimizer} {SEED} {RATES.tolist()} {problem.digest()}"
        best = kept(cache, f"mlp {problem.name}", depends, compute)
        module = fixed_mlp.mlp(problem, hidden, SEED)
        steps = getattr(torch.optim, optimizer)(module.parameters(), lr=1e-3)
        learner = TorchLearner(module, steps, fixed_mlp.loss_of(problem))
        x = torch.tensor(problem.view("scaled").before, dtype=torch.float32)
        ys = problem.y.tolist() if problem.task == "regression" else problem.y.astype(int).tolist()
        losses = [learner.learn_one(row, y) for row, y in zip(x, ys, strict=True)]
        row = _row(f"{problem.name} {hidden} {optimizer}", losses, best)
        yield row | {"restores": learner.restores}


def budget(problems: list[Problem], rows: int) -> Iterator[dict[str, Any]]:
    """Yield what a race costs over many records of the first binary stream, again and again."""
    problem = next(p for p in problems if p.task == "binary")
    xs, ys = records(problem)
    times = -(-rows // len(xs))
    xs, ys = (xs * times)[:rows], (ys * times)[:rows]

    def model() -> Any:
        adam = linear_model.LogisticRegression(optim.Adam(0.01))
        return preprocessing.StandardScaler() | adam

    bare, learner = model(), Raced(model(), Race(), task_of(model()))
    ours = theirs = 0.0
    for start in range(0, rows, 1000):
        part = xs[start : start + 1000], ys[start : start + 1000]
        before = time.thread_time()
        for x, y in zip(*part, strict=True):
            bare.predict_proba_one(x)
            bare.learn_one(x, y)
        between = time.thread_time()
        learner.learn_all(*part)
        ours += time.thread_time() - between
        theirs += between - before
    name = f"{problem.name} {rows} rows"
    yield {"run": name, "counted": round(learner.cost, 3), "measured": round(ours / theirs, 3)}


def _row(name: str, losses: list[float], best: dict[str, float]) -> dict[str, Any]:
    finite = bool(np.isfinite(losses).all())
    mean = float(np.mean(losses)) if finite else float("inf")
    excess = {key: round(100.0 * (mean / value - 1.0), 2) for key, value in best.items()}
    return {"run": name, "loss": mean} | excess | {"finite": finite}


def summary(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Return median, worst and the share at or below hindsight, by the yardstick."""
    values = sorted(row[key] for row in rows)
    return {
        "n": len(values),
        "median": round(statistics.median(values), 2),
        "worst": values[-1],
        "beat": sum(value <= 0.0 for value in values),
        "nonfinite": sum(not row["finite"] for row in rows),
    }


def main() -> None:
    """Print a line a run and a table of summaries, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and streams: under 50 s")
    parser.add_argument("--streams", type=Path, default=os.environ.get("LRCONTROL_STREAMS"))
    parser.add_argument("--rows", type=int, help="rows of each stream (3000; quick 400)")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--only", nargs="+", choices=("fm", "mlp", "race", "budget"))
    args = parser.parse_args()
    rows = args.rows or (400 if args.quick else 3000)
    source = from_folder(Path(args.streams), rows) if args.streams else bundled(rows)
    problems = list(source)
    some = problems[::4] if args.quick else problems
    parts = {
        "fm": lambda: machines(problems, args.cache),
        "race": lambda: raced(some, args.cache),
        "budget": lambda: budget(problems, 12_000 if args.quick else LONG),
    }
    if find_spec("torch"):
        parts["mlp"] = lambda: perceptrons(problems, args.cache, "SGD")
        parts["mlp_adam"] = lambda: perceptrons(some, args.cache, "Adam")
    report: dict[str, Any] = {"rows": rows, "streams": str(args.streams or "bundled")}
    for name, part in parts.items():
        if args.only and name.split("_")[0] not in args.only:
            continue
        print(f"\n{name}")
        found = []
        for row in part():
            found.append(row)
            print(
                "  " + "  ".join(f"{key} {_short(value)}" for key, value in row.items()), flush=True
            )
        report[name] = {"runs": found}
        for key in ("plain", "clamped"):
            if found and key in found[0]:
                report[name][key] = summary(found, key)
                print(f"  against {key}: {report[name][key]}")
    print(json.dumps(report))


def _short(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
