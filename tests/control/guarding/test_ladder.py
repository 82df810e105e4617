"""The ladder: its rungs by hand, and what holds whatever it is told."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.control import Reading
from lrcontrol.control.guarding import Ladder, Level, Ruling, Watch
from lrcontrol.control.guarding.ruling import Action, Keep, Rung, Why

LEVEL = Level(loss=0.1, records=2000, scale=0.7)
START = Watch(seen=10_000, level=LEVEL, last=0.1, marked=9500, marked_rate=0.2, pinned_rate=0.1)
#: Losses of a period: good, worse than no skill, beyond all measure, and none at all.
GOOD, WORSE, ABSURD, NONE = 0.1, 3.0, 500.0, math.nan


def reading(loss: float, rate: float = 0.1) -> Reading:
    return Reading(0, rate, loss, 0.7, records=64)


def follow(state: Watch, *losses: float, pinned: float | None = None) -> tuple[list[Ruling], Watch]:
    rulings = []
    for loss in losses:
        ruling, state = Ladder().update(reading(loss), state, pinned)
        rulings.append(ruling)
    return rulings, state


def said(rulings: list[Ruling]) -> list[tuple[str, str, float | None]]:
    return [(r.action, r.why, r.rate) for r in rulings]


def test_a_model_that_is_good_is_marked_and_pinned_after_a_whole_window():
    ruling, state = Ladder().init(0.1)
    assert (ruling.keep, state.marked, state.pinned_rate) == ("pin", 0, 0.1)
    rulings, state = follow(state, *[GOOD] * 40)
    assert [i for i, r in enumerate(rulings) if r.keep == "pin"] == [15, 31]
    rulings, state = follow(START, GOOD, WORSE, GOOD)
    assert [r.keep for r in rulings] == ["none", "none", "mark"]  # what was marked is suspect
    assert state.pinned_rate == 0.1


def test_a_broken_model_is_lowered_and_then_rolled_back():
    rulings, state = follow(START, WORSE, WORSE, pinned=0.1)
    assert said(rulings) == [("lower", "worse", 0.05), ("roll_back", "worse", 0.05)]
    assert (state.rung, state.rollbacks, state.marked) == ("cooling", (10_128,), None)


def test_one_that_breaks_again_while_it_cools_down_does_not_wait():
    state = START._replace(rung="cooling", since=9990, rollbacks=(9990,))
    assert said(follow(state, WORSE, pinned=0.1)[0]) == [("roll_back", "worse", 0.025)]
    assert said(follow(state, WORSE)[0]) == [("none", "cooldown", None)]
    assert said(follow(state, ABSURD, ABSURD)[0])[0] == ("roll_back", "absurd", 0.025)
    assert said(follow(state._replace(last=ABSURD), ABSURD)[0]) == [("none", "cooldown", None)]


def test_a_drift_is_left_to_learning_but_not_for_ever():
    rulings, state = follow(START, *[WORSE] * 78, pinned=2.9)
    assert {(r.action, r.why) for r in rulings} == {("none", "drift")}
    rulings, state = follow(state, WORSE, pinned=2.9)
    assert said(rulings) == [("safe", "worse", 0.0125)]
    assert rulings[0].alarm


def test_a_pinned_copy_without_a_loss_is_no_way_back():
    assert said(follow(START, WORSE, pinned=math.nan)[0]) == [("none", "drift", None)]


def test_without_a_copy_to_ask_it_is_lowered_frozen_and_rolled_back():
    rulings, state = follow(START, *[WORSE] * 8)
    assert [r.action for r in rulings] == ["lower", "freeze", *["none"] * 5, "roll_back"]
    assert state.seen - START.seen == 512


def test_a_falling_loss_is_waited_for():
    rulings, _ = follow(START, 9.0, 8.0, 7.0, 6.0, 5.9)
    assert [(r.action, r.why) for r in rulings] == [
        ("lower", "worse"),
        *[("none", "falling")] * 3,
        ("freeze", "worse"),
    ]


def test_when_the_loss_recovers_while_frozen_it_was_the_data():
    rulings, state = follow(START, WORSE, WORSE, GOOD, GOOD)
    assert said(rulings)[2:] == [("none", "worse", None), ("thaw", "recovered", None)]
    assert state.rung == "watching"
    state = START._replace(rung="frozen", bad=128)
    assert said(follow(state, WORSE, pinned=3.0)[0]) == [("thaw", "drift", None)]


@pytest.mark.parametrize("loss", [ABSURD, NONE])
def test_what_is_beyond_all_measure_is_rolled_back_at_once(loss):
    assert [r.action for r in follow(START, loss)[0]] == ["roll_back"]


def test_a_model_that_a_scan_found_unsound_is_rolled_back_whatever_its_loss():
    ruling, _ = Ladder().update(reading(GOOD), START, sound=False)
    assert (ruling.action, ruling.why) == ("roll_back", "nonfinite")


def test_after_three_roll_backs_it_is_safe_mode_until_all_was_quiet():
    rulings, state = follow(START, NONE, NONE, NONE, NONE)
    assert said(rulings) == [
        ("roll_back", "nonfinite", 0.05),
        ("roll_back", "nonfinite", 0.025),
        ("roll_back", "nonfinite", 0.0125),
        ("safe", "nonfinite", 0.0125),
    ]
    assert [r.alarm for r in rulings] == [False, False, False, True]
    rulings, state = follow(state, WORSE, NONE, *[GOOD] * 1562)
    assert said(rulings)[:2] == [("none", "worse", None), ("safe", "nonfinite", 0.0125)]
    assert all(r.alarm for r in rulings)
    rulings, state = follow(state, GOOD)
    assert said(rulings) == [("release", "recovered", None)]
    assert (rulings[0].alarm, state.rung, state.rollbacks) == (False, "watching", ())


def test_by_hand():
    ruling, state = Ladder().roll_back(START)
    assert (ruling.action, ruling.why, ruling.rate) == ("roll_back", "by_hand", 0.05)
    assert state.rollbacks == (10_000,)
    ruling, state = Ladder().release(state._replace(rung="safe"))
    assert (ruling.action, state.rung, state.rollbacks) == ("release", "watching", ())


def test_the_copy_is_asked_for_bad_periods_only():
    asks = Ladder().asks
    assert [asks(reading(loss), START) for loss in (GOOD, WORSE, ABSURD, NONE)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not asks(reading(WORSE), START._replace(rung="safe"))


def test_the_rungs_come_in_order():
    with pytest.raises(Invalid, match="freeze_after: must not be beyond diverged_after"):
        Ladder(freeze_after=600)


losses = st.one_of(
    st.sampled_from([GOOD, WORSE, ABSURD, NONE, math.inf, 0.0]), st.floats(0.0, 1e300)
)
shown = st.tuples(
    st.builds(
        Reading,
        step=st.integers(0, 10**12),
        rate=st.floats(1e-9, 1e4),
        loss=losses,
        baseline=st.floats(0.0, 1e300),
        records=st.integers(1, 5000),
        nonfinite=st.sampled_from([0, 0, 0, 1]),
    ),
    st.one_of(st.none(), losses),
    st.sampled_from([True, True, True, False]),
)
histories = st.lists(shown, max_size=40)
often = settings(derandomize=True, max_examples=200, deadline=None)


def run(seen: list[Any], unit: float = 1.0) -> tuple[list[Ruling], list[Watch]]:
    ladder = Ladder()
    rulings, states = ([part] for part in ladder.init(0.1))
    for told, pinned, sound in seen:
        told = told._replace(loss=unit * told.loss, baseline=unit * told.baseline)
        pinned = None if pinned is None else unit * pinned
        ruling, state = ladder.update(told, states[-1], pinned, sound)
        rulings.append(ruling)
        states.append(state)
    return rulings, states


@often
@given(histories)
def test_rulings_are_from_the_lists_and_their_numbers_are_finite(seen):
    for ruling in run(seen)[0]:
        assert ruling.action in get_args(Action)
        assert ruling.why in get_args(Why)
        assert ruling.keep in get_args(Keep)
        assert ruling.rate is None or 0.0 < ruling.rate < math.inf
        assert all(math.isfinite(term) for term in ruling.terms.values())


@often
@given(histories)
def test_it_is_pure_and_its_state_is_data(seen):
    _, states = run(seen)
    assert states == run(seen)[1]
    for state in states:
        assert state.rung in get_args(Rung)
        data = json.loads(json.dumps(state, allow_nan=False))
        back = Watch(*data)
        assert back._replace(level=Level(*back.level), rollbacks=tuple(back.rollbacks)) == state


@often
@given(histories)
def test_never_more_than_three_roll_backs_in_a_hundred_thousand_records(seen):
    rulings, states = run(seen)
    whens = [s.seen for r, s in zip(rulings, states, strict=True) if r.action == "roll_back"]
    for first, fourth in zip(whens, whens[3:], strict=False):
        assert fourth - first >= 100_000
    assert all(len(state.rollbacks) <= 3 for state in states)


@often
@given(histories)
def test_nothing_is_kept_of_a_bad_period_and_never_while_frozen(seen):
    rulings, states = run(seen)
    for ruling, before, (told, _, sound) in zip(rulings[1:], states[:-1], seen, strict=True):
        if ruling.keep != "none":
            assert sound
            assert told.nonfinite == 0
            assert before.rung != "frozen"
            assert Ladder().standard.judge(told, before.level) == "good"


@often
@given(histories)
def test_the_rate_is_lowered_by_no_more_than_its_factor(seen):
    for ruling, (told, _, _) in zip(run(seen)[0][1:], seen, strict=True):
        if ruling.action == "lower":
            assert ruling.rate == 0.5 * told.rate


@often
@given(histories, st.integers(-20, 20))
def test_the_unit_of_the_loss_changes_nothing(seen, power):
    # Powers of two are exact, but for the smallest and largest losses
    seen = [case for case in seen if not 0.0 < case[0].loss < 1e-250 and case[0].loss < 1e250]
    ours = [(r.action, r.why, r.rate) for r in run(seen)[0]]
    assert [(r.action, r.why, r.rate) for r in run(seen, 2.0**power)[0]] == ours
