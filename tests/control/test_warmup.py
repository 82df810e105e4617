"""Warmup rises like PyTorch's LinearLR, then gets out of the way."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from lrcontrol.control import Cosine, Proposal, Reading, Warmup


class Heard(NamedTuple):
    """A controller whose state is the steps it was shown; it keeps the rate in force."""

    def init(self, rate: float) -> tuple[Proposal, tuple[int, ...]]:
        return Proposal(rate, "start"), ()

    def update(self, reading: Reading, state: tuple[int, ...]) -> tuple[Proposal, tuple[int, ...]]:
        return Proposal(reading.rate, "improving"), (*state, reading.step)


def at(step: int, rate: float = 0.1) -> Reading:
    return Reading(step=step, rate=rate, loss=1.0)


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 0.025), (1, 0.03125), (2, 0.0375), (3, 0.04375), (4, 0.05), (5, 0.05)]
)
def test_linearlr_values(step, rate):
    # The table in the documentation of torch.optim.lr_scheduler.LinearLR
    warm = Warmup(Heard(), start_factor=0.5, total_iters=4)
    proposal, _ = warm.update(at(step), warm.init(0.05)[1])
    assert (proposal.rate, proposal.reason) == (pytest.approx(rate), "warmup")


def test_the_first_period_starts_low_already():
    proposal, _ = Warmup(Heard(), start_factor=0.1).init(0.5)
    assert proposal == Proposal(0.05, "warmup")


def test_the_controller_behind_sees_only_whole_periods_after_the_warm_up():
    warm = Warmup(Heard(), start_factor=0.5, total_iters=100)
    state, asked = warm.init(0.2)[1], []
    for step in (64, 128, 192, 256):
        proposal, state = warm.update(at(step, rate=0.17), state)
        asked.append((round(proposal.rate, 4), proposal.reason))
    # At 128 the warm-up ends at the start rate itself; that period's loss is still the warm-up's
    assert asked == [(0.164, "warmup"), (0.2, "warmup"), (0.17, "improving"), (0.17, "improving")]
    assert state.then == (92, 156)


def test_a_schedule_behind_counts_from_the_end_of_the_warm_up():
    cosine = Cosine(t_0=1000)
    warm = Warmup(cosine, total_iters=100)
    _, state = warm.update(at(100), warm.init(0.5)[1])
    assert warm.update(at(350), state)[0].rate == cosine.at(250, 0.5)
