"""Factorization machines as learners: the rate moves on every record, from any start."""

import copy
import math
import pickle
import random

import pytest
from river import facto, linear_model, metrics, preprocessing

from lrcontrol.adapters import NotAdapted
from lrcontrol.control import Limits, Trace
from lrcontrol.control.base import Reading
from lrcontrol.gain import renew
from lrcontrol.learners.adapted import Adapted
from lrcontrol.scoring import task_of


def stream(n, seed=1):
    rng = random.Random(seed)
    for _ in range(n):
        x = {name: rng.gauss(0, 1) for name in "abcd"}
        yield x, 5.0 + x["a"] - 2.0 * x["b"] + x["c"] * x["d"] + rng.gauss(0, 0.1)


def pairs(n, seed=1):
    xs, ys = zip(*stream(n, seed), strict=True)
    return list(xs), list(ys)


def adapted(rate=0.01, controller=None, **more):
    model = preprocessing.StandardScaler() | facto.FMRegressor(n_factors=4, seed=5)
    return Adapted(model, controller or Trace(), task_of(model), initial_rate=rate, **more)


def test_the_start_rate_changes_nothing():
    xs, ys = pairs(400)
    assert adapted(1e-6).learn_all(xs, ys) == adapted(1e3).learn_all(xs, ys)


def test_the_loss_comes_down_to_the_noise():
    losses = adapted().learn_all(*pairs(3000))
    assert sum(losses[-500:]) / 500 < 0.05
    assert all(map(math.isfinite, losses))


def test_prediction_and_rate_are_those_of_the_river_model_handed_in():
    learner = adapted()
    model = learner.model
    learner.learn_all(*pairs(300))
    x = pairs(1, seed=9)[0][0]
    assert learner.model is model
    assert learner.predict_one(x) == pytest.approx(model.predict_one(x), rel=1e-9)
    assert set(learner.read_back().values()) == {learner.rate}
    assert learner.gains[0].rate == learner.rate


def test_the_label_being_learned_does_not_widen_what_is_served():
    learner = adapted()
    for y in (1.0, 1.1, 1.2):
        learner.learn_one({"a": 1.0}, y)
    assert learner.learn_one({"a": 1.0}, 1e3) >= (1e3 - 1.2) ** 2


def test_the_clamp_can_be_turned_off():
    far = {"a": 1e3, "b": -1e3}
    learners = adapted(), adapted(controller=Trace(clamp=False))
    for learner in learners:
        learner.learn_all(*pairs(500))
    clamped, free = (learner.predict_one(far) for learner in learners)
    labels = pairs(500)[1]
    assert clamped in (min(labels), max(labels))
    assert not min(labels) <= free <= max(labels)


def test_blocks_change_nothing():
    xs, ys = pairs(200)
    whole, cut = adapted(), adapted()
    parts = [loss for i in range(0, 200, 7) for loss in cut.learn_all(xs[i : i + 7], ys[i : i + 7])]
    assert whole.learn_all(xs, ys) == parts


def test_a_deep_copy_and_a_pickle_go_on_alike_each_with_its_own_gain():
    learner = adapted(metrics=[metrics.MAE()])
    learner.learn_all(*pairs(250))
    memo = {}
    for gain in learner.gains:
        renew(gain, memo)
    twins = [copy.deepcopy(learner, memo), pickle.loads(pickle.dumps(learner))]
    expected = learner.learn_all(*pairs(100, seed=2))
    for twin in twins:
        assert twin.gains[0] is not learner.gains[0]
        assert twin.learn_all(*pairs(100, seed=2)) == expected
        assert (twin.rate, twin.readings()) == (learner.rate, learner.readings())


def test_a_decision_says_what_the_law_saw():
    learner = adapted()
    learner.learn_all(*pairs(64))
    reading = Reading(step=64, rate=learner.rate, loss=1.0)
    decision = learner.decide(reading)
    assert decision.reason == "hypergradient"
    assert decision.applied == learner.rate <= decision.asked
    assert set(decision.terms) == {"pull", "ceiling", "clamped", "restores", "skipped"}
    learner.model["FMRegressor"].latents["a"][:] = math.nan
    learner.learn_all(*pairs(5, seed=3))
    assert learner.decide(reading).reason == "restored"


def test_limits_hold_the_rate():
    learner = adapted(1e-4, limits=Limits(low=1e-9, high=1e-3))
    learner.learn_all(*pairs(500))
    assert learner.rate <= 1e-3


def test_sample_weights_scale_the_step():
    light, heavy = adapted(), adapted()
    for x, y in stream(20):
        light.learn_one(x, y, w=0.0)
        heavy.learn_one(x, y)
    assert light.model["FMRegressor"].intercept == 0.0
    assert heavy.model["FMRegressor"].intercept != 0.0


def test_other_parameters_are_refused():
    with pytest.raises(TypeError, match="takes no t"):
        adapted().learn_one({"a": 1.0}, 1.0, t=3)


def test_other_models_are_refused():
    model = linear_model.LinearRegression()
    with pytest.raises(NotAdapted):
        Adapted(model, Trace(), task_of(model))
