"""The mixture as River estimators: River's own checks, blocks, new classes, caps, late labels."""

from __future__ import annotations

import copy
import pickle
import random
from collections import deque
from itertools import islice
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import checks, datasets, preprocessing

from lrcontrol.mixture import MixtureClassifier, MixtureRegressor
from lrcontrol.scoring import NOVEL

MODELS = [
    MixtureRegressor(),
    MixtureRegressor("large", scale=True),
    MixtureClassifier(),
    MixtureClassifier(multiclass=True),
    preprocessing.StandardScaler() | MixtureRegressor(),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_river_s_checks_pass(model):
    random.seed(1)  # River's checks shuffle with the global generator
    checks.check_estimator(model)


def stream(dataset, n: int = 150):
    pairs = list(islice(dataset, n))
    return [x for x, _ in pairs], [y for _, y in pairs]


CASES = [
    (MixtureRegressor(scale=True), datasets.TrumpApproval()),
    (MixtureRegressor("large", initial_rate=10.0), datasets.TrumpApproval()),
    (MixtureClassifier(scale=True), datasets.Phishing()),
    (MixtureClassifier(True, scale=True), datasets.ImageSegments()),
]
NAMES = ["scaled", "large", "binary", "multiclass"]


@pytest.mark.parametrize(("model", "dataset"), CASES, ids=NAMES)
def test_one_by_one_and_in_blocks_are_the_same_numbers(model, dataset):
    xs, ys = stream(dataset)
    single, block = model.clone(), model.clone()
    losses = []
    for x, y in zip(xs, ys, strict=True):
        if isinstance(single, MixtureRegressor):
            error = y - single.predict_one(x)
            losses.append(error * error)  # ** 2 is C's pow: another last bit at times
        else:
            losses.append(-log(single.predict_proba_one(x).get(y, NOVEL)))
        single.learn_one(x, y)
    assert block.learn_all(xs[:70], ys[:70]) + block.learn_all(xs[70:], ys[70:]) == losses
    assert block.members() == single.members()


@pytest.mark.parametrize(("model", "dataset"), CASES, ids=NAMES)
def test_predicting_changes_nothing(model, dataset):
    xs, ys = stream(dataset)
    model = model.clone()
    model.learn_all(xs[:100], ys[:100])
    before = pickle.dumps(model)
    model.predict_one({**xs[100], "never seen": 3.0})
    assert pickle.dumps(model) == before


@pytest.mark.parametrize(
    ("copied", "learned"),
    [
        (copy.deepcopy, 100),
        (lambda model: pickle.loads(pickle.dumps(model)), 100),
        (lambda model: model.clone(), 0),
    ],
)
@pytest.mark.parametrize(("model", "dataset"), CASES, ids=NAMES)
def test_copies_go_on_as_the_original(model, dataset, copied, learned):
    xs, ys = stream(dataset)
    model = model.clone()
    model.learn_all(xs[:100], ys[:100])
    twin = copied(model)
    fresh = model.clone()
    fresh.learn_all(xs[:learned], ys[:learned])
    assert twin.learn_all(xs[100:], ys[100:]) == fresh.learn_all(xs[100:], ys[100:])
    assert model.members() != twin.members()


def test_the_scaler_inside_is_as_good_as_the_one_before():
    # Not the same numbers: behind a pipeline's scaler, the evidence of a record comes from features
    # that were scaled with its own help.
    xs, ys = stream(datasets.TrumpApproval(), 500)
    losses = []
    for model in (
        MixtureRegressor(scale=True),
        preprocessing.StandardScaler() | MixtureRegressor(),
    ):
        total = 0.0
        for x, y in zip(xs, ys, strict=True):
            total += (y - model.predict_one(x)) ** 2
            model.learn_one(x, y)
        losses.append(total)
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-1e6, 1e6), max_size=4),
            st.sampled_from(["red", "green", "blue", 7, 7.5]),
        ),
        max_size=20,
    ),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_features_and_classes_have_caps(stream, features, classes):
    model = MixtureClassifier(True, max_features=features, max_classes=classes)
    losses = model.learn_all([x for x, _ in stream], [y for _, y in stream])
    assert len(losses) == len(stream)
    assert all(0.0 <= loss < 35.0 for loss in losses)
    met = list(dict.fromkeys(y for _, y in stream))
    assert list(model.labels) == met[:classes]
    assert len(model._columns) <= features
    assert set(model.predict_proba_one({"a": 1.0, "z": 2.0})) == set(model.labels)


def test_features_beyond_the_cap_are_ignored_and_counted():
    model, capped = MixtureRegressor(), MixtureRegressor(max_features=2)
    for t in range(50):
        x = {"a": 1.0, "b": t % 3, "c": t % 5, "d": 1.0}
        capped.learn_one(x, float(t))
        model.learn_one({"a": x["a"], "b": x["b"]}, float(t))
    assert capped.members() == model.members()
    assert capped.ignored == 100


def test_a_class_that_arrives_late_is_predicted():
    rng = random.Random(2)
    model = MixtureClassifier(True)
    losses = []
    for t in range(1500):
        y = rng.choice("ab" if t < 500 else "abc")
        x = {name: rng.gauss(2.0 * (name == y), 1.0) for name in "abc"}
        losses += model.learn_all([x], [y])
    assert sum(losses[-500:]) / 500 < 0.6
    assert set(model.labels) == set("abc")


def test_a_label_that_is_not_true_or_false_needs_multiclass():
    with pytest.raises(ValueError, match="multiclass=True"):
        MixtureClassifier().learn_one({"a": 1.0}, "spam")


@pytest.mark.parametrize("nothing", [{"y": float("nan")}, {"y": 3.0, "w": 0.0}])
def test_what_cannot_be_learned_is_not(nothing):
    model = MixtureRegressor()
    model.learn_one({"a": 1.0}, 1.0)
    before = model.members()
    model.learn_one({"a": 5.0}, **nothing)
    assert model.members() == before


def late(model: MixtureRegressor, delay: int, ys: list[float]) -> float:
    """Return the mean loss where each label comes ``delay`` records late."""
    waiting: deque = deque()
    total = 0.0
    for y in ys:
        total += (y - model.predict_one({})) ** 2
        waiting.append(y)
        if len(waiting) > delay:
            model.learn_one({}, waiting.popleft())
    return total / len(ys)


def test_with_late_labels_the_lag_knows_how_old_it_is():
    rng = random.Random(3)
    residual, ys = 0.0, []
    for _ in range(3000):  # turns its sign from one record to the next
        residual = -0.9 * residual + rng.gauss(0.0, 1.0)
        ys.append(residual)
    assert late(MixtureRegressor(delay=1), 1, ys) < 0.9 * late(MixtureRegressor(), 1, ys)


def test_members_and_the_leader_s_rate():
    model = MixtureRegressor(initial_rate=10.0)
    xs, ys = stream(datasets.TrumpApproval(), 100)
    model.learn_all(xs, ys)
    members = model.members()
    assert [m.name for m in members[:4]] == ["SGD 0.99", "NAG 0.99", "IADA 0.99", "AdaGrad 0.0001"]
    assert [m.name for m in members[-2:]] == ["climatology", "stack"]
    assert sum(m.weight for m in members[:-1]) == pytest.approx(1.0)
    assert model.rate == max(members[:-2], key=lambda m: m.weight).rate
