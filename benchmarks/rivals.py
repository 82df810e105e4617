"""The classical controllers on one problem, against its oracle and the bare River loop.

They need a River object a start rate, so they run at River's speed. Those that move on the loss
trend alone are here to be beaten.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from oracles import Figures
from outcomes import Outcome, excess
from problems import Problem
from river import linear_model, optim, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.bounds import Bounds
from lrcontrol.control import PID, BoldDriver, Fixed, InverseTime, Plateau
from lrcontrol.control.limits import Limits

#: River's default rate of SGD.
DEFAULT = 0.01
#: Records learned at a time, as in the daemon.
BLOCK = 64

CONTROLLERS: dict[str, Callable[[], Any]] = {
    "fixed": Fixed,
    "inverse_time": InverseTime,
    "plateau": Plateau,
    "bold_driver": BoldDriver,
    "pid": PID,
}


def pipeline(problem: Problem, view: str, rate: float) -> Any:
    """Return River's linear model with SGD, behind its scaler where the view is scaled."""
    model = linear(problem, optim.SGD(rate), intercept_lr=rate)
    return preprocessing.StandardScaler() | model if view == "scaled" else model


def linear(problem: Problem, optimizer: optim.base.Optimizer, **parameters: Any) -> Any:
    """Return River's linear model for the task; softmax knows its classes from the start."""
    if problem.task == "multiclass":
        softmax = linear_model.SoftmaxRegression(optimizer)
        for label in range(problem.classes):
            _ = softmax.weights[label]
        return softmax
    kinds = {
        "regression": linear_model.LinearRegression,
        "binary": linear_model.LogisticRegression,
    }
    return kinds[problem.task](optimizer, **parameters)


def records(problem: Problem) -> list[Record]:
    """Return the problem's rows as records."""
    kind = {"regression": float, "binary": bool, "multiclass": int}[problem.task]
    rows = zip(problem.x.tolist(), problem.y.tolist(), strict=True)
    return [Record({str(j): v for j, v in enumerate(x)}, kind(y)) for x, y in rows]


def bare(problem: Problem, view: str, items: Sequence[Record], optimizer: Any = None) -> float:
    """Return the CPU seconds of River's own loop: predict, score, learn. SGD unless told."""
    model = linear(problem, optimizer or optim.SGD(DEFAULT))
    model = preprocessing.StandardScaler() | model if view == "scaled" else model
    ask = model.predict_one if problem.task == "regression" else model.predict_proba_one
    total, before = 0.0, time.thread_time()
    for x, y, _, _ in items:
        p = ask(x)
        total += abs(p - y) if problem.task == "regression" else p.get(y, 0.0)
        model.learn_one(x, y)
    return time.thread_time() - before


def classical(
    problem: Problem, view: str, oracle: Figures, name: str, starts: Sequence[float]
) -> list[Outcome]:
    """Run one controller from every start; the bare loop is timed beside the first of them."""
    items = records(problem)
    found = []
    for start in starts:
        mean, nonfinite, seconds = _run(problem, view, CONTROLLERS[name](), start, items)
        ratio = None if found else seconds / bare(problem, view, items)
        found.append(Outcome(name, excess(mean, oracle["o_sgd"]), nonfinite, ratio, start))
    return found


def _run(
    problem: Problem, view: str, controller: Any, start: float, items: Sequence[Record]
) -> tuple[float, int, float]:
    """Return the mean loss, how many losses were not finite, and the CPU seconds."""
    limits = Limits(low=1e-9, high=1e4)
    river = pipeline(problem, view, start)
    # Every row counts: a refused label, or the first rows of a class that comes late, would flatter
    # the controller.
    bounds = Bounds(outliers=None, slips=0)
    loop = Loop(river, controller, initial_rate=start, limits=limits, bounds=bounds)
    before = time.thread_time()
    for i in range(0, len(items), BLOCK):
        if refused := loop.learn(items[i : i + BLOCK]):
            raise SystemExit(f"{problem.name}: row {i + refused[0].at}: {refused[0].detail}")
    seconds = time.thread_time() - before
    status = loop.status
    mean = math.inf if status.loss_nonfinite else status.loss_sum / status.steps
    return mean, status.loss_nonfinite, seconds
