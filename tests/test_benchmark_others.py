"""What hindsight is taken to be in the benchmark of other models is what the models do."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from river import facto, optim, preprocessing

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def problem(task):
    from problems import Problem

    rng = np.random.default_rng(4)
    x = rng.normal(size=(60, 3))
    y = x @ [1.0, -2.0, 0.5] + x[:, 0] * x[:, 1]
    if task != "regression":
        y = (y > 0.0).astype(float)
    return Problem("made", task, x, y, 0 if task == "regression" else 2)


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_fixed_machines_predict_as_rivers_own(task):
    import fixed_fm

    made, rates = problem(task), np.array([1e-3, 0.03])
    raw = fixed_fm.raw_predictions(made, "scaled", 4, 7, rates)
    for i, rate in enumerate(rates.tolist()):
        kind = facto.FMRegressor if task == "regression" else facto.FMClassifier
        steps = {"weight_optimizer": optim.SGD(rate), "latent_optimizer": optim.SGD(rate)}
        model = kind(n_factors=4, seed=7, intercept_lr=rate, **steps)
        scaler = preprocessing.StandardScaler()
        for t, row in enumerate(made.x.tolist()):
            x = {f"f{j}": value for j, value in enumerate(row)}
            assert raw[t, i] == pytest.approx(model._raw_dot(scaler.transform_one(x)), rel=1e-9)
            scaler.learn_one(x)
            y = made.y[t] if task == "regression" else bool(made.y[t])
            model.learn_one(scaler.transform_one(x), y)


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="torch is not installed")
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_fixed_perceptrons_lose_as_torchs_own(task, optimizer):
    import fixed_mlp
    import torch

    made, rates = problem(task), np.array([1e-3, 0.03])
    plain, _ = fixed_mlp.losses(made, 5, optimizer, 3, rates)
    x = torch.tensor(made.view("scaled").before, dtype=torch.float32)
    for i, rate in enumerate(rates.tolist()):
        module, total = fixed_mlp.mlp(made, 5, 3), 0.0
        steps = getattr(torch.optim, optimizer)(module.parameters(), lr=rate)
        loss_of = fixed_mlp.loss_of(made)
        for t, y in enumerate(made.y.tolist()):
            z = module(x[t : t + 1])
            target = torch.tensor([int(y)]) if task == "multiclass" else torch.full_like(z, y)
            loss = loss_of(z, target)
            total += float(loss.detach())
            steps.zero_grad()
            loss.backward()
            steps.step()
        assert plain[i] == pytest.approx(total / len(made.y), rel=1e-4)


def test_a_summary_counts_who_is_at_or_below_hindsight():
    from others import summary

    rows = [{"plain": value, "finite": True} for value in (-3.0, 0.0, 5.0)]
    expected = {"n": 3, "median": 0.0, "worst": 5.0, "beat": 2, "nonfinite": 0}
    assert summary(rows, "plain") == expected
