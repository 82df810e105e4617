"""The mirrors are River's models: same scores, same weights, to 1e-9, whatever the stream."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.mirrored import river_model, run, weights
from river import datasets

from lrcontrol.kernels import OPTIMIZERS, Scaled, Scaler, Shadows

KINDS = ("regression", "binary", "multiclass")
CLASSES = 3
FEATURES = 3
RATES = [1e-4, 0.03, 0.5]

values = st.one_of(
    st.floats(-3.0, 3.0),
    st.floats(-1e6, 1e6),
    st.just(0.0),  # with itself: a row of zeros
    st.just(0.1),  # often the same: a constant feature
)
rows = st.tuples(st.lists(values, min_size=FEATURES, max_size=FEATURES), st.integers(0, 2))
streams = st.lists(rows, min_size=1, max_size=25)


def target(kind: str, label: int) -> float:
    return {"regression": label * 7.5 - 3.0, "binary": float(label > 0)}.get(kind, float(label))


def agree(kind, optimizer, x, y, scaled, l2=0.0, classes=CLASSES, rates=RATES):
    d = x.shape[1]
    shadows = Shadows(kind, optimizer, rates, d, classes, l2)
    scores = shadows.learn(*(Scaler(d).learn(x) if scaled else Scaled(x, x)), y)
    assert scores.shape == (len(y), len(rates))
    for k, rate in enumerate(rates):
        model = river_model(kind, optimizer, rate, l2, classes)
        theirs = run(kind, model, (x, y), scaled)
        # Relative to the largest score so far: where terms of 1e18 cancel, their last bits remain.
        unit = np.maximum(np.maximum.accumulate(np.abs(theirs)), 1.0)
        assert np.max(np.abs(scores[:, k] - theirs) / unit) < 1e-9, (kind, optimizer, rate)
        ours = np.append(shadows.weights[..., k].ravel(), shadows.intercepts[k])
        want = weights(kind, model, d, classes)
        assert np.max(np.abs(ours - want)) <= 1e-9 * max(np.max(np.abs(want)), 1e-3)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(stream=streams, scaled=st.booleans(), l2=st.sampled_from([0.0, 0.01]))
def test_agree_with_river(kind, optimizer, stream, scaled, l2):
    x = np.array([row for row, _ in stream])
    y = np.array([target(kind, label) for _, label in stream])
    agree(kind, optimizer, x, y, scaled, l2)


BUNDLED = {
    "regression": datasets.TrumpApproval,
    "binary": datasets.Phishing,
    "multiclass": datasets.ImageSegments,
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_agree_over_a_real_stream(kind, optimizer):
    records = list(BUNDLED[kind]().take(300))
    labels = sorted({y for _, y in records})
    x = np.array([list(map(float, x.values())) for x, _ in records])
    y = np.array([float(y if kind == "regression" else labels.index(y)) for _, y in records])
    agree(kind, optimizer, x, y, scaled=True, classes=len(labels), rates=[0.003, 0.1])


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_change_nothing(kind):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, FEATURES))
    y = np.array([target(kind, label) for label in rng.integers(0, CLASSES, 40)])
    whole, cut = (Shadows(kind, "Adam", RATES, FEATURES, CLASSES) for _ in range(2))
    scores = whole.learn(x, x, y)
    parts = [cut.learn(x[i:j], x[i:j], y[i:j]) for i, j in ((0, 0), (0, 1), (1, 17), (17, 40))]
    assert np.array_equal(np.concatenate(parts), scores)
    assert cut.learned == 40


def test_diverged_models_stay_finite_as_rivers_do():
    x = np.tile([[1e6, -1e6]], (200, 1))
    y = np.arange(200.0)
    agree("regression", "SGD", x, y, scaled=False, rates=[100.0])


def test_without_the_floor_a_saturated_class_rests():
    x, y = np.full((50, 1), 1e9), np.zeros(50)
    river, plain = (
        Shadows("multiclass", "RMSProp", [0.1], 1, 2, floor=f) for f in (1e-15, 0.0)
    )  # fmt: skip
    river.learn(x, x, y)
    plain.learn(x, x, y)
    assert river.weights[0, 0, 0] > plain.weights[0, 0, 0] > 0.0
