"""Plateau: patience, cooldown, both directions, and what does not count as a plateau."""

from __future__ import annotations

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import Averages, Horizons, Plateau, Reading, read
from lrcontrol.control.plateau import PlateauState

#: Neither a new best (0.4) nor falling, with skill.
FLAT = Reading(step=640, rate=0.2, loss=0.5, baseline=1.0, fast=0.5, slow=0.5)


def test_the_first_period_sets_the_best():
    proposal, state = Plateau().update(FLAT, Plateau().init(0.2)[1])
    assert (proposal.rate, proposal.reason) == (0.2, "improving")
    assert state == PlateauState(best=0.5, last=0.5, good=1)


def test_a_cut_after_patience_bad_periods_moves_the_rate_in_force():
    plateau, state, seen = Plateau(factor=0.1, patience=3), PlateauState(best=0.4), []
    for _ in range(4):
        proposal, state = plateau.update(FLAT, state)
        seen.append((proposal.rate, proposal.reason, state.bad))
    assert seen == [
        (0.2, "patience", 1),
        (0.2, "patience", 2),
        (pytest.approx(0.02), "plateau", 0),
        (0.2, "patience", 1),
    ]


def test_a_new_best_forgives_the_bad_periods():
    better = FLAT._replace(fast=0.39)
    proposal, state = Plateau().update(better, PlateauState(best=0.4, bad=9))
    assert (proposal.reason, state) == ("improving", PlateauState(best=0.39, last=0.39, good=1))


@pytest.mark.parametrize(
    ("fast", "better"), [(0.7191, False), (0.7189, True), (0.75, False), (0.6, True)]
)
def test_better_means_by_rtol_and_atol(fast, better):
    # 0.9 * 0.81 - 0.01 = 0.719
    plateau = Plateau(rtol=0.1, atol=0.01)
    state = plateau.update(FLAT._replace(fast=fast), PlateauState(best=0.81))[1]
    assert state.best == (fast if better else 0.81)


def test_bad_periods_do_not_count_during_the_cooldown():
    plateau, state, reasons = Plateau(patience=2, cooldown=2), PlateauState(best=0.4, bad=1), []
    for _ in range(5):
        proposal, state = plateau.update(FLAT, state)
        reasons.append(proposal.reason)
    assert reasons == ["plateau", "cooldown", "cooldown", "patience", "plateau"]


def test_good_periods_shorten_the_cooldown_too():
    better = FLAT._replace(fast=0.3)
    assert Plateau().update(better, PlateauState(best=0.4, rest=3))[1].rest == 2


def test_good_periods_in_a_row_raise_the_rate():
    plateau, state, rates = Plateau(factor_up=1.5, patience_up=2), PlateauState(best=1.0), []
    for fast in (0.9, 0.8, 0.7, 0.7, 0.6):
        proposal, state = plateau.update(FLAT._replace(fast=fast), state)
        rates.append(round(proposal.rate, 3))
    # The bad period between 0.7 and 0.6 breaks the row
    assert rates == [0.2, 0.3, 0.2, 0.2, 0.2]


def test_by_default_it_never_raises():
    state = PlateauState(best=1.0, good=9)
    assert Plateau().update(FLAT._replace(fast=0.9), state)[0].rate == 0.2


def test_a_loss_on_its_way_down_counts_for_nothing():
    proposal, state = Plateau().update(FLAT, PlateauState(0.4, last=0.6, bad=9, good=3, rest=2))
    assert (proposal.rate, proposal.reason) == (0.2, "improving")
    assert state == PlateauState(best=0.4, last=0.5, bad=9, good=0, rest=1)


def test_without_skill_a_fall_is_no_excuse():
    lost = FLAT._replace(loss=2.0, fast=2.0)
    proposal, _ = Plateau().update(lost, PlateauState(best=0.4, last=3.0, bad=9))
    assert (proposal.rate, proposal.reason) == (0.1, "no_skill")


@pytest.mark.parametrize(("no_skill", "reason"), [(0.9, "no_skill"), (1.1, "improving")])
def test_skill_is_a_multiple_of_the_baseline(no_skill, reason):
    falling = FLAT._replace(loss=2.0, baseline=2.0, fast=2.0)
    state = PlateauState(best=0.4, last=3.0, bad=9)
    assert Plateau(no_skill=no_skill).update(falling, state)[0].reason == reason


def test_without_skill_a_new_best_is_still_good():
    # From a very low rate the loss is above the baseline for long, and falls: not to be cut
    lost = FLAT._replace(loss=2.0, fast=2.0)
    proposal, _ = Plateau().update(lost, PlateauState(best=2.5, last=2.5, bad=9))
    assert (proposal.rate, proposal.reason) == (0.2, "improving")


@pytest.mark.parametrize("change", [{"loss": math.nan}, {"nonfinite": 1}])
def test_a_loss_that_is_not_finite_is_bad_whatever_the_means_say(change):
    broken = FLAT._replace(fast=0.1, **change)
    proposal, state = Plateau().update(broken, PlateauState(best=0.4, last=0.6, bad=9))
    assert (proposal.rate, proposal.reason) == (0.1, "nonfinite")
    assert state == PlateauState(best=0.4, last=0.6)


@pytest.mark.parametrize(
    ("loss", "fresh"), [(0.7, PlateauState(0.5, 0.5)), (math.nan, PlateauState())]
)
def test_a_drift_forgets_the_best_and_what_was_counted(loss, fresh):
    moved = FLAT._replace(loss=loss, drift=True)
    proposal, state = Plateau().update(moved, PlateauState(0.4, 0.4, bad=9, good=2, rest=3))
    assert (proposal.rate, proposal.reason) == (0.2, "drift")
    assert state == fresh


def test_the_fall_after_a_spike_is_no_plateau():
    # pytorch#30873: level 1, a spike, back to 1 in 40 periods. Best-ever counts all 40 as bad.
    plateau, horizons = Plateau(patience=5), Horizons(fast=64, slow=1024)
    losses = [1.0 - 0.001 * i for i in range(20)] + [60.0 * 0.9**i for i in range(40)]
    averages, state, reasons = Averages(), plateau.init(0.1)[1], []
    for i, loss in enumerate(losses):
        reading, averages = read(horizons, 64 * i, 0.1, [loss] * 64, 64 * 100.0, averages)
        proposal, state = plateau.update(reading, state)
        reasons.append((proposal.reason, proposal.rate))
    assert reasons[:20] == [("improving", 0.1)] * 20
    assert reasons[20:23] == [("patience", 0.1)] * 3  # the spike, until the fast mean has seen it
    assert reasons[23:] == [("improving", 0.1)] * 37


def test_a_field_out_of_range_is_named():
    with pytest.raises(Invalid, match="factor: must be < 1, got 1"):
        Plateau(factor=1.0)
