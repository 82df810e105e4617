"""Cosine against PyTorch's CosineAnnealingWarmRestarts."""

from __future__ import annotations

import math

import pytest

from lrcontrol.control import Cosine


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.1), (250, 0.001 + 0.099 * (1 + math.sqrt(0.5)) / 2), (500, 0.0505), (1000, 0.1)],
)
def test_equal_cycles(step, rate):
    assert Cosine(t_0=1000, eta_min=0.001).at(step, 0.1) == pytest.approx(rate, rel=1e-12)


def torch_place(step: int, t_0: int, t_mult: int) -> tuple[float, float]:
    """PyTorch's own arithmetic, with its logarithm."""
    n = int(math.log(step / t_0 * (t_mult - 1) + 1, t_mult))
    return step - t_0 * (t_mult**n - 1) / (t_mult - 1), t_0 * t_mult**n


@pytest.mark.parametrize("t_mult", [2, 3])
@pytest.mark.parametrize("step", [1, 9, 11, 29, 31, 69, 71, 500, 12345])
def test_growing_cycles(t_mult, step):
    t, t_i = torch_place(step, 10, t_mult)
    rate = 0.01 + 0.49 * (1 + math.cos(math.pi * t / t_i)) / 2
    assert Cosine(t_0=10, t_mult=t_mult, eta_min=0.01).at(step, 0.5) == pytest.approx(rate)


@pytest.mark.parametrize("cycles", range(1, 40))
def test_every_restart_is_met_exactly(cycles):
    # Lengths 7, 21, 63...: here a logarithm may round a restart into the cycle before it
    restart = 7 * (3**cycles - 1) // 2
    assert Cosine(t_0=7, t_mult=3).at(restart, 0.1) == 0.1
