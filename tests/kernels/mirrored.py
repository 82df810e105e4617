"""River's own models at one rate, run the way the kernels are meant to run them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from river import linear_model, optim, preprocessing

Stream = tuple[np.ndarray, np.ndarray]  # records (n, features), targets (n)


def river_model(kind: str, optimizer: str, rate: float, l2: float, classes: int):
    """Return the model; softmax knows its classes from the start."""
    steps = getattr(optim, optimizer)(rate)
    if kind == "regression":
        return linear_model.LinearRegression(steps, l2=l2, intercept_lr=rate)
    if kind == "binary":
        return linear_model.LogisticRegression(steps, l2=l2, intercept_lr=rate)
    model = linear_model.SoftmaxRegression(steps, l2=l2)
    for label in range(classes):
        _ = model.weights[label]
    return model


def score(kind: str, model, x: dict[int, float], y: float) -> float:
    """Return the prediction, the log odds of 1, or the log probability of the record's class."""
    if kind != "multiclass":
        return model._raw_dot_one(x)
    z = {c: sum(w.get(j, 0.0) * v for j, v in x.items()) for c, w in model.weights.items()}
    highest = max(z.values())
    total = math.log(sum(math.exp(v - highest) for v in z.values()))
    assert math.exp(z[int(y)] - highest - total) == pytest.approx(
        model.predict_proba_one(x)[int(y)], rel=1e-9, abs=1e-12
    )
    return z[int(y)] - highest - total


def run(kind: str, model, stream: Stream, scaled: bool) -> np.ndarray:
    """Return River's score of each record, predicted before it is learned."""
    scaler = preprocessing.StandardScaler()
    scores = []
    for values, y in zip(*stream, strict=True):
        x = dict(enumerate(values.tolist()))
        before = scaler.transform_one(x) if scaled else x
        scaler.learn_one(x)
        after = scaler.transform_one(x) if scaled else x
        scores.append(score(kind, model, before, y))
        model.learn_one(after, {"regression": float, "binary": bool}.get(kind, int)(y))
    return np.array(scores)


def weights(kind: str, model, features: int, classes: int) -> np.ndarray:
    """Return River's weights in the kernels' order, the intercept (or 0) last."""
    if kind == "multiclass":
        rows = [model.weights[c] for c in range(classes)]
        return np.array([w.get(j, 0.0) for w in rows for j in range(features)] + [0.0])
    return np.array([model.weights.get(j, 0.0) for j in range(features)] + [model.intercept])
