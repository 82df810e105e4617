"""The compiled mixture on one problem, small and large, from four start rates, on all rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from oracles import Figures
from outcomes import STARTS, Outcome, excess
from pace import paced
from problems import Problem
from rivals import DEFAULT

from lrcontrol import Record
from lrcontrol.kernels import Rows, losses
from lrcontrol.kernels.mixture import Blend, Size
from lrcontrol.mixture import MixtureClassifier, MixtureRegressor

SIZES: tuple[Size, ...] = ("small", "large")
#: Least probability whose logarithm is taken, as in the oracles' log losses.
LEAST = 1e-15


def mixed(problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    """Return the outcomes of both sizes from each start, against ``hard_clamped``.

    That is harder than for other controllers: the best of four optimizers and 33 rates, plain or
    clamped. The mixture scales inside, so it is given the records as they are in both views.
    """
    found = []
    for size in SIZES:
        ratio = paced(problem, view, partial(build, size), "SGD")
        for start in STARTS:
            mean, bad = learned(problem, view, size, start)
            hard = excess(mean, oracle["hard_clamped"])
            found.append(Outcome(f"mixture {size}", hard, bad, ratio, start))
    return found


def learned(problem: Problem, view: str, size: Size, start: float) -> tuple[float, int]:
    """Return the mean loss of what was served, and how much of it was not finite."""
    blend = Blend(problem.task, size, start, scaled=view == "scaled", classes=problem.classes)
    out = blend.learn(Rows.dense(problem.x), problem.y)
    return mean_loss(problem, out), int(np.count_nonzero(~np.isfinite(out).all(axis=1)))


def mean_loss(problem: Problem, out: np.ndarray) -> float:
    """Return the mean squared error or log loss of predictions (records, 1 or classes)."""
    if problem.task == "regression":
        return float(losses("regression", out, problem.y).mean())
    if problem.task == "binary":
        p = np.where(problem.y > 0.0, out[:, 0], 1.0 - out[:, 0])
    else:
        p = out[np.arange(len(out)), problem.y.astype(int)]
    return float(-np.log(np.maximum(p, LEAST)).mean())


def build(size: Size, problem: Problem, view: str) -> Callable[[list[Record]], Any]:
    """Return a mixture that learns records as dictionaries, its scaler in the kernel."""
    scale = view == "scaled"
    if problem.task == "regression":
        model: Any = MixtureRegressor(size, DEFAULT, scale)
    else:
        many = problem.task == "multiclass"
        classes = list(range(problem.classes)) if many else None
        model = MixtureClassifier(many, size, DEFAULT, scale, classes=classes)

    def learn(items: list[Record]) -> None:
        model.learn_all([record.x for record in items], [record.y for record in items])

    return learn
