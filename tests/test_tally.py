"""What a loop counts, and that no loss can make the sums meaningless."""

from __future__ import annotations

import math

import pytest

from lrcontrol.guard import Refusal
from lrcontrol.status import Decision
from lrcontrol.tally import ABSURD, Tally


def test_sums_and_counts_are_over_finite_losses():
    tally = Tally(asked=0.1)
    tally.add([1.0, 3.0], 8.0)
    assert tally.close() == ([1.0, 3.0], 8.0)
    tally.add([math.nan, 2.0, math.inf], 12.0)
    before = tally.status()
    assert tally.close() == ([math.inf, 2.0, math.inf], 12.0)
    status = tally.status()
    assert (status.steps, status.loss_sum, status.loss_count) == (5, 6.0, 3)
    assert (status.loss_nonfinite, status.baseline_sum, status.baseline_count) == (2, 20.0, 5)
    assert status == before  # the period that runs is counted as one that is over


def test_an_absurd_loss_counts_as_nonfinite_and_later_ones_still_add():
    tally = Tally(asked=0.1)
    tally.add([1.0], 1.0)
    tally.add([10 * ABSURD, 1.0], 3.0)
    assert tally.close().losses == [1.0, math.inf, 1.0]
    tally.add([0.5], 1.0)
    assert tally.status().loss_sum == 2.5
    assert tally.status().loss_nonfinite == 1


def test_without_any_baseline_loss_no_finite_loss_is_absurd():
    tally = Tally(asked=0.1)
    tally.add([1e30], 0.0)
    assert tally.close().losses == [1e30]


def test_a_status_stays_as_it_was():
    tally = Tally(asked=0.1)
    before = tally.status()
    tally.refuse([Refusal(0, "type", "")])
    tally.decide(Decision(64, "lower", "worse", "none", 0.1, 0.05, 0.05))
    tally.refuse([Refusal(3, "type", ""), Refusal(4, "bounds", "")])
    assert (before.rejected, before.decisions, before.last) == ({}, {}, None)
    after = tally.status()
    assert after.rejected == {"type": 2, "bounds": 1}
    assert after.decisions == {("lower", "worse"): 1}
    assert after.asked == pytest.approx(0.05)
