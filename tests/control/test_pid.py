"""PID: the velocity form by hand, its dead band, its pull, and that nothing winds it up."""

from __future__ import annotations

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control import PID, Limits, Reading
from lrcontrol.control.pid import LARGEST_CHANGE, PIDState

#: Improvement (0.5 - 0.4) / 0.5 = 0.2
FALLING = Reading(step=640, rate=0.1, loss=0.4, baseline=1.0, fast=0.4, slow=0.5, noise=0.1)
LEVEL = FALLING._replace(fast=0.5)
#: Worse than no skill, scattered, and rising: improvement (4 - 5) / 5 = -0.2
LOST = FALLING._replace(loss=6.0, baseline=2.0, fast=5.0, slow=4.0, noise=2.0)


def change(proposal, reading):
    return math.log(proposal.rate / reading.rate)


def test_the_velocity_form():
    pid = PID(kp=0.5, ki=0.1, kd=2.0)
    proposal, state = pid.update(FALLING, PIDState(last=0.05, before=0.08))
    assert proposal.terms == {
        "p": pytest.approx(0.5 * 0.15),
        "i": pytest.approx(0.1 * 0.2),
        "d": pytest.approx(2.0 * (0.2 - 0.1 + 0.08)),
    }
    assert change(proposal, FALLING) == pytest.approx(sum(proposal.terms.values()))
    assert proposal.reason == "setpoint"
    assert state == pytest.approx((0.2, 0.05))


def test_a_rise_weighs_as_much_as_the_fall_that_undoes_it():
    up, down = FALLING._replace(fast=5.0, slow=0.5), FALLING._replace(fast=0.5, slow=5.0)
    pid = PID(kp=0.0, ki=0.1, no_skill=100.0)
    changes = [change(pid.update(r, PIDState())[0], r) for r in (up, down)]
    assert changes == pytest.approx([-0.09, 0.09])


def test_the_setpoint_is_the_improvement_wanted():
    pid = PID(kp=0.0, ki=0.1, setpoint=0.3)
    assert change(pid.update(FALLING, PIDState())[0], FALLING) == pytest.approx(-0.01)


@pytest.mark.parametrize(("dead_band", "reason"), [(0.1, "setpoint"), (0.21, "dead_band")])
def test_errors_within_the_dead_band_are_none(dead_band, reason):
    proposal, state = PID(dead_band=dead_band).update(FALLING, PIDState())
    assert proposal.reason == reason
    assert (proposal.rate == 0.1) == (reason == "dead_band")
    assert (state.last == 0.0) == (reason == "dead_band")


def test_no_loss_at_all_is_no_improvement():
    perfect = FALLING._replace(loss=0.0, fast=0.0, slow=0.0, noise=0.0)
    assert PID().update(perfect, PIDState())[0].rate == 0.1


def test_saturation_does_not_wind_it_up():
    pid, limits, state, rate = PID(), Limits(high=0.1), PIDState(), 0.1
    for _ in range(500):  # asks for more, gets nothing
        proposal, state = pid.update(FALLING._replace(rate=rate), state)
        rate, limit = limits.apply(proposal.rate, rate)
    assert (rate, limit) == (0.1, "high")
    rising = FALLING._replace(fast=0.6, rate=rate)
    assert limits.apply(pid.update(rising, state)[0].rate, rate).rate < 0.1


def test_one_decision_moves_the_rate_by_a_bounded_factor():
    proposal, _ = PID(kp=100.0).update(FALLING, PIDState(last=-1.0))
    assert change(proposal, FALLING) == pytest.approx(LARGEST_CHANGE)
    assert proposal.terms["p"] == pytest.approx(120.0)  # people see what was asked


def test_worse_than_no_skill_pulls_down():
    proposal, _ = PID(kp=0.0, ki=0.1, pull=0.8, no_skill=1.5).update(LOST, PIDState())
    assert proposal.reason == "no_skill"
    assert proposal.terms["no_skill"] == pytest.approx(-0.8 * (1.0 - 1.5 * 2.0 / 6.0))
    assert change(proposal, LOST) == pytest.approx(-0.02 - 0.4)


@pytest.mark.parametrize(
    "but",
    [{"fast": 3.9}, {"noise": 0.01}, {"loss": 3.0}],
    ids=["it falls", "it is flat", "it has skill"],
)
def test_it_does_not_pull_when(but):
    proposal, _ = PID().update(LOST._replace(**but), PIDState())
    assert proposal.reason == "setpoint"
    assert "no_skill" not in proposal.terms


@pytest.mark.parametrize("what", [{"loss": math.nan}, {"nonfinite": 3}])
def test_a_loss_that_is_not_finite_halves_the_rate_and_leaves_the_errors(what):
    proposal, state = PID().update(FALLING._replace(**what), PIDState(0.1, 0.2))
    assert proposal.rate == pytest.approx(0.05, rel=0.01)
    assert (proposal.reason, state) == ("nonfinite", PIDState(0.1, 0.2))


def test_a_drift_moves_nothing_and_leaves_no_kick_behind():
    proposal, state = PID(kp=5.0, kd=5.0).update(FALLING._replace(drift=True), PIDState(-0.5, 0.5))
    assert (proposal.rate, proposal.reason) == (0.1, "drift")
    after, _ = PID(kp=5.0, ki=0.0, kd=5.0).update(FALLING, state)
    assert after.rate == pytest.approx(0.1)


def test_a_field_out_of_range_is_named():
    with pytest.raises(Invalid, match="kp: must be >= 0, got -1"):
        PID(kp=-1.0)
