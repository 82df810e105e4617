"""The classical controllers on one problem, against its oracle and the bare River loop.

They need a River object a start rate, so they run at River's speed: on the scaled view, from two
start rates. Those that move on the loss trend alone are here to be beaten.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from oracles import Figures
from problems import Problem
from river import linear_model, optim, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import PID, BoldDriver, Fixed, InverseTime, Plateau
from lrcontrol.control.limits import Limits

#: Start rates: one below and one above any sensible one.
STARTS = (1e-3, 1e1)
#: River's default rate of SGD.
DEFAULT = 0.01
#: Records learned at a time, as in the daemon.
BLOCK = 64
#: Excess in percent that stands for any beyond it, so that JSON can hold it.
ABSURD = 1e9

Build = Callable[[Problem, Figures, str], Iterator["Outcome"]]


class Outcome(NamedTuple):
    """One controller on one problem from one start: excess in percent, CPU time in River's.

    ``nonfinite`` counts losses that are not finite, or beyond 1e12 times that of no skill. A
    compiled controller that was given arrays has no time to compare with.
    """

    controller: str
    excess: float
    nonfinite: int
    time_ratio: float | None


def pipeline(problem: Problem, rate: float) -> Any:
    """Return River's scaler and linear model; softmax knows its classes from the start."""
    sgd = optim.SGD(rate)
    if problem.task == "multiclass":
        softmax = linear_model.SoftmaxRegression(sgd)
        for label in range(problem.classes):
            _ = softmax.weights[label]
        return preprocessing.StandardScaler() | softmax
    kinds = {
        "regression": linear_model.LinearRegression,
        "binary": linear_model.LogisticRegression,
    }
    return preprocessing.StandardScaler() | kinds[problem.task](sgd, intercept_lr=rate)


def records(problem: Problem) -> list[Record]:
    """Return the problem's rows as records."""
    kind = {"regression": float, "binary": bool, "multiclass": int}[problem.task]
    rows = zip(problem.x.tolist(), problem.y.tolist(), strict=True)
    return [Record({str(j): v for j, v in enumerate(x)}, kind(y)) for x, y in rows]


def bare(problem: Problem, items: Sequence[Record]) -> float:
    """Return the CPU seconds of River's own loop: predict, score, learn."""
    model = pipeline(problem, DEFAULT)
    ask = model.predict_one if problem.task == "regression" else model.predict_proba_one
    total, before = 0.0, time.thread_time()
    for x, y, _, _ in items:
        p = ask(x)
        total += abs(p - y) if problem.task == "regression" else p.get(y, 0.0)
        model.learn_one(x, y)
    return time.thread_time() - before


def run(problem: Problem, oracle: Figures, name: str, controller: Any, start: float) -> Outcome:
    """Run one controller from one start rate, and the bare loop beside it."""
    items = records(problem)
    loop = Loop(
        pipeline(problem, start), controller, initial_rate=start, limits=Limits(low=1e-9, high=1e4)
    )
    before = time.thread_time()
    for i in range(0, len(items), BLOCK):
        if refused := loop.learn(items[i : i + BLOCK]):
            raise SystemExit(f"{problem.name}: the guard refused row {i + refused[0].at}")
    seconds = time.thread_time() - before
    status = loop.status
    mean = math.inf if status.loss_nonfinite else status.loss_sum / status.steps
    excess = min(100.0 * (mean / oracle["o_sgd"] - 1.0), ABSURD)
    return Outcome(name, excess, status.loss_nonfinite, seconds / bare(problem, items))


def from_starts(controller: Callable[[], Any]) -> Build:
    """Return what runs a controller from each of the start rates."""

    def build(problem: Problem, oracle: Figures, name: str) -> Iterator[Outcome]:
        for start in STARTS:
            yield run(problem, oracle, name, controller(), start)

    return build


def river_default(problem: Problem, oracle: Figures, name: str) -> Iterator[Outcome]:
    """Yield River's model as it comes: SGD at 0.01."""
    yield run(problem, oracle, name, Fixed(), DEFAULT)


CONTROLLERS: dict[str, Build] = {
    "river default": river_default,
    "fixed": from_starts(Fixed),
    "inverse_time": from_starts(InverseTime),
    "plateau": from_starts(Plateau),
    "bold_driver": from_starts(BoldDriver),
    "pid": from_starts(PID),
}


def excesses(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Return median, quantiles, worst and share that beats the oracle, over all outcomes."""
    values = np.array([outcome.excess for outcome in outcomes])
    median, p75, p90 = np.quantile(values, [0.5, 0.75, 0.9]).tolist()
    ratios = [outcome.time_ratio for outcome in outcomes if outcome.time_ratio is not None]
    return {
        "median": median,
        "p75": p75,
        "p90": p90,
        "worst": float(values.max()),
        "beat": float(np.mean(values <= 0.0)),
        "n": len(values),
        "nonfinite": sum(outcome.nonfinite for outcome in outcomes),
        "time_ratio": statistics.median(ratios) if ratios else None,
    }
