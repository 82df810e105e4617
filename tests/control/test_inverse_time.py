"""InverseTime against its formula, and against River's own schedule."""

from __future__ import annotations

import pytest
from river.optim.schedulers import InverseScaling

from lrcontrol.checks import Invalid
from lrcontrol.control import InverseTime


@pytest.mark.parametrize(("step", "rate"), [(0, 0.3), (1000, 0.15), (2000, 0.1), (5000, 0.05)])
def test_time_based_decay(step, rate):
    decay = InverseTime(decay_rate=1.0, transition_steps=1000, power=1.0)
    assert decay.at(step, 0.3) == pytest.approx(rate)


@pytest.mark.parametrize("step", [0, 1, 7, 1000, 10**6])
def test_the_default_is_rivers_inverse_scaling(step):
    assert InverseTime().at(step, 0.2) == pytest.approx(InverseScaling(0.2).get(step), rel=1e-12)


def test_decay_rate_is_per_transition_steps():
    # 0.1 / (1 + 3 * 500 / 100) ** 0.25 = 0.1 / 2
    decay = InverseTime(decay_rate=3.0, transition_steps=100, power=0.25)
    assert decay.at(500, 0.1) == pytest.approx(0.05)


def test_the_steepest_decay_is_still_positive_on_an_endless_stream():
    assert InverseTime(decay_rate=1e6, transition_steps=1, power=10.0).at(10**15, 1e-9) > 0.0


def test_a_field_out_of_range_is_named():
    with pytest.raises(Invalid, match="power: must be <= 10, got 11"):
        InverseTime(power=11.0)
