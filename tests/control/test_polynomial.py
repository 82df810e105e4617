"""Polynomial against optax's polynomial_schedule."""

from __future__ import annotations

import pytest

from lrcontrol.control import Polynomial


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 1.0), (5, 1.0), (6, 0.9803), (104, 0.0101), (105, 0.01), (110, 0.01)]
)
def test_the_values_in_the_documentation_of_optax(step, rate):
    square = Polynomial(end_value=0.01, power=2, transition_steps=100, transition_begin=5)
    assert square.at(step, 1.0) == pytest.approx(rate, abs=5e-5)


def test_a_line_may_also_rise():
    assert Polynomial(end_value=0.5, transition_steps=10).at(5, 0.1) == pytest.approx(0.3)
