"""Factorization machines at many fixed rates side by side: what hindsight would have chosen."""

from __future__ import annotations

import numpy as np
from problems import Problem
from river import facto

#: Most one record's loss may be, as in the reference protocol.
WORST = {"regression": 1e300, "binary": 34.538776394910684}


def start(problem: Problem, factors: int, seed: int) -> np.ndarray:
    """Return the latent vectors (features, factors) River's model starts with."""
    kind = facto.FMRegressor if problem.task == "regression" else facto.FMClassifier
    model = kind(n_factors=factors, seed=seed)
    return np.array([model.latents[f"f{j}"] for j in range(problem.x.shape[1])])


def raw_predictions(
    problem: Problem, view: str, factors: int, seed: int, rates: np.ndarray
) -> np.ndarray:
    """Return the raw predictions (records, rates), each made before its record is learned.

    The arithmetic of River's FMRegressor and FMClassifier with SGD, intercept on the same rate.
    """
    scaled = problem.view(view)
    n, d = problem.x.shape
    w, v = np.zeros((len(rates), d)), np.repeat(start(problem, factors, seed)[None], len(rates), 0)
    b, out = np.zeros(len(rates)), np.empty((n, len(rates)))
    regression = problem.task == "regression"
    with np.errstate(all="ignore"):
        for t in range(n):
            out[t] = _score(scaled.before[t], b, w, v)[0]
            x, y = scaled.after[t], problem.y[t]
            z, total = _score(x, b, w, v)
            g = 2.0 * (z - y) if regression else 1.0 / (1.0 + np.exp(-z)) - y
            g = np.clip(g, -1e12, 1e12) * rates
            b -= g
            w -= g[:, None] * x
            v -= g[:, None, None] * (x[:, None] * total[:, None] - v * (x * x)[:, None])
    return out


def _score(x: np.ndarray, b: np.ndarray, w: np.ndarray, v: np.ndarray) -> tuple:
    total = np.einsum("d,rdk->rk", x, v)
    own = np.einsum("d,rdk->r", x * x, v * v)
    return b + w @ x + 0.5 * ((total * total).sum(1) - own), total


def losses(problem: Problem, scores: np.ndarray) -> np.ndarray:
    """Return the loss (records, rates); what is not finite counts as the worst."""
    y = problem.y[:, None]
    with np.errstate(all="ignore"):
        if problem.task == "regression":
            loss = (scores - y) ** 2
        else:
            loss = np.logaddexp(0.0, np.where(y > 0.0, -scores, scores))
        return np.fmin(loss, WORST[problem.task])
