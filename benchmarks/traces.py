"""The compiled trace controller on one problem, from four start rates, on all of its rows."""

from __future__ import annotations

import numpy as np
from oracles import Figures
from outcomes import STARTS, Outcome, excess
from problems import Problem

from lrcontrol.kernels import Traced, clamp, losses
from lrcontrol.kernels.trace import PROTOTYPE, TRACE
from lrcontrol.learners.fallback import Balance, Mean, Shares
from lrcontrol.scoring import Classification, Regression

#: The law, and the one before it, which is to equal the published ``prototype trace``.
LAWS = {"trace": TRACE, "trace, prototype's law": PROTOTYPE}


def traced(problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    """Return the outcomes from each start by each law, against the best fixed rate of SGD.

    And by the law with the fallback: what is served is no skill while the model does worse.
    """
    found, records = [], problem.view(view)
    for name, law in LAWS.items():
        model = Traced(problem.task, STARTS, problem.x.shape[1], problem.classes, law)
        scores = model.learn(*records, problem.y)
        bad = np.count_nonzero(~np.isfinite(scores), axis=0)
        served = clamp(scores, problem.y) if problem.task == "regression" else scores
        loss = losses(problem.task, served, problem.y)
        found += _outcomes(name, loss, bad, oracle)
        if law is TRACE:
            found += _outcomes(f"{name}, fallback", fallen_back(problem, loss), bad, oracle)
    return found


def _outcomes(name: str, loss: np.ndarray, bad: np.ndarray, oracle: Figures) -> list[Outcome]:
    rows = zip(loss.mean(axis=0), bad, STARTS, strict=True)
    return [Outcome(name, excess(m, oracle["o_sgd"]), int(n), None, start) for m, n, start in rows]


def without_skill(problem: Problem) -> list[float]:
    """Return the losses of predicting the running mean, or the share of each class."""
    regression = problem.task == "regression"
    task = Regression() if regression else Classification()
    none = Mean() if regression else Shares(tuple(range(max(problem.classes, 2))))
    found = []
    for y in problem.y.tolist():
        found.append(task.score(y, none.of(y)))
        none.learn(y)
    return found


def fallen_back(problem: Problem, loss: np.ndarray) -> np.ndarray:
    """Return the losses (records, starts) served with the fallback."""
    served, nothing = loss.copy(), without_skill(problem)
    for k in range(loss.shape[1]):
        balance, column = Balance(), loss[:, k].tolist()
        for t, other in enumerate(nothing):
            if balance.behind > 0.0:
                served[t, k] = other
            balance.learn(column[t], other)
    return served
