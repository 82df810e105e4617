"""The mixture's kernels: same numbers compiled and not, finite on anything, no peeking."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import preprocessing

from lrcontrol.kernels import Rows, available
from lrcontrol.kernels import mixture as home
from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.mixture import TASKS, Blend
from lrcontrol.kernels.mixture_glm import mixture_glm
from lrcontrol.kernels.mixture_record import load
from lrcontrol.kernels.mixture_softmax import mixture_softmax

CLASSES = 3
sizes = st.sampled_from(["small", "large"])
kinds = st.sampled_from(TASKS)
starts = st.sampled_from([1e-5, 1e-3, 1e-1, 1e1])
values = st.one_of(
    st.floats(-3.0, 3.0),
    st.floats(-1e6, 1e6),
    st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, np.inf, np.nan]),
)
records = st.dictionaries(st.integers(0, 6), values, max_size=5)
labels = st.one_of(st.integers(0, 2), st.floats(-1e6, 1e6))
streams = st.lists(st.tuples(records, labels, st.sampled_from([0.0, 0.5, 1.0, 3.0])), max_size=25)


def rows_of(stream) -> Rows:
    lengths = [len(x) for x, *_ in stream]
    return Rows(
        np.cumsum([0, *lengths]),
        np.array([j for x, *_ in stream for j in x], np.int64),
        np.array([v for x, *_ in stream for v in x.values()], np.float64),
    )


def targets_of(kind: str, stream) -> np.ndarray:
    y = np.array([float(label) for _, label, _ in stream])
    return {"regression": y, "binary": (y > 0.0) * 1.0, "multiclass": np.abs(y) // 1 % CLASSES}[
        kind
    ]


def weights_of(stream) -> np.ndarray:
    return np.array([weight for *_, weight in stream], np.float64)


def made(kind, size="small", start=0.01, **more) -> Blend:
    return Blend(kind, size, start, classes=CLASSES, **more)


def plainly(blend: Blend, *block) -> np.ndarray:
    """Learn a block without the compiler."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "mixture_glm", mixture_glm.plain)
        patch.setattr(home, "mixture_softmax", mixture_softmax.plain)
        return blend.learn(*block)


def same(a: Blend, b: Blend) -> None:
    for ours, theirs in zip(a.state, b.state, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.skipif(not available(), reason="needs numba")
@settings(max_examples=40, deadline=None)
@given(kind=kinds, size=sizes, start=starts, scaled=st.booleans(), stream=streams)
def test_compiled_and_plain_are_the_same_numbers(kind, size, start, scaled, stream):
    block = rows_of(stream), targets_of(kind, stream), weights_of(stream)
    compiled, plain = (made(kind, size, start, scaled=scaled) for _ in range(2))
    np.testing.assert_array_equal(compiled.learn(*block), plainly(plain, *block))
    same(compiled, plain)


@settings(max_examples=150, deadline=None)
@given(
    kind=kinds, size=sizes, start=starts, scaled=st.booleans(), stream=streams, clamp=st.booleans()
)
def test_what_is_served_is_finite_whatever_comes(kind, size, start, scaled, stream, clamp):
    blend = made(kind, size, start, scaled=scaled, clamp=clamp)
    out = blend.learn(rows_of(stream), targets_of(kind, stream), weights_of(stream))
    assert np.isfinite(out).all()
    if kind != "regression":
        assert ((out >= 0.0) & (out <= 1.0)).all()
    if kind == "multiclass":
        np.testing.assert_allclose(out.sum(axis=1), 1.0)
    assert np.isfinite(blend.predict(rows_of(stream))).all()
    assert np.isfinite(blend.state.members).all()
    assert np.isfinite(blend.state.stack).all()


@settings(max_examples=30, deadline=None)
@given(kind=kinds, size=sizes, scaled=st.booleans(), stream=streams, cut=st.integers(0, 25))
def test_blocks_and_predictions_in_between_change_nothing(kind, size, scaled, stream, cut):
    block = rows_of(stream), targets_of(kind, stream), weights_of(stream)
    whole, cut_up = (made(kind, size, scaled=scaled) for _ in range(2))
    parts, foreseen = [np.empty((0, whole.learn(*block).shape[1]))], []
    for part in (stream[:cut], stream[cut:]):
        pieces = rows_of(part), targets_of(kind, part), weights_of(part)
        foreseen += [cut_up.predict(pieces[0])[:1]]
        parts += [cut_up.learn(*pieces)]
        np.testing.assert_array_equal(foreseen[-1], parts[-1][:1])
    same(whole, cut_up)


@pytest.mark.parametrize("kind", TASKS)
def test_absent_and_zero_are_the_same(kind):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 6)) * (rng.random((200, 6)) < 0.4)
    y = (x[:, 0] + x[:, 1] > 0.0) * 1.0
    sparse = rows_of([({j: v for j, v in enumerate(row) if v}, 0) for row in x.tolist()])
    p, q = made(kind).learn(Rows.dense(x), y), made(kind).learn(sparse, y)
    np.testing.assert_array_equal(p, q)


def test_the_scaler_is_river_s():
    rng = np.random.default_rng(4)
    scaler, blend = preprocessing.StandardScaler(), made("regression", scaled=True)
    for t in range(50):
        x = {j: rng.normal() * 10.0**j for j in range(5) if rng.random() < 0.7 or t == 0}
        before = scaler.transform_one(x)
        scaler.learn_one(x)
        after = scaler.transform_one(x)
        rows = rows_of([(x, 0)])
        blend.predict(rows)  # makes room
        desk = at.furnish(rows.starts, blend.state)
        n = load(at.LEARN | at.SCALED, 0, *rows[1:], blend.state.features, desk)
        taken = dict(zip((desk.taken[:n] - 1).tolist(), range(n), strict=True))
        for j in x:
            i = taken.get(j)
            old, new = (0.0, 0.0) if i is None else (desk.old[i], desk.new[i])
            assert old == pytest.approx(before[j], rel=1e-12, abs=1e-12)
            assert new == pytest.approx(after[j], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("start", [1e-5, 10.0])
@pytest.mark.parametrize("size", ["small", "large"])
def test_beats_every_member_where_members_complement_each_other(start, size):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4000, 5)) * [1.0, 10.0, 100.0, 1.0, 0.01]
    level = np.cumsum(rng.normal(size=4000)) * 0.3
    y = x @ [1.0, 0.1, 0.01, 0.0, 100.0] + level + rng.normal(size=4000)
    blend = made("regression", size, start)
    blend.learn(Rows.dense(x), y)
    pool, members = blend.state.pool, blend.state.members
    assert pool[at.LOSS_SERVED] < members[at.LOSS].min()


def test_a_stack_stays_sound_over_forty_thousand_records():
    rng = np.random.default_rng(6)
    level = np.cumsum(rng.normal(size=45_000)) * 0.05
    x = rng.normal(size=(45_000, 2))
    y = x @ [1.0, 2.0] + level + rng.normal(size=45_000)
    blend = made("regression", start=0.1)
    blend.learn(Rows.dense(x), y)
    inverse = blend.state.stack[:-1]
    np.testing.assert_array_equal(inverse, inverse.T)
    assert blend.state.pool[at.LOSS_STACK] < 1.05 * blend.state.pool[at.LOSS_SHARE]


def test_the_lag_is_as_old_as_the_delay():
    y = [1.0, -2.0, 4.0, -8.0, 16.0]
    for delay in range(3):
        blend = made("regression", delay=delay)
        for target in y:
            learned = at.lag_at(at.LEARN, blend.state)
            oldest = blend.state.lags[learned, 0]
            blend.learn(rows_of([({}, 0)]), [target])
            newest = blend.state.lags[at.lag_at(0, blend.state), 0]
            count = int(blend.state.pool[at.COUNT])
            assert newest != 0.0
            assert (oldest == 0.0) == (count <= delay + 1)


def test_a_class_that_arrives_is_learned():
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 3000).astype(float)
    y[1000:] = rng.integers(0, 3, 2000)
    x = np.eye(3)[y.astype(int)] * 2.0 + rng.normal(size=(3000, 3))
    late, early = Blend("multiclass", classes=2), Blend("multiclass", classes=3)
    late.learn(Rows.dense(x[:1000]), y[:1000])
    late.widen(3)
    early.learn(Rows.dense(x[:1000]), y[:1000])
    ours = late.learn(Rows.dense(x[1000:]), y[1000:])
    theirs = early.learn(Rows.dense(x[1000:]), y[1000:])
    picked = np.arange(2000), y[1000:].astype(int)
    assert -np.log(ours[picked]).mean() < 1.05 * -np.log(theirs[picked]).mean()


@pytest.mark.parametrize("kind", TASKS)
def test_copies_go_their_own_way_from_the_same_place(kind):
    rng = np.random.default_rng(8)
    x, y = Rows.dense(rng.normal(size=(100, 3))), rng.integers(0, 2, 100).astype(float)
    blend = made(kind, "large")
    blend.learn(x, y)
    for twin in (copy.deepcopy(blend), pickle.loads(pickle.dumps(blend))):
        same(blend, twin)
        twin.learn(x, y)
        assert twin.state.pool[at.COUNT] == 200 != blend.state.pool[at.COUNT]
