"""The trace law in plain Python: the kernel's numbers, through River's own objects."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import (
    compose,
    datasets,
    linear_model,
    metrics,
    naive_bayes,
    optim,
    preprocessing,
)

from lrcontrol import Loop, Record
from lrcontrol.control import Limits, Trace
from lrcontrol.gain import Gain, NotSteerable
from lrcontrol.kernels import Scaler, clamp, losses
from lrcontrol.kernels import Traced as Kernel
from lrcontrol.learners.traced import Traced
from lrcontrol.scoring import task_of

FREE = Limits(low=1e-9, high=1e4, slew=None)
PHISHING = [(x, bool(y)) for x, y in datasets.Phishing()][:400]
TRUMP = [(x, float(y)) for x, y in datasets.TrumpApproval()][:400]
CLASSES = ("a", "b", "c")


#: Given limits are heeded in plain Python only.
HELD = Limits(low=1e-9, high=1e3, slew=None)


def traced(model: Any, start: float = 0.1, fallback: bool = False, **options: Any) -> Traced:
    return Traced(model, Trace(fallback=fallback, **options), task_of(model), (), start, FREE)


def scaled(final: Any) -> compose.Pipeline:
    return preprocessing.StandardScaler() | final


def softmax() -> linear_model.SoftmaxRegression:
    model = linear_model.SoftmaxRegression()
    for label in CLASSES:
        _ = model.weights[label]
    return model


def three_classes(n: int = 300) -> list[tuple[dict[str, float], str]]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, 4))
    y = (x @ rng.normal(size=(4, 3)) + rng.gumbel(size=(n, 3))).argmax(1)
    return [
        ({f"x{j}": float(v) for j, v in enumerate(row)}, CLASSES[c])
        for row, c in zip(x, y, strict=True)
    ]


@pytest.mark.parametrize("start", [1e-5, 10.0])
@pytest.mark.parametrize(
    ("final", "data", "kind"),
    [
        (linear_model.LogisticRegression, PHISHING, "binary"),
        (linear_model.LinearRegression, TRUMP, "regression"),
        (softmax, three_classes(), "multiclass"),
    ],
)
def test_it_is_the_kernel_record_for_record(final, data, kind, start):
    learner = traced(scaled(final()), start)
    found = learner.learn_all([x for x, _ in data], [y for _, y in data])
    x = np.array([list(x.values()) for x, _ in data])
    codes = {label: i for i, label in enumerate(CLASSES)}
    y = np.array([float(codes.get(y, y)) for _, y in data])
    kernel = Kernel(kind, [start], x.shape[1], len(CLASSES))
    scores = kernel.learn(*Scaler(x.shape[1]).learn(x), y)
    want = losses(kind, clamp(scores, y) if kind == "regression" else scores, y)[:, 0]
    assert found == pytest.approx(want.tolist(), rel=1e-7, abs=1e-12)
    assert learner.rate == pytest.approx(kernel.applied[0], rel=1e-7)


@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("final", [linear_model.LogisticRegression, linear_model.LinearRegression])
def test_the_model_is_rivers_own_at_the_rates_that_were_applied(final, l2):
    data = PHISHING if final is linear_model.LogisticRegression else TRUMP
    learner, gain = traced(scaled(final(l2=l2))), Gain(1.0)
    stock = scaled(final(optim.SGD(gain), intercept_lr=gain, l2=l2))
    for x, y in data:
        learner.learn_one(x, y)
        gain.rate = learner.rate
        stock.learn_one(x, y)
    assert learner.model._last_step.weights == stock._last_step.weights  # to the last bit
    assert learner.model._last_step.intercept == stock._last_step.intercept
    assert learner.read_back() == {"weights": gain.rate, "intercept": gain.rate}


def test_a_weight_of_two_learns_more_than_one():
    once, twice = traced(linear_model.LinearRegression()), traced(linear_model.LinearRegression())
    for learner, w in ((once, 1.0), (twice, 2.0)):
        learner.learn_one({"a": 1.0}, 3.0, w=w)
    after = [learner.model.predict_one({"a": 1.0}) for learner in (once, twice)]
    assert 0.0 < after[0] < after[1] < 3.0  # nearer to the label, and not past it
    with pytest.raises(TypeError, match=r"SoftmaxRegression\.learn_one takes no w"):
        traced(softmax()).learn_one({"a": 1.0}, "a", w=2.0)


values = st.one_of(st.just(0.0), st.floats(-1e6, 1e6), st.floats(-1.0, 1.0))
names = st.sampled_from(["a", "b", "c", "d"])
records = st.lists(
    st.tuples(st.dictionaries(names, values, max_size=4), st.floats(-1e3, 1e3)),
    min_size=1,
    max_size=30,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(stream=records, start=st.sampled_from([1e-5, 1.0, 100.0]), scaler=st.booleans())
def test_whatever_comes_the_rate_and_the_predictions_stay_finite(stream, start, scaler):
    for final in (linear_model.LinearRegression(), linear_model.LogisticRegression(), softmax()):
        model = scaled(final) if scaler else final
        learner = traced(model, start)
        if isinstance(final, linear_model.LinearRegression):
            ys: list[Any] = [y for _, y in stream]
        elif isinstance(final, linear_model.LogisticRegression):
            ys = [y > 0.0 for _, y in stream]
        else:
            ys = [CLASSES[int(abs(y)) % 3] for _, y in stream]
        assert np.isfinite(learner.learn_all([x for x, _ in stream], ys)).all()
        assert 0.0 < learner.rate <= 1e4


def test_the_clamp_keeps_a_served_prediction_within_the_labels_and_can_be_turned_off():
    stream = [({"a": float(i % 7)}, 1.0 + (i % 5)) for i in range(50)]
    xs, ys = [x for x, _ in stream], [y for _, y in stream]
    for clamped in (True, False):
        learner = traced(linear_model.LinearRegression(), clamp=clamped)
        learner.learn_all(xs, ys)
        far = learner.predict_one({"a": 1e6})
        assert (1.0 <= far <= 5.0) is clamped
    plain = [(y - p) ** 2 for y, p in zip(ys, _served(xs, ys, False), strict=True)]
    assert traced(linear_model.LinearRegression(), clamp=False).learn_all(xs, ys) == plain


def _served(xs, ys, clamped):
    learner, out = traced(linear_model.LinearRegression(), clamp=clamped), []
    for x, y in zip(xs, ys, strict=True):
        out.append(learner.predict_one(x))
        learner.learn_one(x, y)
    return out


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
def test_a_copy_goes_on_the_same_and_alone(copied):
    items = [Record(x, y) for x, y in PHISHING]
    loop = Loop(scaled(linear_model.LogisticRegression()), Trace(), initial_rate=10.0, limits=HELD)
    loop.learn(items[:200])
    twin = copied(loop)
    loop.learn(items[200:])
    assert twin.status.steps == 200
    twin.learn(items[200:])
    assert twin.status == loop.status
    assert twin.gain is not loop.gain


def test_a_decision_says_what_moved_the_rate():
    loop = Loop(scaled(linear_model.LogisticRegression()), Trace(), initial_rate=1e-5, limits=HELD)
    loop.learn([Record(x, y) for x, y in PHISHING[:384]])
    last = loop.status.last
    assert last is not None
    assert last.reason == "hypergradient"
    assert last.applied == loop.status.rate == loop.status.rates["weights"]
    assert last.asked > last.applied > 0.0
    assert set(last.terms) == {"pull", "ceiling", "clamped", "fallback"}
    assert sum(loop.status.decisions.values()) == 400 // 64


@pytest.mark.parametrize(
    "model",
    [
        linear_model.LinearRegression(optim.Adam()),
        linear_model.LinearRegression(loss=optim.losses.Huber()),
        linear_model.LogisticRegression(loss=optim.losses.Log(weight_pos=2.0)),
        linear_model.LinearRegression(l1=0.1),
        preprocessing.TargetStandardScaler(linear_model.LinearRegression()),
        compose.Pipeline(preprocessing.StandardScaler(), linear_model.Perceptron()),
    ],
)
def test_other_models_are_refused_with_what_to_use_instead(model):
    with pytest.raises(NotSteerable, match="use bank for other optimizers, race for other models"):
        traced(model)


def test_a_model_without_a_rate_is_refused():
    with pytest.raises(NotSteerable):
        traced(naive_bayes.GaussianNB())


def test_limits_that_are_given_hold_the_rate():
    tight = Limits(low=0.1, high=0.2, slew=None)
    loop = Loop(scaled(linear_model.LogisticRegression()), Trace(), initial_rate=0.1, limits=tight)
    rates = []
    for x, y in PHISHING:
        loop.learn([Record(x, y)])
        rates.append(loop.status.rate)
    assert (min(rates), max(rates)) == (0.1, 0.2)
    assert loop.status.last is not None
    assert loop.status.last.limit in ("low", "high", "none", "ceiling")


def test_no_skill_answers_while_the_model_is_worse_and_metrics_see_what_was_served():
    # What matters is unrelated to the label, and far too large: any weight is too much.
    rng = np.random.default_rng(1)
    items = [Record({"a": float(1e3 * rng.normal())}, float(rng.normal())) for _ in range(400)]
    own, held = (
        Loop(
            linear_model.LinearRegression(),
            Trace(clamp=False, fallback=fallback),
            metrics=[metrics.MSE()],
            limits=HELD,
        )
        for fallback in (False, True)
    )
    for loop in (own, held):
        loop.learn(items)
    assert held.status.loss_sum < own.status.loss_sum
    assert held.status.loss_sum <= 1.05 * held.status.baseline_sum
    assert held.status.metrics["MSE"] == pytest.approx(held.status.loss_sum / 400)
    assert held.model.weights == own.model.weights  # learning is untouched
    assert held.status.last is not None
    assert held.status.last.terms["fallback"] > 0
