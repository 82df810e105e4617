"""The gain, what attach wires to it, refuses and reports, and what is read back."""

import copy
import math
import pickle

import numpy as np
import pytest
from river import (
    drift,
    ensemble,
    forest,
    linear_model,
    multiclass,
    naive_bayes,
    optim,
    preprocessing,
    rules,
    tree,
)
from river.optim import schedulers

from lrcontrol.gain import READ_BACK, Gain, NotSteerable, attach, renew
from lrcontrol.slots import find


def linear(optimizer=None, **arguments):
    return linear_model.LinearRegression(optimizer, **arguments)


@pytest.mark.parametrize("bad", [0, 0.0, -1e-9, math.nan, math.inf, -math.inf])
def test_no_bad_rate_reaches_an_optimizer(bad):
    gain = Gain(0.1)
    optimizer = optim.SGD(gain)
    with pytest.raises(ValueError, match=rf"rate: must be .* got {bad:g}"):
        gain.rate = bad
    assert optimizer.learning_rate == 0.1
    with pytest.raises(ValueError, match="rate: must be"):
        Gain(bad)


@pytest.mark.parametrize("rate", [np.float64(0.2), np.float32(0.5), 1, True])
def test_rate_is_a_python_float(rate):
    gain = Gain(rate)
    assert type(gain.get(3)) is float
    assert gain.get(3) == rate


def test_get_is_a_bare_attribute_read():
    # Some optimizers ask once per feature, so not even a check has room here.
    assert Gain.get.__code__.co_names == ("_rate",)


def test_copies_made_inside_a_model_are_the_gain_itself():
    gain = Gain(0.1)
    assert copy.deepcopy({"a": [gain]})["a"][0] is gain
    assert gain.clone() is gain
    assert optim.Adam(gain).clone().lr is gain
    assert linear(optim.SGD(gain), intercept_lr=gain).clone().intercept_lr is gain


def test_renew_gives_one_new_gain_a_copy():
    gain, memo = Gain(0.1), {}
    twin = renew(gain, memo)
    assert renew(gain, memo) is twin  # owners nest: the wrapper's and the loop's
    model = linear(optim.SGD(gain), intercept_lr=gain)
    copied = copy.deepcopy(model, memo)
    assert copied.optimizer.lr is copied.intercept_lr is twin
    twin.rate = 0.5
    assert gain.rate == 0.1
    assert model.optimizer.lr is gain


def test_attachment_copies_and_pickles_with_its_model():
    model = linear()
    attachment = attach(model, 0.1)
    memo = {}
    renew(attachment.gain, memo)
    for other, held in [
        pickle.loads(pickle.dumps((model, attachment))),
        copy.deepcopy((model, attachment), memo),
    ]:
        held.gain.rate = 0.7
        assert other.optimizer.learning_rate == other.intercept_lr.get(0) == 0.7
        assert held.read_back() == {"weights": 0.7, "intercept": 0.7}
    assert attachment.read_back() == {"weights": 0.1, "intercept": 0.1}


def test_attach_sets_the_rate_and_names_the_slots():
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.Adam(0.5))
    attachment = attach(model, 0.02)
    assert attachment.slots == {
        "LogisticRegression.intercept_lr": 1,
        "LogisticRegression.optimizer.lr": 1,
    }
    assert not attachment.refused
    assert not attachment.replaced
    assert attachment.gain.rate == model["LogisticRegression"].optimizer.learning_rate == 0.02


def test_attach_takes_over_the_template_of_later_optimizers():
    model = linear_model.SoftmaxRegression()
    attachment = attach(model, 0.02)
    model.learn_one({"a": 1.0}, "new")
    assert model.optimizers["new"].lr is attachment.gain
    assert attachment.read_back() == {"weights": 0.02}  # a softmax has no intercept


def test_attach_again_leaves_the_first_model_alone():
    model = linear()
    first = attach(model, 0.1)
    twin = model.clone()
    assert twin.optimizer.lr is first.gain  # River's clone alone shares it
    second = attach(twin, 0.2)
    assert (model.optimizer.learning_rate, twin.optimizer.learning_rate) == (0.1, 0.2)
    assert first.gain is not second.gain
    assert not second.replaced


def test_attach_replaces_schedules_and_says_so():
    model = linear(
        optim.SGD(schedulers.InverseScaling(0.1)),
        intercept_lr=schedulers.Optimal(optim.losses.Hinge()),
    )
    attachment = attach(model, 0.3)
    assert attachment.replaced == (
        "LinearRegression.intercept_lr: Optimal",
        "LinearRegression.optimizer.lr: InverseScaling",
    )
    assert attachment.read_back() == {"weights": 0.3, "intercept": 0.3}


PERCEPTRON = linear_model.Perceptron
REFUSED = {
    "AdaDelta": (linear(optim.AdaDelta()), "never reads a rate"),
    "FTRLProximal": (linear(optim.FTRLProximal()), "alpha"),
    "AdaBound": (linear(optim.AdaBound()), "dies out or explodes"),
    "Averager of AdaDelta": (linear(optim.Averager(optim.AdaDelta())), "never reads a rate"),
    "Softmax": (linear_model.SoftmaxRegression(optim.AdaDelta()), "never reads a rate"),
    "no optimizer": (naive_bayes.GaussianNB(), "GaussianNB has no optimizer .* none found"),
    "default leaves": (forest.ARFRegressor(), "give it a leaf_model"),
    "default leaves of OXT": (forest.OXTRegressor(), "give it a leaf_model"),
    "mean leaves": (tree.HoeffdingTreeRegressor(leaf_prediction="mean"), "predicts means"),
    "mean rules": (rules.AMRules(pred_type="mean"), "predicts means"),
    "cloned": (multiclass.OneVsRestClassifier(PERCEPTRON()), "OneVsRestClassifier clones it"),
    "cloned later": (drift.DriftRetrainingClassifier(PERCEPTRON()), "clones it"),
}


@pytest.mark.parametrize(("model", "reason"), REFUSED.values(), ids=REFUSED)
def test_refuses_with_the_reason_and_changes_nothing(model, reason):
    before = [(slot.path, slot.scheduler) for slot in find(model).slots]
    with pytest.raises(NotSteerable, match=reason):
        attach(model, 0.1)
    assert [(slot.path, slot.scheduler) for slot in find(model).slots] == before


def test_clones_of_a_perceptron_really_have_another_rate():
    model = multiclass.OneVsRestClassifier(PERCEPTRON())
    model.classifier.optimizer.lr = Gain(0.1)
    for label in "ab":
        model.learn_one({"a": 1.0}, label)
    assert {c.optimizer.learning_rate for c in model.classifiers.values()} == {1}


def test_mixed_models_are_steered_and_the_rest_reported():
    bound = optim.AdaBound(0.05)
    model = ensemble.EWARegressor([linear(), linear(bound)])
    attachment = attach(model, 0.2)
    (path,) = attachment.refused
    assert path == "LinearRegression.optimizer (AdaBound)"
    assert model[0].optimizer.learning_rate == 0.2
    assert bound.learning_rate == 0.05  # left as it was


def test_a_bad_rate_changes_nothing():
    model = linear()
    with pytest.raises(ValueError, match="rate: must be > 0, got -1"):
        attach(model, -1.0)
    assert model.optimizer.learning_rate == 0.01


def test_refuses_a_model_that_holds_a_controlled_one():
    inner = linear()
    inner.attachment = attach(inner, 0.1)  # as an owner does that is itself a part of a model
    with pytest.raises(NotSteerable, match="under control already"):
        attach(preprocessing.TargetStandardScaler(inner), 0.2)
    assert inner.optimizer.learning_rate == 0.1


def test_read_back_asks_the_optimizers_not_the_gain():
    model = linear()
    attachment = attach(model, 0.1)
    model.optimizer.lr = schedulers.InverseScaling(1.0)
    model.optimizer.n_iterations = 3
    assert attachment.read_back() == {"weights": 0.5, "intercept": 0.1}
    model.intercept_lr = schedulers.InverseScaling(0.2)
    assert attachment.read_back() == {"weights": 0.5, "intercept": 0.1}  # at the third step too


def test_read_back_is_nan_where_optimizers_differ():
    model = ensemble.EWARegressor([linear(), linear()])
    attachment = attach(model, 0.1)
    model[1].optimizer.lr = schedulers.Constant(0.2)
    rates = attachment.read_back()
    assert math.isnan(rates["weights"])
    assert rates["intercept"] == 0.1


def test_read_back_holds_on_to_a_few_slots_only():
    model = ensemble.BaggingRegressor(linear(), n_models=20, seed=1)
    attachment = attach(model, 0.1)
    assert sum(attachment.slots.values()) == 2 * 21
    assert len(attachment.asked) == 2 * READ_BACK
