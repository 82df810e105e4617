"""Losses and no-skill baselines, against hand-computed values."""

from __future__ import annotations

import math

import pytest
from river import cluster, linear_model, preprocessing

from lrcontrol.scoring import FLOOR, Classification, Regression, task_of


@pytest.mark.parametrize(("loss", "expected"), [("squared", 4.0), ("absolute", 2.0)])
def test_regression_losses(loss, expected):
    assert Regression(loss).score(5.0, 3.0) == expected


def test_regression_overflow_is_infinite_and_raises_nothing():
    assert Regression().score(0.0, 1e200) == math.inf


def test_regression_baseline_is_the_running_mean_from_zero():
    task = Regression()
    assert task.baseline([2.0, 4.0]) == 2.0**2 + (4.0 - 2.0) ** 2
    assert task.baseline([3.0]) == 0.0  # the mean of 2 and 4


def test_regression_baseline_forgets_after_2000_records():
    task = Regression()
    task.baseline([0.0] * 5000)
    task.baseline([1.0] * 2000)
    error = 1.0 - (1 - (1 - 1 / 2000) ** 2000)
    assert task.baseline([1.0]) == pytest.approx(error**2)


def test_log_loss_and_its_floor():
    task = Classification()
    assert task.score(True, {True: 0.25, False: 0.75}) == pytest.approx(math.log(4))
    assert task.score(True, {True: 0.0, False: 1.0}) == -math.log(FLOOR)
    assert math.isnan(task.score(True, {True: math.nan, False: math.nan}))


def test_a_bare_label_costs_zero_or_one():
    assert Classification().score(True, True) == 0.0
    assert Classification().score(True, None) == 1.0


def test_classification_baseline_is_the_frequency_with_half_a_record_more():
    task = Classification("multiclass")
    a, b = task.targets(["a", "b"])
    assert task.baseline([a]) == pytest.approx(-math.log(0.5 / (0 + 0.5 * 2)))
    assert task.baseline([a]) == pytest.approx(-math.log(1.5 / (1 + 0.5 * 2)))
    assert task.baseline([b]) == pytest.approx(-math.log(0.5 / (2 + 0.5 * 2)))


def test_a_class_the_model_cannot_know_counts_as_one_in_a_thousand():
    task = Classification("multiclass")
    assert task.score("c", {"a": 0.9, "b": 0.1}) == pytest.approx(math.log(1000))
    assert task.score("c", {}) == pytest.approx(math.log(1000))


def test_multiclass_labels_keep_their_kind_and_have_a_cap():
    task = Classification("multiclass", max_classes=2)
    labels = [3.0, "x", 2, math.nan, 10**400, 1, 3.0]
    assert task.targets(labels) == [3, None, 2, None, None, None, 3]
    text = Classification("multiclass")
    assert text.targets(["a", 1.0, None, ["b"], "b" * 300, "b"]) == ["a", *[None] * 4, "b"]


def test_a_class_that_comes_late_is_turned_away_as_often_as_told():
    task = Classification("multiclass", slips=2)
    task.targets(["a", "b"] * 50)
    assert [task.targets([y])[0] for y in "acbcdcc"] == ["a", None, "b", None, None, "c", "c"]
    everyone = Classification("multiclass", slips=0)
    everyone.targets(["a"] * 200)
    assert everyone.targets(["slip"]) == ["slip"]


@pytest.mark.parametrize("bad", [None, [1.0], {}, math.nan, math.inf, 10**400])
def test_what_is_no_label_is_no_target_of_any_task(bad):
    tasks = [Regression(), Classification(), Classification(positive="UP")]
    for task in [*tasks, Classification("multiclass")]:
        good = "UP" if getattr(task, "_positive", None) else 1.0
        assert task.targets([good, bad])[1] is None
    assert isinstance(task.targets([3.0])[0], int)


def test_the_positive_label_names_true():
    assert Classification(positive="UP").targets(["UP", "DOWN", True]) == [True, False, False]
    assert Classification(positive="2").targets([2.0, 1.0]) == [True, False]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (preprocessing.StandardScaler() | linear_model.LinearRegression(), "regression"),
        (linear_model.LogisticRegression(), "binary"),
        (preprocessing.StandardScaler() | linear_model.SoftmaxRegression(), "multiclass"),
    ],
)
def test_the_task_is_found_from_the_model(model, kind):
    assert task_of(model).kind == kind


def test_a_model_without_a_task_and_a_loss_that_does_not_fit_are_refused():
    with pytest.raises(ValueError, match="neither a regressor nor a classifier"):
        task_of(cluster.KMeans(seed=1))
    with pytest.raises(ValueError, match="'log' does not fit regression: use squared or absolute"):
        task_of(linear_model.LinearRegression(), "log")
