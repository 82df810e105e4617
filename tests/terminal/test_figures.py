"""The texts that a status is put into: honest about what is not finite, short, on one line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.status import Decision, LoopStatus
from lrcontrol.terminal.figures import (
    Column,
    clean,
    counts_text,
    decision_text,
    fit,
    loss_text,
    mean_loss,
    recent_loss,
    significant,
    skill_text,
    tint,
)

SEEN = LoopStatus(loss_sum=25.0, loss_count=100, baseline_sum=50.0, baseline_count=100)
MOVE = Decision(100, "lower", "worse", "none", before=0.02, asked=0.01, applied=0.01)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.2e-05, 3, "1.2e-05"),
        (0.0123, 3, "0.0123"),
        (10.0, 3, "10"),
        (0.271349, 4, "0.2713"),
        (0.0, 4, "0"),
        (math.inf, 4, "inf"),
        (math.nan, 4, "-"),
    ],
)
def test_significant(value, digits, text):
    assert significant(value, digits) == text


def test_before_the_first_record_there_is_no_loss_and_no_skill():
    empty = LoopStatus()
    assert loss_text(empty, mean_loss(empty)) == "-"
    assert skill_text(empty, mean_loss(empty)) == "-"


def test_mean_loss_and_skill():
    assert loss_text(SEEN, mean_loss(SEEN)) == "0.25"
    assert skill_text(SEEN, mean_loss(SEEN)) == "0.500"
    assert skill_text(SEEN, 0.75) == "-0.500"


@pytest.mark.parametrize(
    ("loop", "loss"),
    [
        (SEEN._replace(loss_nonfinite=1), 0.25),  # the mean alone would look fine
        (SEEN, math.inf),
        (SEEN, 501.0),  # 1002 times the baseline
        (LoopStatus(loss_nonfinite=5), math.nan),
    ],
)
def test_divergence_is_said(loop, loss):
    assert loss_text(loop, loss) == "diverged"
    assert skill_text(loop, loss) == "-"


def test_bad_but_not_absurd_is_a_number():
    assert loss_text(SEEN, 499.0) == "499"


def test_a_baseline_of_zero_gives_no_skill_and_no_verdict():
    flat = SEEN._replace(baseline_sum=0.0)
    assert (loss_text(flat, 0.25), skill_text(flat, 0.25)) == ("0.25", "-")


def test_recent_loss_is_the_mean_until_the_first_decision():
    assert recent_loss(SEEN._replace(fast=0.0)) == 0.25
    assert recent_loss(SEEN._replace(fast=0.125, last=MOVE)) == 0.125


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (None, "none yet"),
        (MOVE, "lowered 0.5x: worse"),
        (MOVE._replace(action="raise", applied=0.03, reason="no_skill"), "raised 1.5x: no skill"),
        (MOVE._replace(limit="slew"), "lowered 0.5x: worse (slew)"),
        (MOVE._replace(action="keep", limit="dead_band"), "kept: worse (dead band)"),
        (MOVE._replace(before=0.0), "kept: worse"),
    ],
)
def test_decision_in_words(last, text):
    assert decision_text(LoopStatus(last=last)) == text


def test_counts_leave_out_zeros_and_are_sorted():
    assert counts_text({"type": 1, "decode": 3, "empty": 0}) == "3 decode, 1 type"
    assert counts_text({}) == "0"


@given(st.text(), st.integers(4, 40))
def test_clean_gives_one_short_printable_line(text, limit):
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


def test_fit_drops_in_order_and_cuts_before_it_drops_for_good():
    columns = [
        Column("model", ["a" * 20], least=8),
        Column("loss", ["0.25"]),
        Column("baseline", ["0.5"], drop=2),
        Column("skill", ["0.5"], drop=1),
    ]
    titles = {room: [c.title for c in fit(columns, room, 2)] for room in (60, 31, 21, 3)}
    assert titles == {
        60: ["model", "loss", "baseline", "skill"],
        31: ["model", "loss", "baseline", "skill"],
        21: ["model", "loss", "skill"],
        3: ["model", "loss"],
    }
    assert fit(columns, 31, 2)[0].cells == ["aaaaa..."]
    assert fit(columns, 60, 2)[0].cells == ["a" * 20]


def test_fit_leaves_out_a_column_without_a_single_text():
    assert fit([Column("", ["", ""]), Column("", ["x", ""])], 10, 2) == [Column("", ["x", ""])]


def test_tint_marks_bad_news_in_any_column():
    skill = Column("skill", [])
    assert tint(skill, "0.5") == "green"
    assert tint(skill, "-0.5") == "red"
    assert tint(skill, "-") == ""
    assert tint(Column("loss", []), "diverged") == "bold red"
    assert tint(Column("rate", [], style="cyan"), "0.1") == "cyan"
