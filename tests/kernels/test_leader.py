"""The leader rule: who is behind is left, soon at first, later only beyond the dead band."""

import math

import numpy as np
import pytest

from lrcontrol.kernels.leader import Leader, lead, witness
from lrcontrol.kernels.outlook import BINARY, MULTICLASS, REGRESSION, doubted


def fresh(members: int, served: int = 0) -> Leader:
    at = np.array([served], np.int64)
    return Leader(np.zeros(members), at, np.zeros(1), np.zeros(3), np.zeros(members))


def follow(kind: int, losses, memory=1000.0, switch=0.5) -> list[int]:
    """Return who served each record of the losses (records, members)."""
    leader, served = fresh(losses.shape[1]), []
    for t, row in enumerate(losses):
        now = leader.served[0]
        served.append(int(now))
        lead(kind, memory, switch, row.copy(), row[now], t + 1, leader)
    return served


def test_the_better_member_is_soon_served():
    losses = np.tile([1.0, 0.5], (50, 1))
    assert follow(REGRESSION, losses)[:3] == [0, 1, 1]


def test_within_the_dead_band_nothing_changes():
    losses = np.tile([1.0, 1.0], (400, 1))
    losses[300:, 0] += 0.004  # 0.4 nats in all
    assert set(follow(BINARY, losses)) == {0}
    assert 1 in follow(BINARY, losses, switch=0.3)


def test_the_unit_of_a_squared_loss_does_not_matter():
    rng = np.random.default_rng(1)
    losses = rng.exponential(size=(600, 5)) * rng.uniform(0.5, 2.0, size=(600, 1))
    assert follow(REGRESSION, losses * 2.0**20) == follow(REGRESSION, losses)


def test_the_past_fades():
    losses = np.vstack([np.tile([0.2, 0.7], (2000, 1)), np.tile([0.7, 0.2], (2000, 1))])
    slow, fast = (follow(BINARY, losses, memory).index(1) for memory in (1000.0, 100.0))
    assert 2000 < fast < 2100 < slow < 3000


def test_one_outlier_does_not_set_the_scale_nor_the_verdict():
    losses = np.tile([1.0, 1.2], (300, 1))
    losses[100] = 1e12, 0.0
    assert follow(REGRESSION, losses)[-1] == 1  # 50 at most, which fade
    losses = np.vstack([losses, np.tile([1.0, 2.0], (600, 1))])
    assert follow(REGRESSION, losses)[-1] == 0


def test_nothing_lost_is_nothing_behind():
    assert set(follow(REGRESSION, np.zeros((20, 3)))) == {0}


def test_to_be_sure_early_counts_as_a_risk():
    assert doubted(BINARY, 30.0, 1.0, 0.0, 1) == 15.0
    assert doubted(BINARY, -30.0, 1.0, 30.0, 1) == 30.0
    assert doubted(BINARY, 30.0, 1.0, 0.0, 9999) == pytest.approx(0.003)
    assert doubted(MULTICLASS, math.log(0.5), 2.0, math.log(2.0), 1) == pytest.approx(math.log(2.0))
    assert doubted(MULTICLASS, 0.0, 2.0, 0.0, 1) == pytest.approx(34.5388 / 2, rel=1e-5)
    assert doubted(REGRESSION, 30.0, 1.0, 7.0, 1) == 7.0


def test_the_range_is_that_of_the_labels():
    leader = fresh(1)
    for y in (-3.0, 5.0, 1.0):
        witness(y, leader)
    assert leader.range.tolist() == [-3.0, 5.0, 3.0]
