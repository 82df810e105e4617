"""Fixed stays."""

from __future__ import annotations

from lrcontrol.control import Fixed, Reading


def test_it_goes_back_to_the_start_rate_after_a_manual_one():
    fixed = Fixed()
    proposal, state = fixed.update(Reading(step=64, rate=0.5, loss=1.0), fixed.init(0.01)[1])
    assert (proposal.rate, proposal.reason, state) == (0.01, "fixed", 0.01)
