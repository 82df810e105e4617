"""The bank's kernel: members are the shadows and traces known already, and its twin agrees."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.kernels import (
    OPTIMIZERS,
    Bank,
    Columns,
    Members,
    Rows,
    Scaler,
    Shadows,
    Traced,
    bank_rows,
    members,
    solo,
)
from lrcontrol.kernels.trace import PROTOTYPE, TRACE

KINDS = ("regression", "binary", "multiclass")
SOME = Members((1e-3, 0.1), True, (0.1, 10.0), (TRACE.lam, members.MIDDLE), 0)


def stream(kind: str, n: int = 300, d: int = 4):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(n, d)) * [1.0, 2.0, 30.0, 0.1] + 1.0
    y = x @ [1.0, -2.0, 0.1, 3.0] + rng.normal(size=n)
    return x, y if kind == "regression" else np.digitize(y, [0.0] if kind == "binary" else [0, 3.0])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_plain_members_are_shadows(kind, optimizer):
    x, y = stream(kind)
    rates = (1e-3, 0.01, 0.1)
    bank = Bank(kind, optimizer, Members(rates, False, (), (), 1), scaled=True, classes=3, l2=0.01)
    shadows = Shadows(kind, optimizer, rates, x.shape[1], 3, l2=0.01)
    expected = shadows.learn(*Scaler(x.shape[1]).learn(x), y)
    served = bank.learn(Rows.dense(x), y)
    np.testing.assert_allclose(served.scores, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("law", [TRACE, PROTOTYPE])
@pytest.mark.parametrize("kind", KINDS)
def test_traced_members_are_traces(kind, law):
    x, y = stream(kind)
    starts = (1e-3, 10.0)
    alone = Members((0.1,), False, starts, (law.lam, law.lam), 0, law)
    bank = Bank(kind, "SGD", alone, scaled=True, classes=3)
    traced = Traced(kind, starts, x.shape[1], 3, law)
    expected = traced.learn(*Scaler(x.shape[1]).learn(x), y)
    scores = bank.learn(Rows.dense(x), y).scores
    np.testing.assert_allclose(scores[:, 1:], expected, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(bank.applied[1:], traced.applied, rtol=1e-6)


def test_the_ceiling_keeps_a_residual_its_sign():
    x, y = stream("regression")
    bank = Bank("regression", "SGD", Members((1e4,), True, (), (), 0))
    for t in range(50):
        before = y[t] - bank.learn(Rows.dense(x[t : t + 1]), y[t : t + 1]).scores[0, 0]
        after = y[t] - (x[t] @ bank.models.w[:4, 0] + bank.models.biases[0])
        assert before * after >= -1e-9 * before * before


values = st.one_of(st.floats(-3.0, 3.0), st.floats(-1e3, 1e3), st.just(0.0))
records = st.dictionaries(st.sampled_from("pqrst"), values, max_size=5)
streams = st.lists(st.tuples(records, st.integers(0, 2), st.floats(0.1, 3.0)), max_size=12)


def both(monkeypatch, bank: Bank, *learned):
    """Return what the kernel and its plain twin make of the same."""
    twin = copy.deepcopy(bank)
    compiled = bank.learn(*learned)
    with monkeypatch.context() as patch:
        patch.setattr("lrcontrol.kernels.bank.bank_rows", bank_rows.bank_rows.plain)
        patch.setattr("lrcontrol.kernels.bank.solo_rows", solo.solo_rows.plain)
        return compiled, twin.learn(*learned), twin


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(stream=streams, scaled=st.booleans(), alone=st.booleans())
def test_the_numpy_twin_agrees(kind, optimizer, stream, scaled, alone):
    labels: dict = {}
    numbers = [labels.setdefault(label, len(labels)) for _, label, _ in stream]
    y = np.array([min(n, 1) for n in numbers] if kind == "binary" else numbers, float)
    weights = None if kind == "multiclass" else np.array([w for *_, w in stream])
    rows = Columns().rows([x for x, *_ in stream])
    law = TRACE if optimizer == "SGD" else PROTOTYPE
    some = members.plain(0.1) if alone else SOME._replace(law=law)
    bank = Bank(kind, optimizer, some, scaled=scaled, l2=0.01)
    with pytest.MonkeyPatch.context() as patch:
        compiled, plain, twin = both(patch, bank, rows, y, weights)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-7)
    for part in ("scales", "models", "traces", "leader"):
        for one, other in zip(getattr(bank, part), getattr(twin, part), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_one_alone_is_one_of_many(kind, optimizer):
    x, y = stream(kind)
    weights = np.linspace(0.5, 2.0, len(y))
    alone = Bank(kind, optimizer, members.plain(0.01), scaled=True, l2=0.01)
    rates = members.Members((0.01, 0.02), False, (), (), 0)
    many = Bank(kind, optimizer, rates, scaled=True, l2=0.01, switch=np.inf)
    one, two = (bank.learn(Rows.dense(x), y, weights) for bank in (alone, many))
    np.testing.assert_allclose(one.losses, two.losses, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.predictions, two.predictions, rtol=1e-9)
    np.testing.assert_allclose(alone.models.w[:, 0], many.models.w[:, 0], rtol=1e-9)
    assert alone.leader.spent[0] == pytest.approx(many.leader.spent[0])


def test_absent_features_fade_as_if_they_were_zero():
    x, y = stream("binary")
    x[::2, 1] = 0.0
    x[50:90, 2] = 0.0
    full, sparse = (Bank("binary", "SGD", SOME) for _ in range(2))
    rows = Columns().rows([{j: v for j, v in enumerate(row) if v} for row in x.tolist()])
    expected = full.learn(Rows.dense(x), y)
    np.testing.assert_allclose(sparse.learn(rows, y).scores, expected.scores, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_change_nothing(kind):
    x, y = stream(kind)
    whole, cut = (Bank(kind, "Adam", SOME._replace(law=PROTOTYPE), scaled=True) for _ in range(2))
    order = {label: i for i, label in enumerate(dict.fromkeys(y.tolist()))}
    y = np.array([order[label] for label in y.tolist()], float) if kind == "multiclass" else y
    served = whole.learn(Rows.dense(x), y)
    parts = [cut.learn(Rows.dense(x[i:j]), y[i:j]) for i, j in ((0, 1), (1, 20), (20, 300))]
    assert np.array_equal(np.concatenate([part.losses for part in parts]), served.losses)
    assert np.array_equal(cut.leader.behind, whole.leader.behind)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))])
def test_a_copy_goes_on_the_same(again):
    x, y = stream("regression")
    bank = Bank("regression", "AdaGrad", members.bank("AdaGrad", 0.1), scaled=True)
    bank.learn(Rows.dense(x[:100]), y[:100])
    copied = again(bank)
    ours, theirs = (b.learn(Rows.dense(x[100:]), y[100:]) for b in (copied, bank))
    assert np.array_equal(ours.losses, theirs.losses)


@pytest.mark.parametrize("start", [1e-6, 1e2])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_leader_is_about_as_good_as_the_best_member(optimizer, start):
    x, y = stream("regression", 2000)
    bank = Bank("regression", optimizer, members.bank(optimizer, start), scaled=True)
    served = bank.learn(Rows.dense(x), y)
    means = bank.leader.spent / len(y)
    assert served.losses.mean() < 1.1 * means.min()
    assert len(set(served.members.tolist())) > 1


def test_the_clamp_holds_what_is_served_and_changes_no_learning():
    x, y = stream("regression")
    x[100] = 1e6
    runs = [Bank("regression", "SGD", members.plain(1e-3), clamp=clamp) for clamp in (0, 1)]
    free, held = (bank.learn(Rows.dense(x), y) for bank in runs)
    assert np.array_equal(free.scores, held.scores)
    assert np.array_equal(free.predictions, free.scores)
    cut = np.clip(held.scores[100, 0], y[:100].min(), y[:100].max())
    assert held.predictions[100, 0] == cut != held.scores[100, 0]
    assert runs[1].cut(1e9) == y.max()
    assert runs[0].cut(1e9) == 1e9


def test_empty_blocks_and_records_do_no_harm():
    bank = Bank("multiclass", "RMSProp", members.bank("RMSProp", 0.1), scaled=True)
    assert len(bank.learn(Rows.dense(np.zeros((0, 0))), []).losses) == 0
    losses = bank.learn(Columns().rows([{}, {}, {}]), [0, 1, 0]).losses
    assert losses.tolist() == pytest.approx([6.907755, 6.907755, np.log(2.0)])
