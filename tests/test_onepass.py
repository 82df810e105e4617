"""The one-pass path leaves River's objects bit for bit as River's own calls would."""

import pickle
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import compose, datasets, linear_model, optim, preprocessing, tree

from lrcontrol.onepass import OnePass

FINALS = {
    # Weights that do not start at 0 tell what a feature without variance was scaled to.
    "regression": lambda: linear_model.LinearRegression(
        optim.SGD(0.05), initializer=optim.initializers.Constant(0.5)
    ),
    "adam": lambda: linear_model.LinearRegression(optim.Adam(0.05), l2=0.1),
    "momentum": lambda: linear_model.LinearRegression(optim.Momentum(0.01)),
    "logistic": lambda: linear_model.LogisticRegression(optim.AdaGrad(0.1)),
    "softmax": lambda: linear_model.SoftmaxRegression(optim.RMSProp(0.1)),
    "tree": lambda: tree.HoeffdingTreeRegressor(grace_period=5),
}
REGRESSORS = {"regression", "adam", "momentum", "tree"}

values = st.one_of(
    st.floats(-3.0, 3.0),
    st.floats(-1e6, 1e6),
    st.just(0.1),  # often the same: a constant feature
    st.integers(-5, 5),
    st.booleans(),
)
features = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values, max_size=4)
streams = st.lists(st.tuples(features, st.integers(0, 2)), max_size=30)


def pipeline(final: str, with_std: bool = True):
    return compose.Pipeline(preprocessing.StandardScaler(with_std=with_std), FINALS[final]())


def target(final: str, label: int):
    return {"logistic": bool(label)}.get(final, label * 7.5 if final in REGRESSORS else f"c{label}")


def ask(model, final: str):
    return model.predict_one if final in REGRESSORS else model.predict_proba_one


def state(model) -> bytes:
    """Everything in scaler, weights and optimizer, in insertion order; not the pipeline's plan."""
    return pickle.dumps(model.steps)


@pytest.mark.parametrize("with_std", [True, False])
@pytest.mark.parametrize("final", FINALS)
@settings(max_examples=30, deadline=None)
@given(stream=streams)
def test_bit_identical_to_river(final, with_std, stream):
    river, ours = pipeline(final, with_std), pipeline(final, with_std)
    path = OnePass.of(ours)
    for x, label in stream:
        y = target(final, label)
        assert repr(path.predict(x)) == repr(ask(river, final)(x))
        path.learn(x, y)
        river.learn_one(x, y)
        assert state(ours) == state(river)


@pytest.mark.parametrize("final", ["regression", "softmax"])
def test_can_take_turns_with_river(final):
    rng = random.Random(7)
    river, ours = pipeline(final), pipeline(final)
    path = OnePass.of(ours)
    for turn in range(200):
        x = {name: rng.gauss(3.0, 2.0) for name in "abc" if rng.random() < 0.8}
        y = target(final, rng.randrange(3))
        assert ask(river, final)(x) == (ask(ours, final)(x) if turn % 3 == 0 else path.predict(x))
        (ours.learn_one if turn % 3 == 0 else path.learn)(x, y)
        river.learn_one(x, y)
    assert state(ours) == state(river)


def test_bit_identical_on_a_real_stream():
    river, ours = pipeline("logistic"), pipeline("logistic")
    path = OnePass.of(ours)
    for x, y in datasets.Phishing():
        assert path.predict(x) == river.predict_proba_one(x)
        path.learn(x, y)
        river.learn_one(x, y)
    assert state(ours) == state(river)


class Labels(linear_model.LogisticRegression):
    """A classifier without probabilities."""

    def predict_one(self, x):
        return self._raw_dot_one(x) > 0

    def predict_proba_one(self, x):
        raise NotImplementedError


def test_classifier_without_probabilities_gives_labels():
    path = OnePass.of(preprocessing.StandardScaler() | Labels())
    for x, y in datasets.Phishing().take(20):
        assert path.predict(x) in (False, True)
        path.learn(x, y)


class Halved(preprocessing.StandardScaler):
    """A scaler with a mind of its own."""

    def transform_one(self, x):
        return {name: value / 2 for name, value in super().transform_one(x).items()}


@pytest.mark.parametrize(
    "model",
    [
        linear_model.LinearRegression(),
        preprocessing.MinMaxScaler() | linear_model.LinearRegression(),
        preprocessing.StandardScaler(window_size=10) | linear_model.LinearRegression(),
        Halved() | linear_model.LinearRegression(),
        compose.Select("a") | preprocessing.StandardScaler() | linear_model.LinearRegression(),
        preprocessing.StandardScaler() | preprocessing.MinMaxScaler(),
        compose.Pipeline(preprocessing.StandardScaler()),
    ],
    ids=str,
)
def test_none_where_it_would_not_be_the_same(model):
    assert OnePass.of(model) is None


def test_none_while_river_learns_during_predict():
    model = pipeline("regression")
    with compose.learn_during_predict():
        assert OnePass.of(model) is None
    assert OnePass.of(model) is not None


def test_takes_any_regressor_or_classifier():
    for final in (tree.HoeffdingTreeRegressor(), tree.HoeffdingTreeClassifier()):
        assert OnePass.of(preprocessing.StandardScaler() | final) is not None


def test_category_raises_as_in_river():
    model, x = pipeline("regression"), {"a": "red"}
    with pytest.raises(TypeError):
        model.learn_one(x, 1.0)
    with pytest.raises(TypeError):
        OnePass.of(pipeline("regression")).predict(x)


def test_learn_refuses_what_was_not_predicted_last():
    path = OnePass.of(pipeline("regression"))
    x = {"a": 1.0}
    with pytest.raises(RuntimeError, match="must follow predict"):
        path.learn(x, 1.0)
    path.predict(x)
    path.learn(x, 1.0)
    with pytest.raises(RuntimeError, match="must follow predict"):  # would count it twice
        path.learn(x, 1.0)
