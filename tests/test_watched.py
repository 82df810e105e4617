"""The divergence ladder in a loop: its bits, its copies, and what is done by hand."""

from __future__ import annotations

import copy
import pickle
import random

import pytest
from faults.numeric import numbers
from river import linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.bounds import Bounds
from lrcontrol.control import BoldDriver, Fixed, Limits
from lrcontrol.control.guarding import Ladder


def stream(count: int, seed: int = 1) -> list[Record]:
    rng = random.Random(seed)
    xs = [{name: rng.gauss(0.0, 1.0) for name in "abc"} for _ in range(count)]
    return [Record(x, x["a"] - 2.0 * x["b"] + rng.gauss(0.0, 0.3)) for x in xs]


def loop_of(model: object = None, divergence: Ladder | None = None) -> Loop:
    model = model or preprocessing.StandardScaler() | linear_model.LinearRegression()
    return Loop(
        model, BoldDriver(), initial_rate=0.05, limits=Limits(high=1e4, slew=None), period=50,
        bounds=Bounds(outliers=None), divergence=divergence or Ladder(),
    )  # fmt: skip


def faulty() -> list[Record]:
    records = stream(6000)
    records[4000] = records[4000]._replace(y=9e8)
    return records


@pytest.mark.parametrize("block", [1, 7, 100])
def test_how_a_stream_is_cut_into_blocks_changes_nothing(block):
    whole, parts, records = loop_of(), loop_of(), faulty()
    whole.learn(records)
    for start in range(0, len(records), block):
        parts.learn(records[start : start + block])
    assert whole.status == parts.status
    assert whole.status.rulings["roll_back"] >= 1
    assert numbers(whole.model) == numbers(parts.model)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
@pytest.mark.parametrize("at", [500, 3990, 4050])
def test_a_copy_goes_on_as_the_loop_itself_would(again, at):
    loop, records = loop_of(), faulty()
    loop.learn(records[:at])
    twin = again(loop)
    loop.learn(records[at:])
    twin.learn(records[at:])
    assert loop.status == twin.status
    assert numbers(loop.model) == numbers(twin.model)


def test_a_roll_back_by_hand_brings_the_model_back_and_no_count():
    loop, records = loop_of(), stream(6000)
    loop.learn(records)
    steps, weights = loop.status.steps, dict(loop.model["LinearRegression"].weights)
    loop.by_hand("roll_back")
    status = loop.status
    assert (status.steps, status.rung, status.rulings["roll_back"]) == (steps, "cooling", 1)
    assert status.last.reason == "diverged"
    assert dict(loop.model["LinearRegression"].weights) != weights
    loop.by_hand("release")
    assert loop.status.rung == "watching"


def test_without_a_ladder_there_is_nothing_to_go_back_to():
    loop = Loop(linear_model.LinearRegression(), Fixed())
    assert loop.status.rung == ""
    with pytest.raises(LookupError, match="no divergence ladder"):
        loop.by_hand("roll_back")


def test_of_a_model_that_cannot_be_copied_the_rate_is_lowered_all_the_same():
    class Local(linear_model.LinearRegression):
        pass

    loop, records = loop_of(preprocessing.StandardScaler() | Local()), stream(4000)
    loop.learn(records[:2000])
    loop.gain.rate = 3.0
    loop.learn(records[2000:])
    assert sum(loop.status.rulings.values()) > 0
    assert loop.status.rate < 0.1
