"""Losses from scores, and predictions cut to the range of the labels seen."""

import math

import numpy as np
import pytest

from lrcontrol.kernels import clamp, losses


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_squared_error_is_capped_and_nan_is_the_worst():
    loss = losses("regression", column(3.0, 1e200, math.nan), np.array([1.0, 0.0, 0.0]))
    assert loss[:, 0].tolist() == [4.0, 1e300, 1e300]


def test_binary_log_loss_is_exact_far_from_the_margin():
    loss = losses("binary", column(0.0, 20.0, -33.0, 50.0), np.array([1.0, 1.0, 1.0, 0.0]))
    assert loss[:, 0] == pytest.approx([math.log(2), math.exp(-20), 33.0, 34.538776], rel=1e-7)


def test_multiclass_log_loss_is_capped():
    loss = losses("multiclass", column(-0.5, -100.0), np.array([2.0, 0.0]))
    assert loss[:, 0] == pytest.approx([0.5, 34.538776])


def test_clamp_keeps_to_the_labels_before():
    clamped = clamp(column(5.0, 5.0, 5.0, -5.0), np.array([1.0, 2.0, 0.5, 9.0]))
    assert clamped[:, 0].tolist() == [0.0, 1.0, 2.0, 0.5]


def test_clamp_of_no_records():
    assert clamp(np.empty((0, 3)), np.empty(0)).shape == (0, 3)
