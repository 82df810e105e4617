"""The clerk carries out orders once each, says what came of them, and answers questions."""

from __future__ import annotations

from typing import Any

import pytest
from river import datasets, linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import PID, Mixture
from lrcontrol.operating.clerk import DURABLE_WAIT, Clerk
from lrcontrol.operating.desk import MOST_ORDERS, MOST_QUESTIONS, Desk, DeskFull
from lrcontrol.operating.orders import EXPIRY, Order
from lrcontrol.status import Status

RECORDS = [Record(x, y) for x, y in datasets.Phishing()]


class Model:
    def __init__(self, name: str, controller: Any) -> None:
        self.name = name
        model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
        self.loop = Loop(model, controller, initial_rate=0.05, period=32)
        self.loop.learn(RECORDS[:200])
        self.failure: Exception | None = None
        self.moves = 0
        self.seconds: list[float] = []

    def moved(self) -> None:
        self.moves += 1

    def predicted(self, seconds: float) -> None:
        self.seconds.append(seconds)


class House:
    """A daemon without sources: what is kept is held in memory."""

    def __init__(self, keeps: bool = False) -> None:
        self.keeps = keeps
        self.asked = self.shown = 0
        self.mended: list[str] = []

    def show(self) -> None:
        self.shown += 1

    def keep_soon(self) -> None:
        self.asked += 1

    def loop_of(self, model: str, checkpoint: int) -> Loop:
        if checkpoint == 9:
            raise LookupError("no checkpoint 9; there are 1, 2")
        return Model(model, PID()).loop

    def reload(self) -> str:
        raise ValueError("a.yaml:3:1: period: needs a restart")

    def mend(self, source: str) -> None:
        if source != "clicks":
            raise LookupError(f"no source {source!r}")
        self.mended.append(source)


class Office:
    def __init__(self, keeps: bool = False) -> None:
        self.now = 1000.0
        self.desk = Desk(Status)
        self.house = House(keeps)
        self.models = {"a": Model("a", PID()), "mix": Model("mix", Mixture())}
        clock = lambda: self.now  # noqa: E731
        self.clerk = Clerk(self.desk, self.models, self.house, clock, clock)

    def say(self, *order: Any, **more: Any) -> Any:
        answer = self.desk.submit(Order(*order, **more))
        self.clerk.turn()
        return answer.result(timeout=0) if answer.done() else answer


@pytest.fixture
def office():
    return Office()


def test_hold_set_and_resume(office):
    rate = office.models["a"].loop.status.rate
    held = office.say("hold", "a", reason="r", actor="kim")
    assert (held.code, held.mode, held.before, held.applied) == (200, "manual", rate, rate)
    assert held.step == 200
    put = office.say("set_rate", "a", rate=0.5, reason="r", actor="kim")
    assert (put.applied, office.models["a"].loop.status.rate) == (0.5, 0.5)
    bound = office.say("set_rate", "a", rate=1e3, reason="r")
    assert (bound.applied, bound.detail) == (10.0, "manual, rate 0.5 -> 10 (high limit)")
    assert office.say("resume", "a").mode == "automatic"
    assert office.house.shown == 4  # before it is answered
    assert office.models["a"].moves == 4  # what is gone back to after a raise knows of each


def test_what_cannot_be_done_says_why_and_changes_nothing(office):
    before = office.models["a"].loop.status
    assert office.say("hold", "b").detail == "no model 'b'; there are ['a', 'mix']"
    assert office.say("hold", "mix").code == 409
    assert "set checkpoint.dir" in office.say("checkpoint").detail
    assert "nothing was kept" in office.say("roll_back", "a").detail
    assert office.say("reload").detail == "a.yaml:3:1: period: needs a restart"
    assert office.say("mend", "nothing").code == 404
    assert office.models["a"].loop.status == before
    assert office.say("mend", "clicks").code == 200
    assert office.house.mended == ["clicks"]


def test_an_override_expires_in_its_own_name(office):
    office.say("set_rate", "a", rate=0.5, seconds=60.0, actor="kim", reason="r")
    office.now += 59.0
    office.clerk.expire()
    assert office.models["a"].loop.override is not None
    office.now += 1.0
    office.clerk.expire()
    assert office.models["a"].loop.override is None
    last = office.models["a"].loop.made()[-1]
    assert (last.actor, last.note) == (EXPIRY, "the override by kim has expired")
    assert last.decision.before == last.decision.applied == 0.5


def test_the_same_key_is_done_once_even_after_a_restart(office):
    first = office.say("set_rate", "a", rate=0.5, key="k1")
    office.say("set_rate", "a", rate=0.2, key="k2")
    again = office.say("set_rate", "a", rate=0.5, key="k1")
    assert again == first._replace(repeated=True)
    assert office.models["a"].loop.status.rate == 0.2
    restarted = Office()
    restarted.clerk.recall(office.clerk.memory())
    assert restarted.say("set_rate", "a", rate=0.5, key="k1").repeated


def test_an_order_is_answered_once_it_is_durable():
    office = Office(keeps=True)
    before = office.clerk.memory()
    answer = office.say("hold", "a", reason="r")
    assert not answer.done()
    assert office.house.asked == 1
    office.clerk.durable(before)  # a checkpoint that was on its way
    assert not answer.done()
    office.clerk.durable(office.clerk.memory())
    assert answer.result(timeout=0).code == 200


def test_an_order_that_cannot_be_made_durable_says_so():
    office = Office(keeps=True)
    answer = office.say("hold", "a", reason="r")
    office.now += DURABLE_WAIT + 1.0
    office.clerk.turn()
    assert answer.result(timeout=0).code == 503
    assert "not durable" in answer.result(timeout=0).detail
    assert office.models["a"].loop.override is not None


def test_whoever_waits_is_told_that_the_daemon_stops():
    office = Office(keeps=True)
    done, new = office.say("hold", "a"), office.desk.submit(Order("resume", "a"))
    question = office.desk.predict("a", RECORDS[0].x)
    office.clerk.end()
    assert (done.result(timeout=0).code, new.result(timeout=0).code) == (503, 503)
    assert "not durable" in done.result(timeout=0).detail  # no success without a checkpoint of it
    with pytest.raises(RuntimeError, match="stops"):
        question.result(timeout=0)


def test_a_roll_back_to_a_checkpoint_keeps_the_count_and_a_hold():
    office = Office(keeps=True)
    loop = office.models["a"].loop
    then = Model("a", PID()).loop
    loop.learn(RECORDS[200:400])
    office.say("set_rate", "a", rate=0.5, actor="kim")
    office.say("roll_back", "a", actor="kim", reason="bad data")
    assert loop.status.steps == 400
    assert (loop.status.mode, loop.status.rate) == ("manual", then.status.rate)
    assert loop.predict_one(RECORDS[0].x) == then.predict_one(RECORDS[0].x)
    assert "there are 1, 2" in office.say("roll_back", "a", checkpoint=9).detail
    last = [m for m in loop.made() if m.decision.reason == "restored"]
    assert [(m.actor, m.note) for m in last] == [("kim", "bad data")]


def test_predictions_and_what_no_model_may_see(office):
    loop = office.models["a"].loop
    x = RECORDS[300].x
    answers = [office.desk.predict("a", x), office.desk.predict("a", {"new": float("nan")})]
    answers += [office.desk.predict("b", x), office.desk.predict("a", {**x, "new": 2.0})]
    before = loop.status
    office.clerk.answer()
    assert answers[0].result() == loop.predict_one(x)
    with pytest.raises(ValueError, match="'new' is nan"):
        answers[1].result()
    with pytest.raises(KeyError):
        answers[2].result()
    assert answers[3].result() == loop.predict_one(x)  # a name never seen weighs nothing
    assert loop.status == before
    assert len(office.models["a"].seconds) == 2


def test_the_desk_takes_no_more_than_its_most(office):
    for _ in range(MOST_ORDERS):
        office.desk.submit(Order("hold", "a"))
    with pytest.raises(DeskFull):
        office.desk.submit(Order("hold", "a"))
    for _ in range(MOST_QUESTIONS):
        office.desk.predict("a", {})
    with pytest.raises(DeskFull):
        office.desk.predict("a", {})
