"""While a model does worse than no skill, no skill answers in its place; learning goes on."""

import math
import random

import numpy as np
import pytest

from lrcontrol.learners.fallback import Balance, Fallback
from lrcontrol.scoring import Classification, Regression


def served_losses(task, predictions, targets, memory=100.0):
    fallback = Fallback(task, memory)
    losses = []
    for prediction, y in zip(predictions, targets, strict=True):
        losses.append(task.score(y, fallback.serve(prediction)))
        fallback.learn(y, prediction)
    return np.array(losses), fallback


def test_a_useless_model_costs_no_more_than_no_skill():
    rng = np.random.default_rng(1)
    y = rng.normal(5.0, 1.0, 5000).tolist()
    losses, fallback = served_losses(Regression(), [20.0] * 5000, y)
    nothing = Regression().baseline(y)
    assert losses.sum() < 1.01 * nothing + 400.0  # the first record is the model's
    assert fallback.serving
    assert fallback.count == 4999


def test_a_good_model_is_left_alone():
    y = np.random.default_rng(2).normal(size=1000).tolist()
    _, fallback = served_losses(Regression(), y, y)
    assert fallback.count == 0


def test_the_model_is_back_when_it_has_caught_up():
    y = np.random.default_rng(3).normal(size=3000)
    predictions = np.where(np.arange(3000) < 1000, 50.0, y)
    losses, fallback = served_losses(Regression(), predictions.tolist(), y.tolist())
    assert losses[1:1000].mean() < 1.2
    assert not fallback.serving
    assert losses[1300:].max() == 0.0


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_classes_fall_back_to_their_shares(kind):
    rng = np.random.default_rng(4)
    y = (rng.random(4000) < 0.8).tolist()
    wrong = [{True: 0.01, False: 0.99}] * 4000
    losses, fallback = served_losses(Classification(kind), wrong, y)
    assert losses[100:].mean() == pytest.approx(-0.8 * math.log(0.8) - 0.2 * math.log(0.2), rel=0.1)
    guess = fallback.serve(wrong[0])
    assert guess[True] == pytest.approx(0.8, abs=0.02)
    assert sum(guess.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("worst", [math.inf, math.nan, 1e300])
def test_one_loss_without_bounds_is_forgiven(worst):
    balance = Balance(memory=100.0)
    for _ in range(50):
        balance.learn(0.5, 1.0)
    balance.learn(worst, 1.0)
    assert balance.behind > 0.0
    for _ in range(200):
        balance.learn(0.5, 1.0)
    assert balance.behind < 0.0


@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_a_block_is_the_same_as_its_records(loss):
    rng = random.Random(4)
    ys = [rng.gauss(0, 1) for _ in range(300)]
    said = [rng.gauss(0, 1 + 3 * (100 < i < 200)) for i in range(300)]
    one, block = (Fallback(Regression(loss), memory=50.0) for _ in range(2))
    task, served = Regression(loss), []
    for y, p in zip(ys, said, strict=True):
        served.append(task.score(y, one.serve(p)))
        one.learn(y, p)
    own = [task.score(y, p) for y, p in zip(ys, said, strict=True)]
    assert block.over(own[:70], ys[:70]) + block.over(own[70:], ys[70:]) == served
    assert block.count == one.count > 0
    assert block.serve(1e9) == one.serve(1e9)
