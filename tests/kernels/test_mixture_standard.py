"""The mixture's members at fixed gains: standardised steps on raw features, back within tens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.kernels import Rows
from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.mixture import GAINS, Blend
from lrcontrol.kernels.mixture_standard import acquaint, fixed_end, standardise

NOISE = 0.5


@given(st.lists(st.one_of(st.just(0.0), st.floats(-1e3, 1e3)), min_size=1, max_size=30))
def test_a_record_that_leaves_a_feature_out_counts_as_zero(values):
    feature = np.zeros(at.FEATURE)
    for count, value in enumerate(values, start=1):
        if value:
            acquaint(value, float(count), feature)
    seen = values[: int(feature[at.SEEN])]
    if seen:
        assert feature[at.MEAN] == pytest.approx(np.mean(seen), rel=1e-9, abs=1e-9)
        assert feature[at.VARIANCE] == pytest.approx(np.var(seen), rel=1e-9, abs=1e-6)


def test_a_step_is_that_of_a_model_of_standardised_features():
    rng = np.random.default_rng(1)
    past = rng.normal(size=(50, 4)) * [1.0, 10.0, 0.1, 5.0] + [3.0, -40.0, 0.0, 100.0]
    features = np.zeros((5, at.FEATURE))
    taken, step = np.arange(5), np.empty(5)
    for count, row in enumerate(past, start=1):
        q = standardise(0, taken, np.r_[1.0, row], float(count), features, step)
    z = (past - past.mean(axis=0)) / past.std(axis=0)
    # A step of 1 along the last row, seen on any other record: the same in both coordinates.
    theirs = 1.0 + z @ z[-1]
    np.testing.assert_allclose(step[0] + past @ step[1:], theirs, rtol=1e-9)
    assert q == pytest.approx(theirs[-1], rel=1e-9)


@pytest.mark.parametrize("x", [0.0, 1e200, -1e300])
def test_what_has_no_square_moves_nothing(x):
    features, step = np.zeros((2, at.FEATURE)), np.empty(2)
    assert standardise(0, np.arange(2), np.array([1.0, x]), 1.0, features, step) == 1.0
    assert step.tolist() == [1.0, 0.0]


def changed(task: str, rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return records of raw features, and labels whose weights are others from half time on."""
    rng = np.random.default_rng(7)
    z, (old, new) = rng.normal(size=(rows, 6)), rng.normal(size=(2, 6))
    score = np.where(np.arange(rows) < rows // 2, z @ old, z @ new)
    y = score + NOISE * rng.normal(size=rows)
    return 3.0 + z * [0.5, 1.0, 2.0, 3.0, 1.0, 0.5], y if task == "regression" else (y > 0.0) * 1.0


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("start", [1e-5, 10.0])
def test_it_is_back_soon_after_an_abrupt_change(start, scaled):
    x, y = changed("regression")
    p = Blend("regression", start=start, scaled=scaled).learn(Rows.dense(x), y)[:, 0]
    assert ((p - y)[1550:1750] ** 2).mean() < 2.0 * NOISE**2


def test_a_huge_weight_is_a_bounded_step():
    x, y = changed("binary")
    runs = []
    for weight in (1.0, 1e6):
        blend = Blend("binary")
        blend.learn(Rows.dense(x), y, np.full(len(y), weight))
        first = fixed_end(blend.state.members)
        runs.append(blend.state.members[at.LOSS, first:-1] / len(y))
    assert len(runs[1]) == len(GAINS)
    assert np.isfinite(runs).all()
    assert runs[0].max() < np.log(2.0)  # better than a coin
