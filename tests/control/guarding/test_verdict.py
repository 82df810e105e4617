"""The verdict on a period: finite is not enough."""

from __future__ import annotations

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import Reading
from lrcontrol.control.guarding import Level, Standard

GOOD = Level(loss=0.1, records=2000, scale=0.7)


def reading(loss: float, baseline: float = 0.7, **more: int) -> Reading:
    return Reading(0, 0.1, loss, baseline, records=64, **more)


@pytest.mark.parametrize(
    ("loss", "baseline", "verdict"),
    [
        (0.1, 0.7, "good"),
        (0.45, 0.3, "good"),  # below five times its level
        (0.87, 0.7, "good"),  # a drift, but still no worse than no skill
        (0.88, 0.7, "worse"),
        (99.0, 0.7, "worse"),
        (101.0, 1e9, "absurd"),  # though no skill is ruined, too
        (math.nan, 0.7, "nonfinite"),
        (math.inf, 0.7, "nonfinite"),
    ],
)
def test_a_loss_is_held_against_its_own_level_and_no_skill(loss, baseline, verdict):
    assert Standard().judge(reading(loss, baseline), GOOD) == verdict


def test_one_loss_that_is_not_finite_is_enough():
    assert Standard().judge(reading(0.1, nonfinite=1), GOOD) == "nonfinite"


def test_the_first_period_is_good_however_high():
    assert Standard().judge(reading(1e12), Level()) == "good"


def test_a_stream_that_became_constant_raises_no_alarm():
    level = Level(loss=0.0, records=5000, scale=2.0)
    assert Standard().judge(reading(1e-6, 0.0), level) == "good"
    assert Standard().judge(reading(1e-4, 0.0), level) == "worse"


def test_the_level_is_a_plain_mean_first_and_fades_later():
    standard, level = Standard(horizon=1000), Level()
    for loss in (1.0, 3.0):
        level = standard.learn(reading(loss), level)
    assert level.loss == pytest.approx(2.0, rel=0.05)
    for _ in range(200):
        level = standard.learn(reading(5.0, math.nan), level)
    assert level.loss == pytest.approx(5.0, rel=0.01)
    assert level.scale == 0.7


def test_absurd_lies_beyond_worse():
    with pytest.raises(Invalid, match="absurd: must be above 5"):
        Standard(absurd=4.0)
