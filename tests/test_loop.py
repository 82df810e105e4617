"""The engine: periods, decisions, copies; and that blocks change nothing."""

from __future__ import annotations

import copy
import math
import pickle
import random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import compose, drift, linear_model, metrics, optim, preprocessing

from lrcontrol import Limits, Loop, Record
from lrcontrol.bounds import Bounds
from lrcontrol.control import BoldDriver, Fixed
from lrcontrol.control.base import Proposal, Reading


class Asks(NamedTuple):
    """A controller that asks for given rates in turn and keeps what it was told."""

    rates: tuple[float, ...]
    heard: list[Reading]

    def init(self, rate: float) -> tuple[Proposal, int]:
        return Proposal(rate, "start"), 0

    def update(self, reading: Reading, state: int) -> tuple[Proposal, int]:
        self.heard.append(reading)
        return Proposal(self.rates[state % len(self.rates)], "schedule"), state + 1


def stream(records: int, seed: int = 1) -> list[Record]:
    rng = random.Random(seed)
    out = []
    for _ in range(records):
        a, b = rng.gauss(0, 1), rng.gauss(0, 1)
        out.append(Record({"a": a, "b": b}, 2 * a - b + rng.gauss(0, 0.1)))
    return out


def pipeline(optimizer: Any = None) -> compose.Pipeline:
    return preprocessing.StandardScaler() | linear_model.LinearRegression(optimizer)


def test_a_decision_every_period_and_the_applied_rate_is_what_is_seen_next():
    controller = Asks((0.5, 1e-3), [])
    loop = Loop(pipeline(), controller, initial_rate=0.1, limits=Limits(slew=2.0), period=10)
    loop.learn(stream(35))
    assert [r.step for r in controller.heard] == [10, 20, 30]
    # 0.5 asked: 0.2 by the slew; 0.001 asked: 0.1; 0.5 asked: 0.2
    assert [r.rate for r in controller.heard] == pytest.approx([0.1, 0.2, 0.1])
    assert loop.gain.rate == pytest.approx(0.2)
    assert loop.status.asked == 0.5
    assert loop.status.last is not None
    assert (loop.status.last.action, loop.status.last.limit) == ("raise", "slew")
    assert loop.status.decisions == {("raise", "schedule"): 2, ("lower", "schedule"): 1}


def test_the_reading_is_progressive_loss_and_baseline():
    controller, records = Asks((0.1,), []), stream(20)
    Loop(pipeline(optim.SGD(0.1)), controller, initial_rate=0.1, period=20).learn(records)
    model = preprocessing.StandardScaler() | linear_model.LinearRegression(
        optim.SGD(0.1), intercept_lr=0.1
    )
    losses, baselines, mean = [], [], 0.0
    for seen, (x, y, _, _) in enumerate(records, 1):
        losses.append((y - model.predict_one(x)) ** 2)
        model.learn_one(x, y)
        baselines.append((y - mean) ** 2)
        mean += (y - mean) / seen
    (reading,) = controller.heard
    assert reading.loss == pytest.approx(sum(losses) / 20, rel=1e-12)
    assert reading.baseline == pytest.approx(sum(baselines) / 20, rel=1e-12)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(1, 90), max_size=6))
def test_how_a_stream_is_cut_into_blocks_changes_nothing(cuts):
    def run(blocks: list[list[Record]]) -> Loop:
        loop = Loop(pipeline(), BoldDriver(), initial_rate=0.3, period=16, detector=drift.ADWIN())
        for block in blocks:
            loop.learn(block)
        return loop

    records, blocks, start = stream(200), [], 0
    for cut in [*cuts, 200]:
        blocks.append(records[start : start + cut])
        start += cut
    whole, parts = run([records]), run(blocks)
    assert dict(whole.model[-1].weights) == dict(parts.model[-1].weights)
    assert whole.gain.rate == parts.gain.rate
    assert whole.status == parts.status  # sums too, to the last bit


@pytest.mark.parametrize("block", [1, 8, 64])
def test_nor_does_it_where_new_classes_keep_coming(block):
    rng = random.Random(1)
    records = [Record({"a": rng.gauss(0, 1), "b": rng.gauss(0, 1)}, i // 20) for i in range(400)]

    def run(size: int) -> float:
        model = preprocessing.StandardScaler() | linear_model.SoftmaxRegression(optim.SGD(0.01))
        loop = Loop(model, Fixed())
        for start in range(0, 400, size):
            loop.learn(records[start : start + size])
        return loop.status.loss_sum

    assert run(block) == pytest.approx(run(400), rel=1e-12)


def test_the_one_pass_path_and_learn_one_end_in_the_same_state():
    block, single = (Loop(pipeline(), BoldDriver(), initial_rate=0.1, period=16) for _ in "ab")
    records = stream(100)
    block.learn(records)
    for record in records:
        single.learn_one(record.x, record.y)
    assert dict(block.model[-1].weights) == dict(single.model[-1].weights)
    assert block.gain.rate == single.gain.rate
    assert block.status.decisions == single.status.decisions


def test_a_bad_record_is_refused_and_the_model_is_as_if_it_never_came():
    good = stream(50)
    bad = [Record({"a": math.nan, "b": 1.0}, 1.0), Record({"a": 1.0, "b": 1.0}, math.inf)]
    clean, dirty = (Loop(pipeline(), BoldDriver(), period=8) for _ in "ab")
    clean.learn(good)
    refused = dirty.learn([*good[:20], *bad, *good[20:]])
    assert [(r.at, r.reason) for r in refused] == [(20, "nonfinite"), (21, "target")]
    assert dict(dirty.model[-1].weights) == dict(clean.model[-1].weights)
    assert dirty.status.rejected == {"nonfinite": 1, "target": 1}
    assert dirty.status.steps == 50


def test_a_refusal_tells_its_place_in_the_whole_block_however_wide_the_records():
    wide = [Record({f"f{i}": 1.0 for i in range(200)}, 1.0) for _ in range(50)]
    wide[37] = Record({"f0": math.nan}, 1.0)
    assert [r.at for r in Loop(pipeline(), BoldDriver()).learn(wide)] == [37]
    assert Loop(pipeline(), BoldDriver()).learn([]) == []


def test_a_late_class_is_turned_away_as_often_as_the_bounds_say():
    records = [Record({"x": 1.0}, label) for label in ["a", "b"] * 60 + ["c"] * 3]
    for slips in (0, 2):
        model = linear_model.SoftmaxRegression(optim.SGD(0.01))
        loop = Loop(model, Fixed(), bounds=Bounds(slips=slips))
        assert [refusal.at for refusal in loop.learn(records)] == [120, 121][:slips]


def test_the_rate_shown_is_read_back_from_the_optimizer():
    loop = Loop(pipeline(), BoldDriver(), initial_rate=0.03)
    assert loop.status.rates == {"weights": 0.03, "intercept": 0.03}
    loop.model[-1].optimizer.lr = optim.schedulers.Constant(0.7)  # somebody rewires the model
    assert loop.status.rates["weights"] == 0.7


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
def test_a_copy_goes_its_own_way_and_the_same_way(copied):
    loop = Loop(pipeline(), BoldDriver(), initial_rate=0.1, period=8, detector=drift.PageHinkley())
    records = stream(90)
    loop.learn(records[:45])
    twin = copied(loop)
    assert twin.gain is not loop.gain
    twin.gain.rate = 1e-3
    assert loop.gain.rate != 1e-3
    twin.gain.rate = loop.gain.rate
    loop.learn(records[45:])
    assert twin.status.steps == 45
    twin.learn(records[45:])
    assert twin.status == loop.status
    assert dict(twin.model[-1].weights) == dict(loop.model[-1].weights)


def test_a_drift_is_an_event_for_the_controller_and_counted():
    rng = random.Random(3)
    records = [Record({"a": (a := rng.gauss(0, 1))}, a) for _ in range(4000)]
    records += [Record({"a": (a := rng.gauss(0, 1))}, -3 * a) for _ in range(4000)]
    controller = Asks((1e-3,), [])  # slow enough for the change to show for a while
    loop = Loop(pipeline(), controller, initial_rate=1e-3, period=20, detector=drift.ADWIN(clock=1))
    loop.learn(records)
    drifted = [r.step for r in controller.heard if r.drift]
    assert drifted
    assert 4000 < drifted[0] < 4800
    assert loop.status.drifts == len(drifted)


def test_a_diverged_model_is_seen_as_such_and_leaves_the_sums_finite():
    loop = Loop(pipeline(), Asks((10.0,), []), initial_rate=10.0)
    loop.learn(stream(2000))
    assert loop.status.loss_nonfinite > 1000
    assert math.isfinite(loop.status.loss_sum)


def test_river_metrics_are_updated_with_what_they_ask_for():
    rng = random.Random(5)
    records = [Record({"a": (a := rng.gauss(0, 1))}, a > 0) for _ in range(300)]
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    loop = Loop(model, Fixed(), metrics=[metrics.Accuracy(), metrics.ROCAUC()])
    loop.learn(records)
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    accuracy, auc = metrics.Accuracy(), metrics.ROCAUC()
    for x, y, _, _ in records:
        auc.update(y, model.predict_proba_one(x))
        accuracy.update(y, model.predict_one(x))
        model.learn_one(x, y)
    assert loop.status.metrics == {"Accuracy": accuracy.get(), "ROCAUC": auc.get()}


def test_an_initial_rate_outside_the_limits_is_refused():
    with pytest.raises(ValueError, match="initial_rate: must be within limits"):
        Loop(pipeline(), BoldDriver(), initial_rate=1.0, limits=Limits(high=0.5))
