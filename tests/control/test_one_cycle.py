"""OneCycle against PyTorch's OneCycleLR."""

from __future__ import annotations

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import OneCycle


def torch_rate(step: int, max_lr: float, total: int, pct: float, div: float, final: float) -> float:
    """PyTorch's own arithmetic, two phases, cosine."""
    initial = max_lr / div
    ends = [(pct * total - 1, initial, max_lr), (total - 1, max_lr, initial / final)]
    begin = 0.0
    for end, first, last in ends:
        if step <= end:
            done = (step - begin) / (end - begin)
            return last + (first - last) / 2.0 * (1 + math.cos(math.pi * done))
        begin = end
    raise AssertionError(step)


def test_torch_values():
    once = OneCycle(
        max_lr=0.5, total_steps=1000, pct_start=0.25, div_factor=10, final_div_factor=50
    )
    for step in range(0, 1000, 9):
        rate = torch_rate(step, 0.5, 1000, 0.25, 10, 50)
        assert once.at(step, 0.123) == pytest.approx(rate, rel=1e-9)


def test_lines_meet_at_the_top():
    once = OneCycle(1.0, 100, 0.5, div_factor=5, final_div_factor=4, anneal_strategy="linear")
    assert [once.at(step, 0.1) for step in (0, 49, 74, 99)] == pytest.approx([0.2, 1, 0.525, 0.05])


def test_without_max_lr_the_cycle_begins_at_the_start_rate():
    once = OneCycle(total_steps=100, div_factor=20)
    assert once.at(0, 0.01) == pytest.approx(0.01)
    assert once.at(29, 0.01) == pytest.approx(0.2)


def test_it_stays_at_the_end_where_torch_raises():
    once = OneCycle(max_lr=1.0, total_steps=100, div_factor=10, final_div_factor=10)
    assert once.at(99, 0.1) == pytest.approx(0.01)
    assert once.at(10**9, 0.1) == once.at(99, 0.1)


def test_what_is_wrong_is_named_at_once():
    with pytest.raises(Invalid) as found:
        OneCycle(total_steps=3, pct_start=0.1, anneal_strategy="sine")  # type: ignore[arg-type]
    assert [field for field, _ in found.value.problems] == ["anneal_strategy", "pct_start"]
