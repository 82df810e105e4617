"""A gain steers all of every River model: at rate 0 it holds still, at a positive rate it moves."""

import copy
import functools
import gc
import pickle
import types

import pytest
from river import base, optim
from steerable import CASES, drive

from lrcontrol.gain import attach, renew
from lrcontrol.slots import find

RATE = 0.01
#: What is learned through an optimizer, in the words of River's models.
LEARNED = (
    "_weights", "weights", "intercept", "latents", "int_weights",
    "u_biases", "i_biases", "u_latents", "i_latents",
)  # fmt: skip


def reach(model):
    """Return every object of the model, by a walk of our own."""
    seen, pending = {}, [model]
    while pending:
        thing = pending.pop()
        if id(thing) not in seen and not isinstance(thing, (type, types.ModuleType)):
            seen[id(thing)] = thing
            pending += [] if isinstance(thing, types.FunctionType) else gc.get_referents(thing)
    return list(seen.values())


def learned(model) -> set[str]:
    """Return the learned parameters of every sub-model that holds an optimizer, exactly."""
    found = set()
    for thing in reach(model):
        if isinstance(thing, base.Estimator):
            held = vars(thing)
            if any(isinstance(v, optim.base.Optimizer) for v in held.values()):
                values = {name: plain(held[name]) for name in LEARNED if name in held}
                found.add(f"{type(thing).__name__} {values}")
    return found


def plain(value):
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    if isinstance(value, dict):  # an absent weight is a weight of 0: as a new tree starts
        return {key: plain(v) for key, v in value.items() if not (isinstance(v, float) and v == 0)}
    return value.tolist() if hasattr(value, "tolist") else value


def freeze(gain):
    gain._rate = 0.0  # below the setter, which rightly refuses a rate of 0


def wired(model, gain):
    slots = find(model).slots
    return bool(slots) and all(slot.scheduler is gain for slot in slots)


def warm(name):
    case = CASES[name]
    model = case.make()
    attachment = attach(model, RATE)
    drive(case.learn, model, 150, seed=1)
    return model, attachment


@functools.cache
def stored(name):
    return pickle.dumps(warm(name))


def holds(name, model, seed):
    before = learned(model)
    drive(CASES[name].learn, model, 40, seed)
    return learned(model) <= before  # a new leaf repeats its parent's


def every_model(test):
    return pytest.mark.parametrize("name", CASES)(test)


@every_model
def test_zero_holds_and_a_positive_rate_moves(name):
    model, attachment = warm(name)
    assert not attachment.refused
    freeze(attachment.gain)
    assert holds(name, model, seed=2)
    attachment.gain.rate = RATE
    assert not holds(name, model, seed=3)


@every_model
def test_parts_born_later_are_wired(name):
    case = CASES[name]
    model = case.make()
    attachment = attach(model, RATE)
    before = len(find(model).slots)
    drive(case.learn, model, 150, seed=1)
    assert wired(model, attachment.gain)
    assert (len(find(model).slots) > before) == case.births
    assert set(attachment.read_back().values()) == {RATE}


@every_model
def test_pickled_model_keeps_its_gain(name):
    model, attachment = pickle.loads(stored(name))
    assert wired(model, attachment.gain)
    freeze(attachment.gain)
    assert holds(name, model, seed=2)
    attachment.gain.rate = RATE
    assert not holds(name, model, seed=3)


@every_model
def test_copy_has_a_gain_of_its_own(name):
    model, attachment = pickle.loads(stored(name))
    memo = {}
    gain = renew(attachment.gain, memo)
    twin = copy.deepcopy(model, memo)
    freeze(attachment.gain)
    assert not holds(name, twin, seed=2)
    assert holds(name, model, seed=2)
    assert wired(twin, gain)
    assert wired(model, attachment.gain)


@every_model
def test_clone_attached_again_has_a_gain_of_its_own(name):
    model, attachment = pickle.loads(stored(name))
    twin = model.clone()
    other = attach(twin, RATE)
    freeze(attachment.gain)
    drive(CASES[name].learn, twin, 20, seed=1)
    assert not holds(name, twin, seed=2)
    assert holds(name, model, seed=2)
    assert wired(twin, other.gain)
    assert wired(model, attachment.gain)


#: Optimizers with a rate that scales all they do, so that 0 stops them at once.
AT_ONCE = (
    optim.SGD, optim.AdaGrad, optim.RMSProp, optim.Adam, optim.Nadam, optim.AMSGrad, optim.AdaMax,
    optim.Newton,
)  # fmt: skip
#: Here the rate scales what enters the velocity, and the velocity coasts on.
COASTING = (optim.Momentum, optim.NesterovMomentum)


def linear(optimizer):
    model = CASES["Pipeline"].make()
    model["LinearRegression"].optimizer = optimizer
    return model


@pytest.mark.parametrize("kind", AT_ONCE)
def test_optimizer_holds_at_zero_and_moves_above(kind):
    model = linear(kind(0.3))
    attachment = attach(model, RATE)
    drive(CASES["Pipeline"].learn, model, 50, seed=1)
    freeze(attachment.gain)
    assert holds("Pipeline", model, seed=2)
    attachment.gain.rate = RATE
    assert not holds("Pipeline", model, seed=3)


@pytest.mark.parametrize("kind", COASTING)
def test_momentum_coasts_at_zero_but_never_starts(kind):
    model = linear(kind(0.3))
    attachment = attach(model, RATE)
    freeze(attachment.gain)
    assert holds("Pipeline", model, seed=1)  # at rest it stays at rest
    attachment.gain.rate = RATE
    assert not holds("Pipeline", model, seed=2)
    freeze(attachment.gain)
    assert not holds("Pipeline", model, seed=3)  # as the docstring of attach says
    drive(CASES["Pipeline"].learn, model, 500, seed=4)  # 0.9 ** 500 is 1e-23
    assert holds("Pipeline", model, seed=5)


def test_averager_is_steered_through_the_optimizer_it_averages():
    model = linear(optim.Averager(optim.SGD(0.3)))
    attachment = attach(model, RATE)
    drive(CASES["Pipeline"].learn, model, 50, seed=1)
    freeze(attachment.gain)
    assert holds("Pipeline", model, seed=2)
    attachment.gain.rate = RATE
    assert not holds("Pipeline", model, seed=3)


@pytest.mark.parametrize("name", ["Baseline", "BiasedMF"])
def test_recommenders_still_move_at_zero_by_their_global_mean(name):
    model, attachment = warm(name)
    freeze(attachment.gain)
    before = model.global_mean.get(), model.predict_one("u", "i")
    drive(CASES[name].learn, model, 40, seed=2)
    after = model.global_mean.get(), model.predict_one("u", "i")
    assert after[1] - before[1] == pytest.approx(after[0] - before[0]) != 0.0
