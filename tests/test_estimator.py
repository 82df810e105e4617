"""The wrappers as River estimators: River's own checks, copies, and its own evaluation."""

from __future__ import annotations

import copy
import pickle
import random

import pytest
from registry import estimators
from river import base, checks, datasets, evaluate, linear_model, metrics, optim, preprocessing

from lrcontrol import ControlledClassifier, ControlledRegressor
from lrcontrol.control import BoldDriver, Fixed, Plateau
from lrcontrol.gain import NotSteerable

#: A power of two: one of River's checks adds up features in another order, and with a rate that is
#: not, a Perceptron's sum may land on the other side of zero for rounding alone.
RATE = 1 / 64


def controlled(model: base.Estimator) -> base.Estimator:
    if isinstance(model, base.Classifier):
        return ControlledClassifier(model, Plateau(factor_up=2.0), initial_rate=RATE, period=10)
    return ControlledRegressor(model, Plateau(factor_up=2.0), initial_rate=RATE, period=10)


def failures(model: base.Estimator) -> tuple[set[str], int]:
    """Return the names of River's checks that ``model`` fails, and how many there were."""
    failed, count = set(), 0
    skipped = model._unit_test_skips()
    for check in checks.yield_checks(model):
        if check.__name__ in skipped:
            continue
        count += 1
        random.seed(count)  # River's checks shuffle with the global generator
        try:
            check(model.clone())
        except Exception:  # any failure of a check, whatever it raises, is what is compared
            failed.add(check.__name__)
    return failed, count


def steerable() -> list[base.Estimator]:
    found = []
    for model in estimators():
        try:
            controlled(model.clone())
        except NotSteerable:
            continue
        found.append(model)
    return found


@pytest.mark.parametrize("model", steerable(), ids=lambda model: type(model).__name__)
def test_wrapping_fails_no_check_of_river_that_the_model_passes(model):
    stock, _ = failures(model)
    wrapped, count = failures(controlled(model))
    assert count > 20
    assert wrapped <= stock


@pytest.mark.parametrize(
    "model",
    [
        ControlledRegressor(linear_model.LinearRegression()),
        ControlledClassifier(linear_model.LogisticRegression()),
        ControlledClassifier(linear_model.SoftmaxRegression()),
        preprocessing.StandardScaler() | ControlledRegressor(linear_model.LinearRegression()),
    ],
    ids=str,
)
def test_river_s_checks_pass(model):
    checks.check_estimator(model)


@pytest.mark.parametrize(
    ("copied", "renewed"),
    [
        (copy.deepcopy, False),
        (lambda model: pickle.loads(pickle.dumps(model)), False),
        (lambda model: model.clone(), True),
        (lambda model: model.clone(include_attributes=True), False),
    ],
)
def test_copies_never_share_a_gain(copied, renewed):
    model = ControlledClassifier(linear_model.SoftmaxRegression(), Fixed(), initial_rate=0.1)
    for x, y in datasets.ImageSegments().take(100):
        model.learn_one(x, y)
    twin = copied(model)
    assert twin.loop.gain is not model.loop.gain
    assert twin.loop.gain.rate == 0.1
    assert twin.loop.status.steps == (0 if renewed else 100)
    twin.loop.gain.rate = 0.3
    assert model.loop.status.rates == {"weights": 0.1}
    x, y = next(iter(datasets.ImageSegments()))
    twin.learn_one(x, y)
    assert twin.loop.status.rates == {"weights": 0.3}


def test_the_wrapped_model_learns_as_it_would_at_that_rate():
    wrapped = ControlledRegressor(linear_model.LinearRegression(), Fixed(), initial_rate=0.05)
    plain = linear_model.LinearRegression(optim.SGD(0.05), intercept_lr=0.05)
    data = datasets.TrumpApproval()
    scores = [
        evaluate.progressive_val_score(data, preprocessing.StandardScaler() | model, metrics.MAE())
        for model in (wrapped, plain)
    ]
    assert scores[0].get() == scores[1].get()


def test_sample_weights_reach_the_model():
    model = ControlledRegressor(linear_model.LinearRegression(), Fixed())
    model.learn_one({"a": 1.0}, 1.0, w=0.0)
    assert dict(model.model.weights) == {"a": 0.0}


def test_the_rate_moves_under_the_wrapper():
    model = preprocessing.StandardScaler() | ControlledClassifier(
        linear_model.LogisticRegression(), BoldDriver(), initial_rate=10.0, period=16
    )
    for x, y in datasets.Phishing():
        model.learn_one(x, y)
    assert model["ControlledClassifier"].loop.gain.rate < 1.0
