"""Limits: range, slew and dead band, and which of them held a proposal back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.control import Limits

LIMITS = Limits(low=1e-3, high=1.0, slew=2.0, dead_band=0.1)


@pytest.mark.parametrize(
    ("asked", "held", "rate", "limit"),
    [
        (0.15, 0.1, 0.15, "none"),
        (0.1, 0.1, 0.1, "none"),
        (0.105, 0.1, 0.1, "dead_band"),
        (0.095, 0.1, 0.1, "dead_band"),
        (0.3, 0.1, 0.2, "slew"),
        (0.03, 0.1, 0.05, "slew"),
        (5.0, 0.9, 1.0, "high"),
        (1e-5, 1.2e-3, 1e-3, "low"),
        (5.0, 1.0, 1.0, "high"),
        (5.0, 0.99, 1.0, "high"),  # a move within the dead band, but all the way to the limit
        (math.nan, 0.1, 0.1, "nonfinite"),
        (math.inf, 0.1, 0.1, "nonfinite"),
        (-math.inf, 0.1, 0.1, "nonfinite"),
        (0.0, 0.1, 0.1, "nonfinite"),
        (-1.0, 0.1, 0.1, "nonfinite"),
    ],
)
def test_apply(asked, held, rate, limit):
    assert LIMITS.apply(asked, held) == (pytest.approx(rate), limit)


@pytest.mark.parametrize("asked", [8.0, 8.1, math.nan])
def test_a_rate_held_above_the_range_comes_in_by_slewed_steps(asked):
    held, seen = 8.0, []
    for _ in range(4):
        held, limit = LIMITS.apply(asked, held)
        seen.append((held, limit))
    last = "nonfinite" if math.isnan(asked) else "high"
    assert [rate for rate, _ in seen] == [4.0, 2.0, 1.0, 1.0]
    assert seen[-1][1] == last


def test_a_rate_held_below_the_range_comes_in_too():
    assert LIMITS.apply(asked=3e-4, held=3e-4) == (6e-4, "slew")


def test_without_slew_the_rate_jumps():
    assert Limits(slew=None).apply(asked=1e-5, held=1.0) == (1e-5, "none")
    assert Limits(slew=None).apply(asked=1e-9, held=1.0) == (1e-6, "low")


@settings(derandomize=True, max_examples=300)
@given(
    asked=st.floats(),
    held=st.floats(min_value=1e-300, max_value=1e300),
    slew=st.one_of(st.none(), st.floats(1.01, 100)),
    dead_band=st.sampled_from([0.0, 0.005]),
)
def test_the_rate_is_finite_positive_and_within_what_the_limits_say(asked, held, slew, dead_band):
    limits = Limits(low=1e-6, high=10.0, slew=slew, dead_band=dead_band)
    rate, limit = limits.apply(asked, held)
    assert 0.0 < rate < math.inf
    if slew is not None:
        assert held / slew * (1 - 1e-9) <= rate <= held * slew * (1 + 1e-9)
    if limits.low <= held <= limits.high:
        assert limits.low <= rate <= limits.high
    assert (limit == "none") == (rate == asked)


def test_contain_lets_a_rate_within_the_range_start():
    assert Limits().contain(10.0) == 10.0


@pytest.mark.parametrize("rate", [11.0, 1e-7, math.nan])
def test_contain_refuses_any_other(rate):
    with pytest.raises(Invalid, match="initial_rate: must be within limits, 1e-06 to 10, got"):
        Limits().contain(rate)


def test_every_mistake_is_named_at_once():
    with pytest.raises(Invalid) as found:
        Limits(low=1.0, high=0.1, slew=1.5, dead_band=0.6)
    assert [field for field, _ in found.value.problems] == ["low", "dead_band"]
    with pytest.raises(Invalid, match=r"low: must be >= 1e-09, got 1e-12; high: .* 10000, got 1e"):
        Limits(low=1e-12, high=1e6)
