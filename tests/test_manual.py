"""A rate held by hand: without a jump, within the limits, and given back from where it is."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from faults.numeric import numbers
from river import datasets, linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import PID, Auto, Bank, BoldDriver, Fixed, Limits, Mixture, Race, Trace
from lrcontrol.control.guarding import Ladder
from lrcontrol.manual import NotHoldable
from lrcontrol.status import Override

KIM = Override("kim", "incident 7", since=0.0)
RECORDS = [Record(x, y) for x, y in datasets.Phishing()]
CONTROLLERS = [Fixed(), BoldDriver(), PID(), Trace(), Bank(), Race(), Auto()]


def loop_of(controller: Any, **options: Any) -> Loop:
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    return Loop(model, controller, initial_rate=0.05, period=32, **options)


def rates(loop: Loop, records: list[Record]) -> list[float]:
    found = []
    for record in records:
        loop.learn([record])
        found.append(loop.status.rate)
    return found


@pytest.mark.parametrize("controller", CONTROLLERS, ids=lambda c: type(c).__name__)
def test_a_hold_keeps_the_rate_and_goes_on_learning(controller):
    loop = loop_of(controller)
    loop.learn(RECORDS[:400])
    before = loop.status
    x = RECORDS[400].x
    said = loop.predict_one(x)
    decision = loop.hold(KIM)
    assert decision.applied == before.rate
    assert (decision.reason, decision.action) == ("manual", "keep")
    assert loop.predict_one(x) == pytest.approx(said, rel=1e-9)  # nobody is served anything else
    assert set(rates(loop, RECORDS[400:600])) == {before.rate}
    after = loop.status
    assert (after.mode, after.steps) == ("manual", 600)
    assert (after.loss_sum - before.loss_sum) / 200 < 0.5  # it still learns: no skill has 0.69


@pytest.mark.parametrize("controller", CONTROLLERS, ids=lambda c: type(c).__name__)
def test_the_controller_goes_on_from_the_rate_in_force(controller):
    loop = loop_of(controller)
    loop.learn(RECORDS[:400])
    loop.hold(KIM._replace(rate=0.02))
    loop.learn(RECORDS[400:600])
    assert loop.status.rate == 0.02
    decision = loop.release("kim", "over")
    assert 0.01 < decision.applied < 0.04  # a race and a bank have rates of their own near it
    assert loop.status.mode == "automatic"
    loop.learn(RECORDS[600:1000])
    assert loop.status.steps == 1000
    said = [made for made in loop.made() if made.actor]
    assert [(m.actor, m.note) for m in said] == [("kim", "incident 7"), ("kim", "over")]


def test_every_slewed_controller_stays_within_its_slew_after_a_hold():
    loop = loop_of(PID(), limits=Limits(slew=1.5))
    loop.learn(RECORDS[:400])
    loop.hold(KIM._replace(rate=1.0))
    loop.learn(RECORDS[400:500])
    loop.release("kim", "over")
    seen = rates(loop, RECORDS[500:900])
    assert all(1 / 1.5 <= b / a <= 1.5 for a, b in zip([1.0, *seen], seen, strict=False))


def test_limits_bind_a_rate_set_by_hand_unless_forced():
    loop = loop_of(BoldDriver(), limits=Limits(low=1e-3, high=0.1))
    decision = loop.hold(KIM._replace(rate=5.0))
    assert (decision.applied, decision.limit, loop.status.rate) == (0.1, "high", 0.1)
    decision = loop.hold(KIM._replace(rate=5.0), forced=True)
    assert (decision.applied, decision.limit, loop.status.rate) == (5.0, "none", 5.0)
    assert loop.release("kim", "").applied == 5.0  # no jump: the limits bring it in from here
    loop.learn(RECORDS[:64])
    assert loop.status.rate < 5.0


def test_a_mixture_has_no_rate_to_hold():
    loop = loop_of(Mixture())
    with pytest.raises(NotHoldable, match="roll back instead"):
        loop.hold(KIM)
    assert loop.status.mode == "automatic"


@pytest.mark.parametrize(
    "controller", [BoldDriver(), Bank(), Trace()], ids=lambda c: type(c).__name__
)
def test_a_held_loop_goes_on_from_a_checkpoint_bit_for_bit(controller):
    loop = loop_of(controller)
    loop.learn(RECORDS[:300])
    loop.hold(KIM._replace(rate=0.03))
    loop.learn(RECORDS[300:350])
    twin, again = copy.deepcopy(loop), pickle.loads(pickle.dumps(loop))
    for one in (loop, twin, again):
        one.learn(RECORDS[350:500])
        one.release("kim", "")
        one.learn(RECORDS[500:700])
    assert loop.status == twin.status == again.status
    assert numbers(loop.model) == numbers(again.model)
    assert loop.override is None


def test_resume_leaves_every_rung_of_the_ladder():
    loop = loop_of(PID(), divergence=Ladder())
    loop.learn(RECORDS)
    loop.by_hand("roll_back", "kim", "bad release")
    assert loop.status.rung != "watching"
    loop.release("kim", "looked at it")
    assert loop.status.rung == "watching"
    assert next(made.actor for made in loop.made() if made.decision.reason == "diverged") == "kim"
