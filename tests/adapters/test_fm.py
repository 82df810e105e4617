"""The factorization machines' gradients, by differences, and River's own arithmetic."""

import copy
import math
import pickle
import random

import pytest
from river import compose, facto, feature_extraction, linear_model, optim, preprocessing

from lrcontrol.adapters import FactorizationMachine, NotAdapted, Steering
from lrcontrol.adapters import fm as module
from lrcontrol.adapters.fm import adapts
from lrcontrol.control.climb import LAM
from lrcontrol.restore import Span

NAMES = "abcde"


def rows(n, seed=1, sparse=False):
    rng = random.Random(seed)
    for _ in range(n):
        names = [name for name in NAMES if not sparse or rng.random() < 0.6]
        yield {name: rng.gauss(0, 1) for name in names}, rng.gauss(2, 1)


def regressor(**more):
    return facto.FMRegressor(**({"n_factors": 3, "seed": 3} | more))


def classifier(**more):
    return facto.FMClassifier(**({"n_factors": 3, "seed": 3} | more))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("kind", [regressor, classifier])
@pytest.mark.parametrize("options", [{}, {"sample_normalization": True}, {"l2_weight": 0.1}])
def test_a_machine_driven_here_ends_as_rivers_own(kind, options, sparse):
    scaled = "sample_normalization" not in options  # River divides by 0 where all is centred
    model = preprocessing.StandardScaler() | kind(**options) if scaled else kind(**options)
    ours = FactorizationMachine(model, rate=0.01)
    optimizers = {"weight_optimizer": optim.SGD(0.01), "latent_optimizer": optim.SGD(0.01)}
    scaler, river = preprocessing.StandardScaler(), kind(**options, **optimizers, intercept_lr=0.01)
    for x, y in rows(300, sparse=sparse):
        y = y if kind is regressor else y > 2
        if len(x) > 1:  # River's predict_one fails on a machine with one feature
            z = river._raw_dot(scaler.transform_one(x) if scaled else x)
            assert ours.raw(x) == pytest.approx(z, rel=1e-9, abs=1e-12)
        ours.look(x, y)
        ours.learn(0.01)
        scaler.learn_one(x)
        river.learn_one(scaler.transform_one(x) if scaled else x, y)
    mine = ours.final
    assert mine.intercept == pytest.approx(river.intercept, rel=1e-9)
    for name in NAMES:
        assert mine.weights[name] == pytest.approx(river.weights[name], rel=1e-9)
        assert mine.latents[name] == pytest.approx(river.latents[name], rel=1e-9)


def test_q_is_the_squared_length_of_the_gradient():
    machine = FactorizationMachine(regressor())
    for x, y in rows(20):
        machine.look(x, y)
        machine.learn(0.05)
    x = {"a": 0.5, "b": -1.0, "c": 2.0}
    q = machine.look(x, 1.0).q
    final, eps, squares = machine.final, 1e-6, 1.0  # the intercept's
    for name in x:
        final.weights[name] += eps
        up = machine.raw(x)
        final.weights[name] -= eps
        squares += ((up - machine.raw(x)) / eps) ** 2
        for f in range(3):
            final.latents[name][f] += eps
            up = machine.raw(x)
            final.latents[name][f] -= eps
            squares += ((up - machine.raw(x)) / eps) ** 2
    assert q == pytest.approx(squares, rel=1e-4)


def test_h_is_the_derivative_of_the_loss_along_the_logarithm_of_the_rate():
    # With fading 1 the trace is exact to first order: what a rate larger by a millionth all along
    # would have changed. Two fading factors near 1 would do; the last one is 0.998.
    def run(rate, records):
        machine = FactorizationMachine(regressor())
        for x, y in records[:-1]:
            machine.look(x, y)
            machine.learn(rate)
        x, y = records[-1]
        return machine.look(x, y), (machine.raw(x) - y) ** 2

    records = list(rows(6))
    rate, eps = 1e-4, 1e-4
    slope, low = run(rate, records)
    _, high = run(rate * (1.0 + eps), records)
    assert slope.h[1] == pytest.approx((high - low) / eps, rel=0.02)
    assert abs(slope.h[0]) < abs(slope.h[1]) or slope.h[0] * slope.h[1] > 0


def test_absent_features_fade_and_new_ones_start_at_zero():
    machine = FactorizationMachine(regressor())
    machine.look({"a": 1.0}, 5.0)
    machine.learn(0.1)
    once = machine.look({"a": 1.0}, 5.0).h
    for _ in range(3):
        machine.look({}, machine.final.intercept)  # nothing to learn: only the traces fade
        machine.learn(0.1)
    later = machine.look({"a": 1.0}, 5.0).h
    for i in (0, 1):
        assert later[i] == pytest.approx(once[i] * LAM[i] ** 3)
    assert machine.look({"new": 1.0}, 5.0).q > 1.0


def test_traces_keep_their_values_when_the_scale_is_multiplied_out(monkeypatch):
    records = list(rows(300))

    def last(smallest):
        monkeypatch.setattr(module, "SMALLEST", smallest)
        machine = FactorizationMachine(regressor())
        for x, y in records:
            slope = machine.look(x, y)
            machine.learn(0.01)
        return slope.h

    assert last(1e-100) == pytest.approx(last(1e-3), rel=1e-9)


def test_traces_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "COLUMNS", 50)
    machine = FactorizationMachine(regressor())
    for i in range(500):
        machine.look({f"f{i}": 1.0, "a": 1.0}, 1.0)
        machine.learn(0.01)
    assert machine._traces.shape[1] <= 100
    assert len(machine._names) <= 50


def test_a_copy_can_be_loaded_again_and_again():
    machine = FactorizationMachine(regressor())
    for x, y in rows(20):
        machine.look(x, y)
        machine.learn(0.05)
    kept, x = machine.copy(), {"a": 0.5, "b": -1.0}
    before = machine.raw(x)
    for _ in range(2):
        machine.look(x, 1e3)
        machine.learn(0.5)
        assert machine.raw(x) != before
        machine.load(kept)
        assert machine.raw(x) == before


def test_deep_copies_and_pickles_go_on_alike():
    machine = FactorizationMachine(preprocessing.StandardScaler() | classifier())
    steering = Steering(machine, None)
    for x, y in rows(50):
        steering.learn(x, y > 2)
    twins = [copy.deepcopy(steering), pickle.loads(pickle.dumps(steering))]
    for x, y in rows(50, seed=2):
        expected = steering.learn(x, y > 2)
        assert pickle.loads(pickle.dumps(expected)) == expected
    for twin in twins[1:]:  # a deep copy shares the gain until its owner renews it
        for x, y in rows(50, seed=2):
            last = twin.learn(x, y > 2)
        assert last == expected


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (linear_model.LinearRegression(), "LinearRegression is not FMRegressor"),
        (facto.FFMRegressor(), "FFMRegressor is not"),
        (facto.HOFMRegressor(), "HOFMRegressor is not"),
        (facto.FwFMClassifier(), "FwFMClassifier is not"),
        (regressor(weight_optimizer=optim.Adam()), "weight_optimizer is Adam"),
        (regressor(latent_optimizer=optim.AdaGrad()), "latent_optimizer is AdaGrad"),
        (regressor(loss=optim.losses.Absolute()), "loss is Absolute"),
        (classifier(loss=optim.losses.Log(weight_pos=2.0)), "loss is Log"),
        (
            compose.Pipeline(feature_extraction.TargetAgg("a", __import__("river").stats.Mean()),
                             regressor()),
            "TargetAgg before FMRegressor",
        ),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_and_left_as_it_was(model, says):
    assert not adapts(model)
    with pytest.raises(NotAdapted, match=says):
        FactorizationMachine(model)


def test_learning_without_a_look_is_an_error():
    with pytest.raises(RuntimeError, match="must follow look"):
        FactorizationMachine(regressor()).learn(0.1)


def test_a_machine_ruined_from_outside_is_set_back_at_the_second_record():
    steering = Steering(FactorizationMachine(regressor()), Span())
    records = list(rows(450))
    for x, y in records:
        steering.learn(x, y)
        steering.span.add(y)
    gain = steering.state.gain
    steering.adapter.final.latents["a"][:] = math.nan
    served = [steering.learn(x, y) for x, y in records[:3]]
    assert all(map(math.isfinite, served))
    assert (steering.keeper.restored, steering.skipped) == (1, 1)
    assert steering.state.gain <= gain / 3.0
    assert math.isfinite(steering.adapter.final.latents["a"][0])


def test_a_record_that_is_not_finite_is_not_learned():
    steering = Steering(FactorizationMachine(regressor()), Span())
    for x, y in rows(50):
        steering.learn(x, y)
    before = steering.adapter.copy()
    steering.learn({"a": 1e200, "b": 1e200}, 1.0)
    after = steering.adapter.copy()
    assert (before.intercept, before.weights) == (after.intercept, after.weights)
    assert steering.skipped == 1
