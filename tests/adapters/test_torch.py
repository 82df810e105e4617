"""torch modules: read after ``backward``, written before ``step``, set back when ruined."""

import copy
import math
import pickle
import random
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from lrcontrol.adapters import NotAdapted  # noqa: E402 - after the reason to skip
from lrcontrol.adapters.torch import TorchModule  # noqa: E402
from lrcontrol.adapters.torch_learner import TorchLearner  # noqa: E402
from lrcontrol.control.climb import LAM  # noqa: E402
from lrcontrol.restore import Restore  # noqa: E402

nn = torch.nn
LOSSES = {1: nn.MSELoss(), 2: nn.BCEWithLogitsLoss(), 3: nn.CrossEntropyLoss()}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(7)


def mlp(outputs=1):
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, outputs))


def learner(kind=1, optimizer="SGD", lr=0.01, **more):
    module = mlp(3 if kind == 3 else 1).double()
    return TorchLearner(
        module, getattr(torch.optim, optimizer)(module.parameters(), lr=lr), LOSSES[kind], **more
    )


def records(n, kind=1, seed=1):
    rng = random.Random(seed)
    for _ in range(n):
        x = {name: rng.gauss(0, 1) for name in "abc"}
        y = 2.0 * x["a"] + x["b"]
        yield x, y if kind == 1 else y > 0 if kind == 2 else int(y > -0.5) + int(y > 0.5)


def learn(steered, n=300, kind=1, seed=1):
    return [steered.learn_one(x, y) for x, y in records(n, kind, seed)]


@pytest.mark.parametrize(("kind", "optimizer"), [(1, "SGD"), (2, "Adam"), (3, "AdamW")])
def test_it_learns_from_any_start_rate_alike(kind, optimizer):
    losses = []
    for lr in (1e-6, 1e3):
        torch.manual_seed(7)
        losses.append(learn(learner(kind, optimizer, lr), 400, kind))
    assert losses[0] == losses[1]
    assert sum(losses[0][-100:]) < 0.8 * sum(losses[0][:100])


def test_q_and_h_are_those_of_the_step_that_follows():
    module = mlp().double()
    adapter = TorchModule(module, torch.optim.SGD(module.parameters(), lr=1.0), nn.MSELoss())
    x = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    z = adapter.raw(x)
    slope = adapter.look(x, 1.5)
    adapter.learn(1e-7)
    moved = adapter.raw(x) - z  # dz = -rate |dz/dtheta|^2 dl/dz
    assert moved == pytest.approx(-1e-7 * slope.q * 2.0 * (z - 1.5), rel=1e-4)
    assert (slope.h, slope.curvature) == ((0.0, 0.0), 2.0)
    after = adapter.look(x, 1.5)
    gradient = 2.0 * (adapter.raw(x) - 1.5)
    assert after.h == pytest.approx((gradient * moved,) * 2, rel=1e-4)


def test_traces_fade():
    module = mlp().double()
    adapter = TorchModule(module, torch.optim.SGD(module.parameters(), lr=1.0), nn.MSELoss())
    x = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    adapter.look(x, 1.5)
    adapter.learn(0.01)
    before = adapter._traces.clone()
    adapter.look(x, adapter.raw(x))  # no gradient: nothing moves
    adapter.learn(0.01)
    for i in (0, 1):
        assert torch.allclose(adapter._traces[i], LAM[i] * before[i])
    adapter.forget()
    assert float(adapter._traces.abs().sum()) == 0.0


def test_with_adam_q_is_that_of_its_own_step():
    module = mlp().double()
    optimizer = torch.optim.Adam(module.parameters(), lr=1.0)
    adapter = TorchModule(module, optimizer, nn.MSELoss())
    x = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    z = adapter.raw(x)
    slope = adapter.look(x, 1.5)
    adapter.learn(1e-8)  # the first step: no momentum yet
    assert adapter.raw(x) - z == pytest.approx(-1e-8 * slope.q * 2.0 * (z - 1.5), rel=1e-4)


def test_every_group_gets_the_rate():
    module = mlp()
    groups = [{"params": part.parameters(), "lr": 10.0**i} for i, part in enumerate(module[::2])]
    steered = TorchLearner(module, torch.optim.SGD(groups), nn.MSELoss())
    learn(steered, 5)
    assert {group["lr"] for group in steered._module.optimizer.param_groups} == {steered.rate}


def test_a_ruined_module_is_set_back_with_its_optimizer():
    steered = learner(1, "Adam", restore=Restore(every=50))
    learn(steered, 120)
    gain = steered.gain
    with torch.no_grad():
        steered.module[0].weight.fill_(math.nan)
    losses = learn(steered, 5, seed=2)
    assert all(map(math.isfinite, losses))
    assert steered.restores == 1
    assert steered.gain <= gain / 3.0
    assert torch.isfinite(steered.module[0].weight).all()


def test_deep_copies_and_pickles_go_on_alike_and_on_their_own():
    steered = learner(1, "Adam")
    learn(steered, 100)
    twins = [copy.deepcopy(steered), pickle.loads(pickle.dumps(steered))]
    expected = learn(steered, 50, seed=2)
    for twin in twins:
        assert learn(twin, 50, seed=2) == expected
        assert twin.module is not steered.module


def test_predictions_by_task():
    assert isinstance(learner(1).predict_one({"a": 1.0, "b": 0.0, "c": 0.0}), float)
    for kind, labels in ((2, {False, True}), (3, {0, 1, 2})):
        shares = learner(kind).predict_one({"a": 1.0, "b": 0.0, "c": 0.0})
        assert set(shares) == labels
        assert sum(shares.values()) == pytest.approx(1.0)


def test_tensors_and_dictionaries_are_alike():
    one, other = learner(), learner()
    other.module.load_state_dict(one.module.state_dict())
    for x, y in records(20):
        row = torch.tensor(list(x.values()), dtype=torch.float64)
        assert one.learn_one(x, y) == other.learn_one(row, y)


def test_absent_names_are_zero_and_new_ones_refused():
    steered = learner()
    learn(steered, 5)
    zero = {"a": 1.0, "b": 0.0, "c": 0.0}
    assert steered.predict_one({"a": 1.0}) == steered.predict_one(zero)
    with pytest.raises(ValueError, match=r"features \['d'\] were not in the first record"):
        steered.predict_one({"a": 1.0, "d": 1.0})


def test_a_record_that_is_not_finite_is_not_learned():
    steered = learner()
    learn(steered, 50)
    before = copy.deepcopy(steered.module.state_dict())
    steered.learn_one({"a": math.nan, "b": 0.0, "c": 0.0}, 1.0)
    after = steered.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("optimizer", "loss", "says"),
    [
        ("RMSprop", nn.MSELoss(), "RMSprop is not plain SGD"),
        ("SGD", nn.L1Loss(), "L1Loss is not one of MSELoss"),
        ("SGD", nn.BCEWithLogitsLoss(pos_weight=torch.ones(1)), "with pos_weight"),
        ("SGD", nn.CrossEntropyLoss(label_smoothing=0.1), "with label_smoothing"),
    ],
)
def test_what_is_not_known_is_refused(optimizer, loss, says):
    module = mlp()
    with pytest.raises(NotAdapted, match=says):
        TorchLearner(module, getattr(torch.optim, optimizer)(module.parameters()), loss)


def test_importing_the_wing_does_not_import_torch():
    code = "import sys, lrcontrol.adapters, lrcontrol.adapters.torch_learner as t; t.TorchLearner"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; sys.exit('torch' in sys.modules)"], check=False
    )
    assert done.returncode == 0
