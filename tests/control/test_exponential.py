"""Exponential against optax's exponential_decay."""

from __future__ import annotations

import math

import pytest

from lrcontrol.control import Exponential


def test_halving_along_the_way():
    half = Exponential(decay_rate=0.5, transition_steps=100)
    assert half.at(0, 0.1) == 0.1
    assert half.at(150, 0.1) == pytest.approx(0.1 * 0.5**1.5, rel=1e-12)


def test_it_begins_after_transition_begin():
    late = Exponential(decay_rate=0.5, transition_steps=100, transition_begin=40)
    assert [late.at(step, 0.1) for step in (0, 40)] == [0.1, 0.1]
    assert late.at(140, 0.1) == pytest.approx(0.05)


def test_a_staircase_changes_at_whole_transitions():
    stairs = Exponential(decay_rate=0.5, transition_steps=100, staircase=True)
    assert stairs.at(199, 0.1) == pytest.approx(0.05)
    assert stairs.at(200, 0.1) == pytest.approx(0.025)


def test_end_value_is_a_floor_for_decay_and_a_ceiling_for_growth():
    assert Exponential(decay_rate=0.5, transition_steps=1, end_value=0.02).at(50, 0.1) == 0.02
    assert Exponential(decay_rate=2.0, transition_steps=1, end_value=0.7).at(50, 0.1) == 0.7
    assert Exponential(decay_rate=2.0, transition_steps=1, end_value=0.7).at(1, 0.1) == 0.2


@pytest.mark.parametrize("decay_rate", [1e-3, 1e3])
def test_without_an_end_it_stays_positive_and_finite(decay_rate):
    assert 0.0 < Exponential(decay_rate, transition_steps=1).at(10**12, 0.1) < math.inf
