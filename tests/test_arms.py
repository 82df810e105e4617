"""Arms: copies at other rates that change nothing, cost what was allowed, and tell the truth."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import compose, drift, facto, linear_model, metrics, optim, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.arms import Shadows
from lrcontrol.arms.bursts import MOST, PRICE_COMPILED
from lrcontrol.arms.shadows import FORK
from lrcontrol.assembly import assemble_model
from lrcontrol.checkpoint import pickling, unpickling
from lrcontrol.checkpoint.content import Checkpoint, pack, prove
from lrcontrol.checkpoint.state import digest
from lrcontrol.checks import Invalid
from lrcontrol.config import ConfigError, loads
from lrcontrol.control import Bank, BoldDriver, Fixed, Race, Trace
from lrcontrol.control.guarding import Ladder
from lrcontrol.control.mixture import Mixture
from lrcontrol.gain import NotSteerable

#: Often enough that a few hundred records see several bursts.
OFTEN = Shadows(budget=4.0, burst=48)


def stream(records: int, label: Callable[[float], Any] = float, seed: int = 1) -> list[Record]:
    rng = random.Random(seed)
    out = []
    for _ in range(records):
        a, b = rng.gauss(0, 1), rng.gauss(0, 1)
        out.append(Record({"a": a, "b": b}, label(2 * a - b + rng.gauss(0, 0.3))))
    return out


def scaled(model: Any) -> compose.Pipeline:
    return preprocessing.StandardScaler() | model


def linear(**given: Any) -> Loop:
    given = {"initial_rate": 0.01, "period": 16, "shadows": OFTEN, **given}
    return Loop(scaled(linear_model.LinearRegression()), given.pop("controller", Fixed()), **given)


CASES: dict[str, tuple[Callable[[], Any], Any, Callable[[float], Any]]] = {
    "steered": (linear_model.LinearRegression, BoldDriver(), float),
    "adam": (lambda: linear_model.LogisticRegression(optim.Adam()), Fixed(), lambda v: v > 0),
    "softmax": (linear_model.SoftmaxRegression, BoldDriver(), lambda v: int(v) % 3),
    "traced": (linear_model.LinearRegression, Trace(), float),
    "machine": (lambda: facto.FMClassifier(seed=1), Trace(), lambda v: v > 0),
    "race": (lambda: facto.FMRegressor(seed=1), Race(), float),
    "bank": (linear_model.LogisticRegression, Bank(), lambda v: v > 0),
}


def loop_of(case: str, shadows: Shadows | None) -> Loop:
    model, controller, _ = CASES[case]
    seen = [metrics.MAE()] if case == "steered" else []
    return Loop(
        scaled(model()), controller, initial_rate=0.05, period=16, shadows=shadows,
        detector=drift.ADWIN(clock=1), metrics=seen, divergence=Ladder(),
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_loop_with_arms_is_bit_for_bit_the_loop_without(case):
    records = stream(400, CASES[case][2])
    alone, beside = loop_of(case, None), loop_of(case, OFTEN)
    alone.learn(records)
    beside.learn(records)
    assert beside.arms is not None
    assert beside.arms.updates > 0
    assert beside.status._replace(arms=()) == alone.status
    assert digest(beside.model) == digest(alone.model)  # also brings both up to date
    assert digest(beside, skip=["arms"]) == digest(alone, skip=["arms"])


@pytest.mark.parametrize("case", ["steered", "traced", "bank"])
@settings(derandomize=True, max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(1, 90), max_size=6))
def test_how_a_stream_is_cut_into_blocks_changes_nothing(case, cuts):
    records, whole, parts, start = (
        stream(300, CASES[case][2]),
        *map(loop_of, [case] * 2, [OFTEN] * 2),
        0,
    )
    whole.learn(records)
    for cut in [*cuts, 300]:
        parts.learn(records[start : start + cut])
        start += cut
    assert parts.status.arms == whole.status.arms  # to the last bit


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("after", [0, 16, 20, 100])
def test_a_restart_in_the_middle_of_a_burst_changes_nothing(case, after):
    records, loop = stream(600, CASES[case][2]), loop_of(case, OFTEN)
    loop.learn(records[:after])
    again = unpickling.loads(pickling.dumps(loop))
    loop.learn(records[after:])
    again.learn(records[after:])
    assert again.status == loop.status
    assert again.status.arms[0].records > 48


def test_an_arm_is_the_served_model_at_another_rate():
    records, loop = stream(200), linear(controller=BoldDriver())
    loop.learn(records[:16])  # the first burst is on credit: 48 records from here
    expected = []
    for factor in (0.5, 2.0):
        twin = copy.deepcopy(loop)
        losses: list[float] = []
        served = copy.deepcopy(loop)
        for start in range(16, 64, 16):
            twin.gain.rate = factor * served.gain.rate  # followed as it moves, period by period
            part = records[start : start + 16]
            losses += twin.learner.learn_all([r.x for r in part], [r.y for r in part])
            served.learn(part)
        expected.append(sum(losses))
    loop.learn(records[16:64])
    half, double, fixed = loop.status.arms
    assert [half.loss_sum, double.loss_sum] == pytest.approx(expected, rel=1e-12)
    assert (half.rate, double.rate) == (loop.gain.rate / 2, loop.gain.rate * 2)
    assert (fixed.name, fixed.rate, fixed.records) == ("fixed", 0.01, 48)


def test_an_arm_at_the_rate_in_force_is_the_served_model_itself():
    loop = linear()
    loop.learn(stream(1000))
    fixed = loop.status.arms[2]
    assert fixed.loss_sum == fixed.served_sum > 0.0
    assert fixed.loss == fixed.served_loss > 0.0


@pytest.mark.parametrize("case", ["steered", "traced", "machine"])
def test_an_arm_that_follows_at_once_the_rate_is_the_served_model_itself(case):
    loop = loop_of(case, OFTEN)
    assert loop.arms is not None
    loop.arms._arms[0]._factor = 1.0  # no such arm can be asked for
    loop.learn(stream(400, CASES[case][2]))
    arm = loop.status.arms[0]
    assert arm.loss_sum == pytest.approx(arm.served_sum, rel=1e-9)
    assert arm.rate == loop.gain.rate


def test_the_arm_that_is_better_shows_it():
    slow, fast = linear(initial_rate=1e-4), linear(initial_rate=0.2)
    for loop in (slow, fast):
        loop.learn(stream(2000))
    half, double, _ = slow.status.arms
    assert double.loss_sum < double.served_sum < half.loss_sum
    half, double, _ = fast.status.arms
    assert half.loss_sum < 0.9 * half.served_sum


@pytest.mark.parametrize("budget", [1.02, 1.1, 1.5, 5.0])
@pytest.mark.parametrize("case", ["steered", "bank"])
def test_the_budget_holds(case, budget):
    loop = loop_of(case, Shadows(budget=budget, burst=32))
    loop.learn(stream(3000, CASES[case][2]))
    assert loop.arms is not None
    price = PRICE_COMPILED if loop.learner.at_once else 1.0
    first = 3 * 32
    assert first <= loop.arms.updates <= first + (budget - 1.0) * 3000 / price


@settings(derandomize=True, deadline=None)
@given(
    budget=st.floats(1.001, 10), burst=st.integers(1, 5000), period=st.integers(1, 300),
    number=st.integers(0, 1000), price=st.sampled_from([1.0, 4.0]),
)  # fmt: skip
def test_bursts_stay_in_their_stretches(budget, burst, period, number, price):
    shadows = Shadows(budget=budget, burst=burst)
    start, stretch = shadows.start(number, price, period), shadows.stretch(price, period)
    assert start % period == 0
    assert number * stretch <= start
    assert start + shadows.length(period) <= (number + 1) * stretch
    assert 3 * price * (shadows.length(period) + FORK) <= (budget - 1) * stretch * (1 + 1e-9)


def wild(model: Any, rate: float, label: Callable[[float], Any]) -> Iterator[Loop]:
    """Yield a loop after each block, its arm at a rate that no model survives."""
    shadows = Shadows(("fixed",), fixed=rate, budget=2.0, burst=64)
    loop = Loop(scaled(model), Fixed(), initial_rate=0.01, period=16, shadows=shadows)
    records = stream(800, label)
    for start in range(0, 800, 20):
        loop.learn(records[start : start + 20])
        yield loop


@pytest.mark.parametrize(
    "model", [linear_model.LinearRegression, lambda: facto.FMRegressor(seed=1)]
)
@pytest.mark.parametrize("rate", [3.0, 1e4, 1e150])
def test_an_arm_that_diverges_is_capped_and_disturbs_nothing(model, rate):
    burst = 0
    for loop in wild(model(), rate, float):
        (arm,) = loop.status.arms
        noskill = loop.tally.baseline_sum / max(loop.tally.steps, 1)
        assert isfinite(arm.loss_sum)
        assert arm.loss_sum <= 2 * MOST * max(noskill, 5.0) * arm.records
        again = prove(pack(Checkpoint({}, {"m": loop})), {"m": list(loop.recent)})
        assert "probe:m" in again.sections  # it would be written
        burst = arm.records
    assert burst > 200  # tried again and again
    assert arm.loss > 5 * arm.served_loss
    assert loop.status.loss_sum < 0.2 * loop.status.baseline_sum


def test_what_an_arm_cannot_pickle_it_copies():
    model = compose.FuncTransformer(lambda x: {"a": x["a"], "b": x["b"], "c": 1.0})
    model |= preprocessing.StandardScaler()
    model |= linear_model.LinearRegression()
    loop = Loop(model, Fixed(), initial_rate=0.01, period=16, shadows=OFTEN)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickling.dumps(loop.model)
    loop.learn(stream(200))
    half, _, fixed = loop.status.arms
    assert half.loss_sum > fixed.loss_sum == fixed.served_sum
    assert loop.gain.rate == 0.01


def test_copies_of_a_loop_in_the_middle_of_a_burst_go_apart():
    records, loop = stream(200), linear()
    loop.learn(records[:40])
    twin = copy.deepcopy(loop)
    before = loop.status
    twin.learn(records[40:])
    assert loop.status == before
    loop.learn(records[40:])
    assert loop.status == twin.status


def test_records_learned_one_by_one_count_as_well():
    one, block, records = linear(), linear(), stream(200)
    for record in records:
        one.learn_one(record.x, record.y)
    block.learn(records)
    assert [a.records for a in one.status.arms] == [a.records for a in block.status.arms]
    assert one.status.arms[0].loss_sum == pytest.approx(block.status.arms[0].loss_sum, rel=1e-9)


def test_a_mixture_has_no_arms():
    with pytest.raises(NotSteerable, match="many rates and none of its own"):
        linear(controller=Mixture())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"arms": ()}, "arms: none: name some of half, double, fixed"),
        ({"arms": ("half", "half")}, "arms: an arm is named twice"),
        ({"arms": ("half",), "fixed": 0.1}, "fixed: is for the arm fixed"),
        ({"budget": 1.0}, "budget: must be > 1"),
        ({"burst": 0}, "burst: must be >= 1"),
        ({"fixed": -1.0}, "fixed: must be > 0"),
    ],
)
def test_what_is_wrong_is_named(given, message):
    with pytest.raises(Invalid, match=message):
        Shadows(**given)


CONFIG = """
version: 1
sources: {{s: {{type: file, path: s.ndjson}}}}
models:
  m:
    pipeline:
      - {{class: linear_model.LinearRegression}}
    controller: {{type: {controller}}}
    shadows: {shadows}
"""


def test_they_are_configured():
    given = loads(CONFIG.format(controller="fixed", shadows="{arms: [half, fixed], budget: 1.2}"))
    assert given.settings.models["m"].shadows == Shadows(("half", "fixed"), budget=1.2)
    loop = assemble_model("m", given.settings.models["m"]).loop
    assert [arm.name for arm in loop.status.arms] == ["half", "fixed"]
    without = loads(CONFIG.format(controller="fixed", shadows="null")).settings.models["m"]
    assert assemble_model("m", without).loop.status.arms == ()


@pytest.mark.parametrize(
    ("controller", "shadows", "message"),
    [
        ("mixture", "{}", "shadows: a mixture has many rates"),
        ("fixed", "{arms: [halve]}", "half"),
        ("fixed", "{budget: 0.9}", "must be > 1"),
    ],
)
def test_a_wrong_configuration_says_where(controller, shadows, message):
    with pytest.raises(ConfigError, match=message) as wrong:
        loads(CONFIG.format(controller=controller, shadows=shadows))
    assert "shadows" in str(wrong.value)
