"""The window: plain means at first, fading ones later, and nothing that is not finite in them."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.control import Averages, Horizons, read

HORIZONS = Horizons(fast=100, slow=1000)


def one(losses, averages=None, baseline_sum=0.0):
    return read(HORIZONS, 640, 0.1, losses, baseline_sum, averages or Averages())


def test_the_first_period_sets_both_means():
    reading, averages = one([1.0, 3.0], baseline_sum=5.0)
    assert reading == (640, 0.1, 2.0, 2.5, 2.0, 2.0, 0.0, 2, 0, False, (), None)
    assert averages == Averages(fast=2.0, slow=2.0, noise=0.0, records=2, judged=0)


def test_later_periods_fade_by_their_share_of_the_horizon():
    # Mean of all losses so far, weighted exp(-age / horizon): 10, then 20 fifty records later
    _, averages = one([10.0] * 50)
    reading, _ = one([20.0] * 50, averages)
    old = math.exp(-0.5)
    assert reading.fast == pytest.approx((10.0 * old + 20.0) / (old + 1.0), rel=1e-12)
    old = math.exp(-0.05)
    assert reading.slow == pytest.approx((10.0 * old + 20.0) / (old + 1.0), rel=1e-12)


def test_after_long_the_weight_is_that_of_a_fading_mean():
    averages = Averages(fast=1.0, slow=1.0, records=10**9, judged=10**9)
    reading, _ = one([2.0] * 64, averages)
    assert reading.fast == pytest.approx(1.0 + (1.0 - math.exp(-0.64)), rel=1e-12)


def test_noise_is_the_scatter_around_the_slow_mean_before():
    _, averages = one([10.0] * 50)
    _, averages = one([13.0] * 50, averages)
    assert averages.noise == pytest.approx(3.0)  # one distance so far: itself
    slow, old = averages.slow, math.exp(-0.05)
    _, averages = one([slow + 1.0] * 50, averages)
    # root mean square of 3 and 1, the older one faded
    assert averages.noise == pytest.approx(math.sqrt((9.0 * old + 1.0) / (old + 1.0)))


def test_losses_that_are_not_finite_are_counted_and_left_out():
    reading, averages = one([1.0, math.nan, 3.0, math.inf], baseline_sum=8.0)
    assert (reading.loss, reading.records, reading.nonfinite) == (2.0, 4, 2)
    assert reading.baseline == 2.0
    assert averages.records == 2


@pytest.mark.parametrize("losses", [[], [math.nan] * 3])
def test_a_period_without_a_finite_loss_leaves_the_averages(losses):
    _, averages = one([1.0] * 10)
    reading, after = one(losses, averages)
    assert math.isnan(reading.loss)
    assert (reading.fast, reading.nonfinite) == (1.0, len(losses))
    assert after == averages


def test_a_period_may_be_one_record():
    assert one([2.0], baseline_sum=3.0)[0][2:4] == (2.0, 3.0)


def test_before_the_first_finite_loss_nothing_is_known():
    reading, averages = one([math.inf])
    assert math.isnan(reading.fast)
    assert math.isnan(reading.slow)
    assert averages == Averages()


def test_the_mean_of_diverged_losses_does_not_overflow():
    reading, averages = one([1e308] * 50)
    assert reading.loss == pytest.approx(1e308)
    _, averages = one([1.0] * 50, averages)
    assert math.isfinite(averages.noise)
    assert averages.noise > 1e307


@settings(derandomize=True, deadline=None)
@given(
    periods=st.lists(
        st.lists(st.one_of(st.floats(0.0, 1e300), st.just(math.nan)), max_size=9), max_size=12
    )
)
def test_the_averages_are_finite_within_the_losses_and_survive_json(periods):
    averages = HORIZONS.init()
    for losses in periods:
        _, averages = one(losses, averages)
    finite = [loss for losses in periods for loss in losses if math.isfinite(loss)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    for mean in (averages.fast, averages.slow):
        assert low * (1 - 1e-9) <= mean <= high * (1 + 1e-9)
    assert 0.0 <= averages.noise <= high
    assert Averages(*json.loads(json.dumps(averages, allow_nan=False))) == averages


def test_the_fast_horizon_is_the_shorter_one():
    with pytest.raises(Invalid, match=r"fast: must be below slow \(100\)"):
        Horizons(fast=100, slow=100)
