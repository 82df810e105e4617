"""BoldDriver: a little up, a lot down, and when it does neither."""

from __future__ import annotations

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import BoldDriver, Reading
from lrcontrol.control.bold_driver import BoldDriverState

#: Skilled, and neither rising nor falling beyond the noise.
LEVEL = Reading(step=640, rate=0.2, loss=0.5, baseline=1.0, fast=0.5, slow=0.5, noise=0.1)
#: Worse than no skill, scattered, and not falling.
LOST = LEVEL._replace(loss=8.0, baseline=4.0, fast=8.0, slow=7.0, noise=3.0)


def ask(reading, state, **fields):
    proposal, after = BoldDriver(**fields).update(reading, state)
    return round(proposal.rate, 6), proposal.reason, after


def test_up_a_little_when_the_loss_falls():
    falling = LEVEL._replace(fast=0.48)
    assert ask(falling, BoldDriverState(0.5)) == (0.21, "improving", BoldDriverState(0.48))
    assert ask(falling, BoldDriverState(0.5), factor_up=1.2)[0] == 0.24


def test_down_a_lot_when_it_rises_and_then_a_rest():
    rising = LEVEL._replace(fast=0.56)
    assert ask(rising, BoldDriverState(0.55)) == (0.1, "worse", BoldDriverState(0.56, wait=4))
    assert ask(rising, BoldDriverState(0.55), factor_down=0.1)[0] == 0.02


@pytest.mark.parametrize("fast", [0.5, 0.549, 0.488])
def test_what_is_within_the_noise_moves_nothing(fast):
    # Rises count from 0.5 * 0.1 on, falls from a quarter of that
    assert ask(LEVEL._replace(fast=fast), BoldDriverState(0.45))[:2] == (0.2, "dead_band")


def test_tolerance_zero_takes_every_rise_and_fall():
    state = BoldDriverState(0.45)
    assert ask(LEVEL._replace(fast=0.501), state, tolerance=0.0)[1] == "worse"
    assert ask(LEVEL._replace(fast=0.499), state, tolerance=0.0)[1] == "improving"


def test_a_high_loss_that_has_begun_to_fall_is_not_cut_again():
    assert ask(LEVEL._replace(fast=0.56), BoldDriverState(0.57))[:2] == (0.2, "dead_band")


def test_after_a_cut_it_waits_for_the_answer():
    falling, state = LEVEL._replace(fast=0.4), BoldDriverState(0.5, wait=2)
    rate, reason, state = ask(falling, state)
    assert (rate, reason, state) == (0.2, "cooldown", BoldDriverState(0.4, wait=1))
    rate, reason, state = ask(falling, state)
    assert (rate, reason) == (0.2, "cooldown")
    assert ask(falling, state)[1] == "improving"


def test_worse_than_no_skill_is_cut_even_when_it_does_not_rise():
    level = LOST._replace(slow=8.0)
    assert ask(level, BoldDriverState(8.0)) == (0.1, "no_skill", BoldDriverState(8.0, 4, 1))
    assert ask(level, BoldDriverState(8.0), no_skill=2.01)[:2] == (0.2, "dead_band")


def test_the_first_decision_cuts_a_loss_beyond_no_skill():
    first = LOST._replace(slow=8.0, noise=0.0)
    assert ask(first, BoldDriver().init(10.0)[1])[:2] == (0.1, "no_skill")


def test_without_skill_but_falling_the_rate_goes_up():
    # Weights that a high rate blew up come home at some rate, not at none
    falling = LOST._replace(fast=6.0, slow=7.0)
    assert ask(falling, BoldDriverState(6.5))[:2] == (0.21, "improving")


def test_without_skill_but_flat_the_rate_goes_up():
    # A log loss of ln 2 for ever: the rate is too low, not too high
    flat = LEVEL._replace(loss=0.693, baseline=0.1, fast=0.694, slow=0.693, noise=0.001)
    assert ask(flat, BoldDriverState(0.692))[:2] == (0.21, "improving")


def test_it_does_not_cut_for_ever():
    driver, state, rates = BoldDriver(cooldown=0, patience=3), BoldDriverState(8.0), []
    for _ in range(5):
        proposal, state = driver.update(LOST, state)
        rates.append(proposal.rate)
    assert rates == [0.1, 0.1, 0.1, 0.2, 0.2]
    assert driver.update(LOST, state)[0].reason == "patience"


def test_skill_renews_the_patience():
    assert ask(LEVEL, BoldDriverState(0.5, cuts=10))[2].cuts == 0


@pytest.mark.parametrize("change", [{"loss": math.nan}, {"nonfinite": 1}])
def test_a_loss_that_is_not_finite_is_cut_at_once(change):
    broken = LEVEL._replace(**change)
    state = BoldDriverState(0.5, wait=3)
    assert ask(broken, state) == (0.1, "nonfinite", BoldDriverState(0.5, 3, 1))


def test_and_not_for_ever_either():
    broken, state = LEVEL._replace(loss=math.nan), BoldDriverState(0.5, cuts=10)
    assert ask(broken, state) == (0.2, "patience", state)


def test_a_drift_starts_again():
    moved = LOST._replace(drift=True)
    assert ask(moved, BoldDriverState(1.0, 3, 5)) == (0.2, "drift", BoldDriverState(8.0))


def test_a_field_out_of_range_is_named():
    with pytest.raises(Invalid, match=r"factor_up: must be >= 1, got 0.9; factor_down: .* got 1"):
        BoldDriver(factor_up=0.9, factor_down=1.0)
