"""The traced kernels are a River model whose rate is written before each record by a law."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.mirrored import river_model, score
from river import optim

from lrcontrol.kernels import Scaled, Scaler, Shadows, Traced, losses
from lrcontrol.kernels.trace import PROTOTYPE, TRACE

KINDS = ("regression", "binary", "multiclass")
CLASSES, FEATURES = 3, 3
STARTS = [1e-5, 1e-2, 10.0]
C0 = {"regression": 2.0, "binary": 0.25, "multiclass": 0.25}
LAWS = {"trace": TRACE, "prototype": PROTOTYPE}


class Steered:
    """The law of the trace controller around a River object, in plain numpy, from its text."""

    def __init__(self, kind: str, start: float) -> None:
        self.kind, self.th, self.t, self.mean = kind, start, 0, 0.0
        self.model = river_model(kind, "SGD", start, 0.0, CLASSES)
        self.blocks = CLASSES if kind == "multiclass" else 1
        self.bias = 0 if kind == "multiclass" else 1
        self.s = np.zeros((2, self.blocks, FEATURES + self.bias))
        self.fast, self.slow, self.level = np.zeros(2), np.zeros(2), 0.0

    def slopes(self, x: dict, y: float) -> tuple[np.ndarray, float, float]:
        """Return dl/dz for each block, its size, and the margin of the true class."""
        if self.kind == "multiclass":
            p = np.array([self.model.predict_proba_one(x)[c] for c in range(CLASSES)])
            w = self.model.weights  # margins from logits: a probability may be 0
            z = np.array([sum(w[c].get(j, 0.0) * v for j, v in x.items()) for c in range(CLASSES)])
            g = p - np.eye(CLASSES)[int(y)]
            return g, -g[int(y)], z[int(y)] - np.delete(z, int(y)).max()
        z = self.model._raw_dot_one(x)
        g = self.model.loss.gradient(y_true=y, y_pred=z)
        return np.array([g]), abs(g), z if y else -z

    def learn(self, x: dict, y: float) -> None:
        self.t += 1
        g, size, margin = self.slopes(x, y)
        dz = np.array([*x.values(), *([1.0] * self.bias)])
        q, a = float(dz @ dz), max(1 / self.t, 0.01)
        parts = self.s @ dz  # (2, blocks): how the raw predictions would differ
        h = parts @ g
        self.fast += a * (h * h - self.fast)
        self.slow += max(1 / self.t, 0.001) * (h * h - self.slow)
        self.back(h)
        self.th *= math.exp(-0.05 * (1 + 10 / math.sqrt(self.t)) * self.pull(h) / 2)
        self.mean += a * (q - self.mean)
        c = c0 = C0[self.kind]
        self.band(1 / (c0 * self.mean) if self.mean else 1.0)
        if self.kind != "regression" and size > 0:
            c = size / (max(0.0, -margin) + size / c0)
        e = self.th / (1 + self.th * c * q)
        self.write(e)
        self.model.learn_one(x, {"regression": float, "binary": bool}.get(self.kind, int)(y))
        self.trace(e, c, q, g, parts, dz)

    def back(self, h: np.ndarray) -> None:
        """Go back towards the level, where a lower gain was better."""
        if self.t > 1:
            place = math.log(self.th)
            self.level += max(1 / (self.t - 1), 0.002) * (place - self.level)
            if h[1] > 0:
                self.th *= math.exp(-0.004 * max(0.0, place - self.level) ** 2)

    def pull(self, h: np.ndarray) -> float:
        size = np.sqrt(np.maximum(self.fast, self.slow))
        return sum(hi / si for hi, si in zip(h, size, strict=True) if si > 0)

    def band(self, middle: float) -> None:
        self.th = float(np.clip(self.th, max(0.02, 30 / self.t) * middle, 30 * middle))

    def hessian(self, g: np.ndarray, y: float) -> tuple[np.ndarray, float]:
        """Return the second derivative of the loss in the raw predictions, and its bound."""
        if self.kind == "regression":
            return np.array([[2.0]]), 2.0
        if self.kind == "binary":
            return np.array([[abs(g[0]) * (1 - abs(g[0]))]]), 0.25
        p = g + np.eye(CLASSES)[int(y)]
        return np.diag(p) - np.outer(p, p), 0.5

    def trace(self, e, c, q, g, parts, dz) -> None:
        """Move S by the derivative of w - e(th) g(w) dz along ln(th)."""
        y = int((-g).argmax())
        bent, bound = self.hessian(g, y)
        give = min(e, 1 / (bound * q)) if q > 0 else e
        for lam, s, part in zip((0.9, 0.9998), self.s, parts, strict=True):
            s *= lam
            s -= np.outer(e * (1 - e * c * q) * g + give * bent @ part, dz)

    def write(self, rate: float) -> None:
        """Write the rate where River reads it."""
        lr = optim.schedulers.Constant(rate)
        if self.kind == "multiclass":
            for c in range(CLASSES):
                self.model.optimizers[c].lr = lr
        else:
            self.model.optimizer.lr = self.model.intercept_lr = lr


class SteeredBefore(Steered):
    """The prototype's law."""

    def back(self, h: np.ndarray) -> None:
        pass

    def pull(self, h: np.ndarray) -> float:
        u = [hi / math.sqrt(vi) for hi, vi in zip(h, self.fast, strict=True) if vi > 0]
        return sum(np.clip(u, -3, 3))

    def band(self, middle: float) -> None:
        self.th = float(np.clip(np.clip(self.th, 1e-9, 1e4), 0.01 * middle, 10 * middle))

    def trace(self, e, c, q, g, parts, dz) -> None:
        for lam, s in zip((0.9, 0.998), self.s, strict=True):
            s *= lam
            s -= e * np.outer(g, dz)


values = st.one_of(st.floats(-3.0, 3.0), st.floats(-1e3, 1e3), st.just(0.0), st.just(0.1))
rows = st.tuples(st.lists(values, min_size=FEATURES, max_size=FEATURES), st.integers(0, 2))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("law", LAWS)
@settings(max_examples=15, deadline=None)
@given(stream=st.lists(rows, min_size=1, max_size=25), scaled=st.booleans())
def test_is_a_river_model_with_the_rate_written(kind, law, stream, scaled):
    x = np.array([row for row, _ in stream])
    y = np.array([float(label > 0) if kind == "binary" else float(label) for _, label in stream])
    records = Scaler(FEATURES).learn(x) if scaled else Scaled(x, x)
    traced = Traced(kind, STARTS, FEATURES, CLASSES, LAWS[law])
    scores = traced.learn(*records, y)
    for k, start in enumerate(STARTS):
        steered = (Steered if law == "trace" else SteeredBefore)(kind, start)
        for t, target in enumerate(y):
            before, after = (dict(enumerate(part[t].tolist())) for part in records)
            theirs = score(kind, steered.model, before, target)
            assert scores[t, k] == pytest.approx(theirs, rel=1e-6, abs=1e-6)
            steered.learn(after, target)
        assert traced.gains[k] == pytest.approx(steered.th, rel=1e-6)


@given(stream=st.lists(rows, min_size=1, max_size=20), start=st.floats(1e-9, 1e4))
@settings(max_examples=30, deadline=None)
def test_a_residual_keeps_its_sign(stream, start):
    traced = Traced("regression", [start], FEATURES)
    for row, label in stream:
        x, y = np.array([row]), np.array([float(label)])
        before = y[0] - traced.learn(x, x, y)[0, 0]
        after = y[0] - (x[0] @ traced.weights + traced.intercepts)[0]
        assert before * after >= -1e-12 * before * before


def test_the_start_rate_makes_no_difference():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2000, FEATURES))
    y = x @ [1.0, 2.0, 3.0] + rng.normal(size=2000)
    traced = Traced("regression", [1e-9, 1e-3, 1e4], FEATURES)
    scores = traced.learn(x, x, y)
    assert np.array_equal(scores, scores[:, :1].repeat(3, axis=1))
    assert ((scores[:, 0] - y) ** 2).mean() < 1.1  # the noise is 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_change_nothing(kind):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, FEATURES))
    y = rng.integers(0, 2, 40).astype(float)
    whole, cut = (Traced(kind, STARTS, FEATURES, CLASSES) for _ in range(2))
    scores = whole.learn(x, x, y)
    parts = [cut.learn(x[i:j], x[i:j], y[i:j]) for i, j in ((0, 1), (1, 17), (17, 40))]
    assert np.array_equal(np.concatenate(parts), scores)
    assert np.array_equal(cut.applied, whole.applied)


def spread_out(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return raw features of which the first, that matters as the others do, is a tenth as wide."""
    rng = np.random.default_rng(7)
    z = rng.normal(size=(6000, FEATURES))
    signal = z @ [[1.0, -1.0, 0.5], [-1.0, 0.5, 1.0], [0.5, 1.0, -1.0]]
    noise = rng.gumbel(size=signal.shape) / 3.0
    if kind == "regression":
        y = signal[:, 0] + noise[:, 0]
    else:
        y = (signal + noise)[:, : 2 if kind == "binary" else CLASSES].argmax(axis=1).astype(float)
    return z * [0.1, 1.0, 1.0], y


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_direction_among_fast_ones_pays_off(kind):
    x, y = spread_out(kind)
    rates = 10.0 ** (-6.0 + np.arange(33) / 4.0)
    fixed = Shadows(kind, "SGD", rates, FEATURES, CLASSES).learn(x, x, y)
    best = losses(kind, fixed, y).mean(axis=0).min()
    law, before = (
        losses(kind, Traced(kind, [1e-3], FEATURES, CLASSES, each).learn(x, x, y), y).mean()
        for each in (TRACE, PROTOTYPE)
    )
    assert law < 1.05 * best < before


hostile = st.one_of(
    st.floats(-1e150, 1e150), st.floats(-1e-150, 1e-150), st.sampled_from([0.0, 1e6, -1e75, 1e-300])
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(
    stream=st.lists(
        st.tuples(st.lists(hostile, min_size=FEATURES, max_size=FEATURES), st.integers(0, 2)),
        min_size=1,
        max_size=30,
    )
)
def test_no_numbers_spoil_the_gain(kind, stream):
    x = np.array([row for row, _ in stream])
    y = np.array([float(label > 0) if kind == "binary" else float(label) for _, label in stream])
    traced = Traced(kind, STARTS, FEATURES, CLASSES)
    traced.learn(x, x, y)
    calm = np.random.default_rng(0).normal(size=(3, FEATURES))
    traced.learn(calm, calm, y[:1].repeat(3))
    assert np.isfinite(traced.gains).all()
    assert (traced.gains > 0.0).all()
    assert np.isfinite(traced.applied).all()
