"""The compiled trace controller on one problem, from four start rates, on all of its rows."""

from __future__ import annotations

import numpy as np
from oracles import Figures
from outcomes import STARTS, Outcome, excess
from problems import Problem

from lrcontrol.kernels import Traced, clamp, losses
from lrcontrol.kernels.trace import PROTOTYPE, TRACE

#: The law, and the one before it, which is to equal the published ``prototype trace``.
LAWS = {"trace": TRACE, "trace, prototype's law": PROTOTYPE}


def traced(problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    """Return the outcomes from each start by each law, against the best fixed rate of SGD."""
    found, records = [], problem.view(view)
    for name, law in LAWS.items():
        model = Traced(problem.task, STARTS, problem.x.shape[1], problem.classes, law)
        scores = model.learn(*records, problem.y)
        bad = np.count_nonzero(~np.isfinite(scores), axis=0)
        served = clamp(scores, problem.y) if problem.task == "regression" else scores
        means = losses(problem.task, served, problem.y).mean(axis=0)
        found += [
            Outcome(name, excess(mean, oracle["o_sgd"]), int(count), None, start)
            for mean, count, start in zip(means, bad, STARTS, strict=True)
        ]
    return found
