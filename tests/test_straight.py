"""The straight path does what River's pipeline does, to the last bit, or is not taken."""

from __future__ import annotations

import copy
import numbers

import pytest
from river import (
    anomaly,
    compose,
    datasets,
    feature_extraction,
    feature_selection,
    linear_model,
    preprocessing,
    stats,
    tree,
)

from lrcontrol.straight import Straight

NUMBERS = compose.SelectType(numbers.Number)


def with_two(x):
    return {"two": 2.0, **x}


PIPELINES = {
    "scaler": lambda: preprocessing.StandardScaler() | linear_model.LinearRegression(),
    "two": lambda: (
        preprocessing.MinMaxScaler()
        | feature_extraction.PolynomialExtender()
        | linear_model.LinearRegression()
    ),
    "union": lambda: (
        (compose.Select("ordinal_date") + (NUMBERS | preprocessing.StandardScaler()))
        | linear_model.LinearRegression()
    ),
    "function": lambda: (
        compose.FuncTransformer(with_two)
        | preprocessing.MaxAbsScaler()
        | linear_model.LinearRegression()
    ),
    "tree": lambda: preprocessing.MinMaxScaler() | tree.HoeffdingTreeRegressor(grace_period=50),
}


@pytest.mark.parametrize("make", PIPELINES.values(), ids=PIPELINES)
def test_it_is_river_s_own_pipeline_to_the_last_bit(make):
    plain, driven = make(), make()
    path = Straight.of(driven)
    assert path is not None
    for x, y in datasets.TrumpApproval().take(400):
        seen = copy.deepcopy(x)
        assert repr(path.predict(x)) == repr(
            plain.predict_one(seen)
        )  # MinMaxScaler gives NaN first
        path.learn(x, y)
        plain.learn_one(seen, y)
        assert x == seen
    assert str(driven._get_params()) == str(plain._get_params())
    assert repr(driven.predict_one(x)) == repr(plain.predict_one(x))


def test_it_asks_a_classifier_for_probabilities_where_wanted():
    model = preprocessing.MinMaxScaler() | linear_model.LogisticRegression()
    path = Straight.of(model, proba=True)
    for x, y in datasets.Phishing().take(100):
        assert repr(path.predict(x)) == repr(model.predict_proba_one(x))
        path.learn(x, y)


@pytest.mark.parametrize(
    "model",
    [
        linear_model.LinearRegression(),
        compose.Pipeline(linear_model.LinearRegression()),
        anomaly.QuantileFilter(anomaly.OneClassSVM(), q=0.9) | linear_model.LinearRegression(),
        feature_extraction.TargetAgg(by="a", how=stats.Mean()) | linear_model.LinearRegression(),
        feature_selection.SelectKBest(stats.PearsonCorr(), k=2) | linear_model.LinearRegression(),
        preprocessing.StandardScaler() | preprocessing.MinMaxScaler(),
        (preprocessing.StandardScaler() + feature_extraction.TargetAgg(by="a", how=stats.Mean()))
        | linear_model.LinearRegression(),
    ],
    ids=str,
)
def test_it_is_not_taken_where_river_does_more(model):
    assert Straight.of(model) is None
