"""Step against PyTorch's StepLR."""

from __future__ import annotations

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import Step


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 0.05), (29, 0.05), (30, 0.005), (59, 0.005), (60, 5e-4), (90, 5e-5)]
)
def test_steplr_values(step, rate):
    # The table in the documentation of torch.optim.lr_scheduler.StepLR
    assert Step(step_size=30, gamma=0.1).at(step, 0.05) == pytest.approx(rate, rel=1e-12)


def test_it_never_underflows_to_zero():
    assert Step(step_size=1, gamma=1e-3).at(10**12, 1e-9) > 0.0


def test_a_field_out_of_range_is_named():
    with pytest.raises(Invalid, match="gamma: must be <= 1, got 2"):
        Step(gamma=2.0)
