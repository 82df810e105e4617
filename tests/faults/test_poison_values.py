"""Every odd value, in a feature and in the target, of ten models: what gets in, and what it does.

One bad record among good ones, through ``Loop.learn`` and its guard. Afterwards no number of the
state may be other than finite (but for those a fresh model holds), and the skill on the rest of the
stream must be within 0.01 of a run without that record.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from faults.numeric import nonfinite
from river import (
    ensemble,
    linear_model,
    multiclass,
    optim,
    preprocessing,
    tree,
)

from lrcontrol import Loop, Record
from lrcontrol.control import Fixed

VALUES = {
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "1e308": 1e308,
    "1e160": 1e160,
    "1e6": 1e6,
    "denormal": 5e-324,
    "huge integer": 10**400,
    "bool": True,
    "null": None,
    "text": "text",
    "list": [1.0],
}
BEFORE, AFTER = 400, 400
WEIGHTS = (1.0, -2.0, 0.5, 1.5)


def scaled(model: Any) -> Any:
    return preprocessing.StandardScaler() | model


MODELS: dict[str, tuple[str, Callable[[], Any]]] = {
    "linear": ("regression", lambda: scaled(linear_model.LinearRegression())),
    "linear Adam": ("regression", lambda: scaled(linear_model.LinearRegression(optim.Adam(0.01)))),
    "linear min-max": (
        "regression",
        lambda: preprocessing.MinMaxScaler() | linear_model.LinearRegression(),
    ),
    "target scaler": (
        "regression",
        lambda: preprocessing.TargetStandardScaler(scaled(linear_model.LinearRegression())),
    ),
    "regression tree": (
        "regression",
        lambda: tree.HoeffdingTreeRegressor(
            grace_period=50, leaf_model=scaled(linear_model.LinearRegression())
        ),
    ),
    "logistic": ("binary", lambda: scaled(linear_model.LogisticRegression())),
    "logistic Adam": ("binary", lambda: scaled(linear_model.LogisticRegression(optim.Adam(0.01)))),
    "bagging": (
        "binary",
        lambda: scaled(ensemble.BaggingClassifier(linear_model.LogisticRegression(), 3, seed=1)),
    ),
    "softmax": ("multiclass", lambda: scaled(linear_model.SoftmaxRegression())),
    "one against the rest": (
        "multiclass",
        lambda: scaled(multiclass.OneVsRestClassifier(linear_model.LogisticRegression())),
    ),
}


def stream(kind: str, seed: int) -> list[Record]:
    rng = random.Random(seed)
    records = []
    for _ in range(BEFORE + AFTER):
        x = {f"f{i}": rng.gauss(0.0, 1.0) for i in range(4)}
        value = sum(w * a for w, a in zip(WEIGHTS, x.values(), strict=True)) + rng.gauss(0.0, 0.3)
        y = {"regression": value, "binary": value > 0.0}.get(
            kind, "abc"[(value > -1) + (value > 1)]
        )
        records.append(Record(x, y))
    return records


def loop_of(name: str) -> Loop:
    return Loop(MODELS[name][1](), Fixed(), initial_rate=0.02)


def skill(loop: Loop, records: list[Record]) -> float:
    """Return the accuracy, or the share of the variance explained, of learning ``records``."""
    right = squared = total = 0.0
    regression = loop.learner.task.kind == "regression"
    for start in range(0, len(records), 16):
        block = records[start : start + 16]
        for record in block:
            prediction = loop.predict_one(record.x)
            if regression:
                squared += (record.y - prediction) ** 2
                total += record.y**2
            else:
                right += max(prediction, key=prediction.get, default=None) == record.y
        loop.learn(block)
    return 1.0 - squared / total if regression else right / len(records)


def poisoned(name: str, where: str, value: Any) -> tuple[float, Loop, int]:
    """Return the skill after one bad record, the loop, and how many records were refused."""
    records = stream(MODELS[name][0], 3)
    loop = loop_of(name)
    loop.learn(records[:BEFORE])
    bad = records[0]._replace(y=value) if where == "target" else Record(
        {**records[0].x, "f2": value}, records[0].y
    )  # fmt: skip
    refused = len(loop.learn([bad]))
    return skill(loop, records[BEFORE:]), loop, refused


@pytest.fixture(scope="module", params=MODELS)
def clean(request: pytest.FixtureRequest) -> tuple[str, float, set[str]]:
    """A model's name, its skill on the stream as it is, and what is not finite in it by right."""
    records = stream(MODELS[request.param][0], 3)
    loop = loop_of(request.param)
    loop.learn(records[:BEFORE])
    return request.param, skill(loop, records[BEFORE:]), set(nonfinite(loop))


@pytest.mark.parametrize("where", ["feature", "target"])
@pytest.mark.parametrize("value", VALUES)
def test_a_bad_value_changes_nothing_that_matters(clean, where, value):
    name, without, by_right = clean
    with_it, loop, refused = poisoned(name, where, VALUES[value])
    said = f"{without:.4f} without, {with_it:.4f} with it, {refused} refused"
    assert set(nonfinite(loop)) <= by_right, said
    assert with_it == pytest.approx(without, abs=0.01), said
