"""Copies of River models that race, are served, dropped, forked, restored and stored."""

import copy
import gc
import math
import pickle
import random

import pytest
from river import facto, linear_model, metrics, naive_bayes, optim, preprocessing, tree

from lrcontrol.checks import Invalid
from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.race import Race
from lrcontrol.gain import NotSteerable, renew
from lrcontrol.learners.copies import Copy
from lrcontrol.learners.raced import Raced
from lrcontrol.restore import Restore
from lrcontrol.scoring import task_of
from lrcontrol.slots import find

QUICK = Race(copies=4, first=32, low=1e-4, high=0.1)


def stream(records, seed=1, level=3.0):
    rng = random.Random(seed)
    for _ in range(records):
        x = {"a": rng.gauss(0, 1), "b": rng.gauss(0, 2)}
        yield x, 2.0 * x["a"] - x["b"] + level + rng.gauss(0, 0.1)


def pairs(records, seed=1, **more):
    xs, ys = zip(*stream(records, seed, **more), strict=True)
    return list(xs), list(ys)


def raced(race=QUICK, model=None, **more):
    model = model or preprocessing.StandardScaler() | linear_model.LinearRegression()
    return Raced(model, race, task_of(model), **more)


def reading(step=64, drift=False):
    return Reading(step=step, rate=0.1, loss=1.0, drift=drift)


def all_gains(learner):
    return {id(slot.scheduler) for slot in find(learner).slots}


def test_the_best_of_the_rates_is_left_and_served():
    learner = raced()
    xs, ys = pairs(300)
    losses = learner.learn_all(xs, ys)
    assert learner.rate == pytest.approx(0.1)
    assert learner.members() == ()
    fixed = []
    for rate in QUICK.rates():
        model = preprocessing.StandardScaler() | linear_model.LinearRegression(
            optim.SGD(rate), intercept_lr=rate
        )
        total = 0.0
        for x, y in zip(xs, ys, strict=True):
            total += (model.predict_one(x) - y) ** 2
            model.learn_one(x, y)
        fixed.append(total)
    assert sum(losses) < 1.1 * min(fixed)  # the leader has to show itself first


def test_the_served_model_is_a_copys_own_object_swapped_in():
    learner = raced(initial_rate=1e-4)
    first = learner.model
    learner.learn_all(*pairs(300))
    assert learner.model is not first
    x = {"a": 0.3, "b": -0.2}
    assert learner.predict_one(x) == learner.model.predict_one(x)
    assert set(learner.read_back().values()) == {learner.rate}


def test_while_racing_each_copy_shows_its_rate_and_loss_and_one_is_served():
    learner = raced()
    learner.learn_all(*pairs(20))
    members = learner.members()
    assert [m.rate for m in members] == pytest.approx(list(QUICK.rates()))
    assert [m.name for m in members] == ["copy00", "copy01", "copy02", "copy03"]
    assert sum(m.weight for m in members) == 1.0
    assert members[0].loss > members[3].loss > 0.0


def test_blocks_change_nothing():
    xs, ys = pairs(260)
    whole, cut, single = raced(), raced(), raced()
    losses = whole.learn_all(xs, ys)
    parts = [loss for i in range(0, 260, 7) for loss in cut.learn_all(xs[i : i + 7], ys[i : i + 7])]
    assert parts == losses
    singles = [single.learn_one(x, y) for x, y in zip(xs, ys, strict=True)]
    assert singles == pytest.approx(losses)
    assert single.rate == whole.rate


def test_no_two_copies_share_a_gain():
    learner = raced()
    learner.learn_all(*pairs(10))
    gains = learner.gains
    assert (
        len(gains) == len({id(gain) for gain in gains}) == 4 + 1
    )  # nothing but the first copy is kept so far
    assert gains[0].rate == learner.rate
    for gain in gains:
        gain.rate = 7.0
        assert sum(g.rate == 7.0 for g in gains) == 1
        gain.rate = 0.01


@pytest.mark.parametrize("records", [10, 40, 200])
def test_a_deep_copy_and_a_pickle_go_on_alike_and_on_their_own(records):
    learner = raced(metrics=[metrics.MAE()])
    learner.learn_all(*pairs(records))
    memo = {}
    for gain in learner.gains:
        renew(gain, memo)
    twins = [copy.deepcopy(learner, memo), pickle.loads(pickle.dumps(learner))]
    assert not {id(g) for g in learner.gains} & {id(g) for twin in twins for g in twin.gains}
    expected = learner.learn_all(*pairs(150, seed=2))
    for twin in twins:
        assert twin.learn_all(*pairs(150, seed=2)) == expected
        assert twin.rate == learner.rate
        assert twin.readings() == learner.readings()


def test_every_copy_answers_its_gain_and_holds_still_at_zero():
    learner = raced(model=linear_model.LinearRegression(), restore=Restore(every=5))
    learner.learn_all(*pairs(10))
    # Not isinstance, which asks a dead weak proxy of somebody else's for its class, and raises.
    copies = [thing for thing in gc.get_objects() if type(thing) is Copy]
    mine = [c for c in copies if any(c.gain is gain for gain in learner.gains)]
    assert len(mine) == 6
    for one in mine:
        one.gain._rate = 0.0  # below the setter, which rightly refuses a rate of 0
        held, x = one.look({"a": 1.0, "b": 1.0}), {"a": 1.0, "b": 1.0}
        one.model.learn_one(x, 50.0)
        assert one.look(x) == held
        one.gain._rate = 0.1
        one.model.learn_one(x, 50.0)
        assert one.look(x) != held


def test_the_work_is_counted_and_a_drift_alarm_waits_for_credit():
    learner = raced(Race(copies=4, first=32, low=1e-4, high=0.1, budget=2.0))
    price = QUICK.price()  # 3 * 32 + 32 updates
    learner.learn_all(*pairs(64))
    assert learner.cost == pytest.approx((64 + price) / 64)
    assert learner.decide(reading(drift=True)).reason in {"promoted", "drift"}
    learner.learn_all(*pairs(price - 64 - 1, seed=2))
    assert learner.decide(reading()).reason == "cooldown"
    assert learner.members() == ()
    learner.learn_all(*pairs(2, seed=3))
    assert learner.decide(reading()).reason == "race"
    assert len(learner.members()) == 4


def test_a_drift_race_starts_from_the_served_model():
    learner = raced(Race(copies=4, first=32, low=1e-4, high=0.1, budget=50.0))
    learner.learn_all(*pairs(200))
    learner.decide(reading(drift=True))
    x = {"a": 0.1, "b": 0.4}
    before = learner.predict_one(x)
    losses = learner.learn_all(*pairs(5, seed=2))
    assert len(learner.members()) == 4
    assert before == pytest.approx(2.0 * 0.1 - 0.4 + 3.0, abs=0.5)
    assert max(losses) < 1.0


def test_with_a_budget_of_three_the_winner_roams_beyond_the_grid():
    race = Race(copies=2, first=16, low=1e-5, high=0.2, budget=3.0)
    learner = raced(race, limits=Limits(1e-5, 0.2))
    learner.learn_all(*pairs(600))
    assert len(learner.members()) == 3
    rates = [m.rate for m in learner.members()]
    assert rates[1] / rates[0] == pytest.approx(3.0, rel=0.01)


def test_a_decision_says_what_moved_the_rate():
    learner = raced(initial_rate=1e-4)
    learner.learn_all(*pairs(40))
    decision = learner.decide(reading())
    assert (decision.reason, decision.action) == ("promoted", "raise")
    assert decision.before == pytest.approx(1e-4)
    assert decision.applied == decision.asked == learner.rate
    assert decision.terms["copies"] == 2.0


def fm(rate=1.0):
    return preprocessing.StandardScaler() | facto.FMRegressor(seed=1, n_factors=3)


def test_copies_that_blow_up_are_out_and_none_of_it_is_served():
    race = Race(copies=4, first=32, low=1e-3, high=30.0)
    learner = raced(race, fm(), initial_rate=30.0)
    losses = learner.learn_all(*pairs(200, level=20.0))
    assert all(map(math.isfinite, losses))
    assert learner.rate < 1.0


def test_a_served_model_that_blows_up_is_set_back_at_a_third_of_the_rate():
    race = Race(copies=2, first=16, low=1e-3, high=3e-3)
    learner = raced(race, fm(), restore=Restore(every=50))
    learner.learn_all(*pairs(300))
    held, kept = learner.rate, learner.model
    learner.model["FMRegressor"].latents["a"][:] = math.nan
    losses = learner.learn_all(*pairs(20, seed=5))
    assert all(map(math.isfinite, losses))
    assert learner.model is not kept
    assert learner.rate == pytest.approx(held / 3.0)
    decision = learner.decide(reading())
    assert (decision.reason, decision.terms["restores"]) == ("restored", 1.0)


def test_a_record_far_outside_all_others_is_not_learned_and_resets_nothing():
    learner = raced(Race(copies=2, first=16), fm())
    learner.learn_all(*pairs(100))
    before = copy.deepcopy(learner.model["FMRegressor"].weights)
    loss = learner.learn_all([{"a": 1e200, "b": 1e200}], [1.0])[0]
    assert math.isfinite(loss)
    assert learner.model["FMRegressor"].weights == before
    assert learner.decide(reading()).terms["restores"] == 0.0


def test_regression_predictions_are_cut_to_the_labels_seen_unless_told_not_to():
    far = {"a": 1e4, "b": 0.0}
    clamped = raced()
    free = raced(Race(copies=4, first=32, low=1e-4, high=0.1, clamp=False))
    for learner in (clamped, free):
        learner.learn_all(*pairs(100))
    ys = pairs(100)[1]
    assert clamped.predict_one(far) == max(ys)
    assert free.predict_one(far) > 1e3


def test_classifiers_with_and_without_probabilities_race():
    for kind in (linear_model.LogisticRegression, linear_model.Perceptron):
        model = preprocessing.StandardScaler() | kind()
        learner = Raced(model, QUICK, task_of(model), [metrics.Accuracy()])
        xs, ys = pairs(200)
        learner.learn_all(xs, [y > 3.0 for y in ys])
        assert learner.readings()["Accuracy"] > 0.8


def test_trees_with_linear_leaves_race():
    model = tree.HoeffdingTreeRegressor(grace_period=30)
    learner = Raced(model, Race(copies=3, first=16), task_of(model))
    assert all(map(math.isfinite, learner.learn_all(*pairs(150))))


def test_sample_weights_reach_every_copy():
    learner = raced()
    for x, y in stream(20):
        learner.learn_one(x, y, w=0.0)
    assert learner.model["LinearRegression"].intercept == 0.0
    assert len(learner.members()) == 4


def test_what_cannot_be_raced_is_refused_at_once():
    with pytest.raises(NotSteerable):
        raced(model=naive_bayes.GaussianNB())
    with pytest.raises(Invalid, match="initial_rate"):
        raced(initial_rate=50.0, limits=Limits())
    with pytest.raises(Invalid, match="low"):
        raced(Race(high=1e-4), limits=Limits(low=1e-3))


def test_a_classifier_that_answers_nonsense_with_finite_numbers_is_set_back():
    model = preprocessing.StandardScaler() | facto.FMClassifier(n_factors=2, seed=1)
    learner = Raced(model, Race(copies=2, first=16), task_of(model), restore=Restore(every=50))
    xs, ys = pairs(300)
    learner.learn_all(xs, [y > 3.0 for y in ys])
    learner.model["FMClassifier"].weights["a"] = -1e6
    losses = learner.learn_all(xs, [y > 3.0 for y in ys])
    assert learner.decide(reading()).terms["restores"] >= 1.0
    assert sum(losses[-100:]) / 100 < math.log(2)
