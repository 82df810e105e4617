"""The mixture as the daemon drives it: what is served, shown and copied."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from river import compose, datasets, linear_model, metrics, preprocessing, tree

from lrcontrol import Loop, MixtureClassifier, MixtureRegressor, Record
from lrcontrol.control import Auto, Mixture
from lrcontrol.gain import NotSteerable
from lrcontrol.kernels import available

PHISHING = [Record(x, bool(y)) for x, y in datasets.Phishing()][:320]
TRUMP = [Record(x, float(y)) for x, y in datasets.TrumpApproval()][:320]
SEGMENTS = [Record(x, y) for x, y in datasets.ImageSegments()][:320]


def looped(final: Any, *before: Any, **options: Any) -> Loop:
    steps = before or (preprocessing.StandardScaler(),)
    return Loop(compose.Pipeline(*steps, final), Mixture(), initial_rate=10.0, **options)


@pytest.mark.parametrize(
    ("items", "final", "estimator"),
    [
        (TRUMP, linear_model.LinearRegression, MixtureRegressor(scale=True, initial_rate=10.0)),
        (PHISHING, linear_model.LogisticRegression, MixtureClassifier(scale=True, initial_rate=10)),
        (
            SEGMENTS,
            linear_model.SoftmaxRegression,
            MixtureClassifier(multiclass=True, scale=True, initial_rate=10.0),
        ),
    ],
)
def test_the_loop_serves_what_the_estimator_would(items, final, estimator):
    loop = looped(final())
    loop.learn(items)
    alone = estimator.learn_all([r.x for r in items], [r.y for r in items])
    assert loop.status.loss_sum == pytest.approx(sum(alone), rel=1e-9)
    assert loop.status.loss_sum < 0.7 * loop.status.baseline_sum
    members = loop.status.members
    assert members[-1].name == "stack"
    assert sum(m.weight for m in members[:-1]) == pytest.approx(1.0)
    assert loop.status.rates == {}  # no single one
    assert loop.status.rate in [m.rate for m in members]


def test_steps_before_it_learn_between_prediction_and_learning():
    # MinMaxScaler has seen nothing when the first record is predicted.
    loop = looped(linear_model.LinearRegression(), preprocessing.MinMaxScaler())
    stock = preprocessing.MinMaxScaler() | MixtureRegressor(initial_rate=10.0)
    loop.learn(TRUMP)
    total = 0.0
    for x, y, _, _ in TRUMP:
        total += (y - stock.predict_one(x)) ** 2
        stock.learn_one(x, y)
    assert loop.status.loss_sum == pytest.approx(total, rel=1e-9)


def test_metrics_see_what_was_served():
    loop = looped(linear_model.LinearRegression(), metrics=[metrics.MSE()])
    loop.learn(TRUMP)
    assert loop.status.metrics["MSE"] == pytest.approx(loop.status.loss_sum / 320)
    sure = looped(linear_model.SoftmaxRegression(), metrics=[metrics.Accuracy()])
    sure.learn(SEGMENTS)
    assert sure.status.metrics["Accuracy"] > 0.6


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
def test_a_copy_goes_on_the_same_and_alone(copied):
    loop = looped(linear_model.LogisticRegression())
    loop.learn(PHISHING[:150])
    twin = copied(loop)
    loop.learn(PHISHING[150:])
    assert twin.status.steps == 150
    twin.learn(PHISHING[150:])
    assert twin.status == loop.status


def test_only_linear_models_are_mixed_and_only_where_asked():
    with pytest.raises(NotSteerable, match="HoeffdingTreeRegressor cannot be mixed"):
        Loop(tree.HoeffdingTreeRegressor(), Mixture())
    allowed = Loop(linear_model.LinearRegression(), Auto(replace=True)).status
    assert allowed.chosen == ("mixture" if available() else "trace")
