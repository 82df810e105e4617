"""The models whose return after a drift is measured: the loss of each row, from every start rate.

Each takes a problem and its records scaled, and returns losses (rows, runs).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from oracles import RATES
from outcomes import STARTS
from problems import Problem
from rivals import DEFAULT, pipeline, records

from lrcontrol import Loop
from lrcontrol.bounds import Bounds
from lrcontrol.control import BoldDriver
from lrcontrol.kernels import Bank, Rows, Scaled, Shadows, Traced, clamp, losses, members
from lrcontrol.kernels.mixture import Blend

Follow = Callable[[Problem, Scaled], np.ndarray]

#: What all others are compared with.
BEST = "best fixed rate"
#: Least probability that is scored.
LEAST = 1e-15
#: Rows whose mean loss stands for each of them, where River's own objects learn.
BLOCK = 10


def trace(problem: Problem, scaled: Scaled) -> np.ndarray:
    """Return the losses of the trace controller, its predictions clamped as they are served."""
    model = Traced(problem.task, STARTS, scaled.before.shape[1], problem.classes)
    scores = model.learn(*scaled, problem.y)
    served = clamp(scores, problem.y) if problem.task == "regression" else scores
    return losses(problem.task, served, problem.y)


def bank(problem: Problem, scaled: Scaled) -> np.ndarray:
    """Return the losses of the bank of SGD."""
    before, after = (Rows.dense(part) for part in scaled)
    banks = [
        Bank(problem.task, "SGD", members.bank("SGD", start), classes=problem.classes)
        for start in STARTS
    ]
    return np.column_stack([b.learn(before, problem.y, after=after).losses for b in banks])


def mixture(problem: Problem, _: Scaled) -> np.ndarray:
    """Return the losses of the small mixture, which scales inside."""
    columns = []
    for start in STARTS:
        blend = Blend(problem.task, "small", start, scaled=True, classes=problem.classes)
        out = blend.learn(Rows.dense(problem.x), problem.y)
        columns.append(_losses(problem, out))
    return np.column_stack(columns)


def _losses(problem: Problem, out: np.ndarray) -> np.ndarray:
    """Return the losses of numbers, of probabilities of 1, or of probabilities of each class."""
    if problem.task == "regression":
        return losses("regression", out, problem.y)[:, 0]
    if problem.task == "binary":
        p = np.where(problem.y > 0.0, out[:, 0], 1.0 - out[:, 0])
    else:
        p = out[np.arange(len(out)), problem.y.astype(int)]
    return np.asarray(-np.log(np.maximum(p, LEAST)))


def best_fixed(problem: Problem, scaled: Scaled) -> np.ndarray:
    """Return the losses of the fixed rate that is best over the whole stream, in hindsight."""
    loss = _fixed(problem, scaled, RATES)
    return loss[:, [loss.mean(axis=0).argmin()]]


def river_default(problem: Problem, scaled: Scaled) -> np.ndarray:
    """Return the losses of River's model as it comes: SGD at 0.01."""
    return _fixed(problem, scaled, np.array([DEFAULT]))


def _fixed(problem: Problem, scaled: Scaled, rates: np.ndarray) -> np.ndarray:
    features = scaled.before.shape[1]
    shadows = Shadows(problem.task, "SGD", rates, features, problem.classes, floor=0.0)
    return losses(problem.task, shadows.learn(*scaled, problem.y), problem.y)


def bold_driver(problem: Problem, _: Scaled) -> np.ndarray:
    """Return the losses of bold driver from River's default rate, a mean for each few rows."""
    river, bounds = pipeline(problem, "scaled", DEFAULT), Bounds(outliers=None, slips=0)
    loop = Loop(river, BoldDriver(), initial_rate=DEFAULT, bounds=bounds)
    items, total, means = records(problem), 0.0, []
    for i in range(0, len(items), BLOCK):
        loop.learn(items[i : i + BLOCK])
        means.append((loop.status.loss_sum - total) / len(items[i : i + BLOCK]))
        total = loop.status.loss_sum
    return np.repeat(means, BLOCK)[: len(items), None]


def present() -> dict[str, Follow]:
    """Return the models that are here."""
    return {
        "trace": trace,
        "bank": bank,
        "mixture": mixture,
        BEST: best_fixed,
        "bold_driver": bold_driver,
        "river default": river_default,
    }
