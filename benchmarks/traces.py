"""The compiled trace controller on one problem, from four start rates, on all of its rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from oracles import Figures
from problems import Problem
from rivals import Outcome

from lrcontrol.kernels import Traced, clamp, losses

#: Start rates, under the names that the columns of the reference have.
STARTS = {"1e-5": 1e-5, "1e-3": 1e-3, "1e-1": 1e-1, "1e1": 1e1}


def traced(problem: Problem, view: str, oracle: Figures) -> tuple[list[Outcome], Figures]:
    """Return the outcomes and the loss of each start, as ``tracec_start<start>``."""
    model = Traced(problem.task, list(STARTS.values()), problem.x.shape[1], problem.classes)
    scores = model.learn(*problem.view(view), problem.y)
    bad = np.count_nonzero(~np.isfinite(scores), axis=0)
    served = clamp(scores, problem.y) if problem.task == "regression" else scores
    means = losses(problem.task, served, problem.y).mean(axis=0)
    outcomes = [
        Outcome(f"trace {view}", 100.0 * (mean / oracle["o_sgd"] - 1.0), int(count), None)
        for mean, count in zip(means.tolist(), bad.tolist(), strict=True)
    ]
    return outcomes, {
        f"tracec_start{name}": mean for name, mean in zip(STARTS, means.tolist(), strict=True)
    }


def off(figures: Figures, known: Mapping[str, str]) -> float:
    """Return the largest relative deviation from the reference."""
    return max(abs(figure / float(known[name]) - 1.0) for name, figure in figures.items())
