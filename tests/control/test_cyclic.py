"""Cyclic against PyTorch's CyclicLR."""

from __future__ import annotations

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import Cyclic


def torch_rate(c: Cyclic, step: int, base: float) -> float:
    """PyTorch's own arithmetic, cycle by floating-point floor."""
    up = float(c.step_size_up)
    total = up + (c.step_size_down or up)
    cycle = math.floor(1 + step / total)
    x = 1.0 + step / total - cycle
    height = x / (up / total) if x <= up / total else (x - 1) / (up / total - 1)
    scale = {
        "triangular": 1.0,
        "triangular2": 1 / (2.0 ** (cycle - 1)),
        "exp_range": c.gamma**step,
    }
    return base + (c.max_lr - base) * height * scale[c.mode]


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
@pytest.mark.parametrize("down", [None, 30, 200])
def test_torch_values(mode, down):
    cyclic = Cyclic(0.1, step_size_up=100, step_size_down=down, mode=mode, gamma=0.999)
    for step in range(0, 1000, 7):
        assert cyclic.at(step, 0.02) == pytest.approx(torch_rate(cyclic, step, 0.02), rel=1e-9)


def test_the_tip_is_max_lr_and_the_foot_the_start_rate():
    cyclic = Cyclic(max_lr=0.1, step_size_up=10, step_size_down=40)
    assert [cyclic.at(step, 0.02) for step in (0, 10, 50, 60)] == [0.02, 0.1, 0.02, 0.1]


def test_an_unknown_mode_is_named_with_the_known_ones():
    with pytest.raises(Invalid, match=r"mode: must be one of \('triangular', .*got 'square'"):
        Cyclic(mode="square")  # type: ignore[arg-type]
