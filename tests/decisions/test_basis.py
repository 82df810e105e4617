"""What decisions rest on, written and read again: every controller, in the middle of its story."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import Any, NamedTuple

import msgspec
import pytest

from lrcontrol.control import CONTROLLERS, PID, Limits, Plateau, Warmup
from lrcontrol.control.base import Proposal, Reading
from lrcontrol.decisions.basis import Basis, Underivable, Written, rebuilt, written


def again(basis: Basis, *allow: str) -> Basis:
    """Return a basis as another process reads it."""
    return rebuilt(msgspec.json.decode(msgspec.json.encode(written(basis)), type=Written), allow)


@pytest.mark.parametrize("name", CONTROLLERS)
def test_every_controller_comes_back_as_it_was(name: str) -> None:
    kind = CONTROLLERS[name]
    controller = Warmup(Plateau(patience=3), total_iters=128) if name == "warmup" else kind()
    state = controller.init(0.01)[1]
    for step in range(64, 641, 64):
        reading = Reading(step, 0.01, 1.0 / step, fast=1.0 / step, slow=1.5 / step, noise=0.1)
        _, state = controller.update(reading, state)
    basis = Basis(controller, Limits(slew=None), 0.01, 64, 0.02, 640, state)
    assert again(basis) == basis


def test_a_state_that_is_not_finite_comes_back() -> None:
    pid = PID()
    basis = Basis(pid, Limits(), 0.01, 64, nan, 0, pid.init(0.01)[1]._replace(last=nan, before=inf))
    back = again(basis)
    assert repr(back) == repr(basis)


class Count(NamedTuple):
    seen: int = 0


@dataclass(frozen=True)
class Own:
    """A controller that is nobody's but this test's."""

    factor: float = 2.0

    def init(self, rate: float) -> tuple[Proposal, Count]:
        return Proposal(rate, "start"), Count()

    def update(self, reading: Reading, state: Count) -> tuple[Proposal, Count]:
        return Proposal(reading.rate * self.factor, "setpoint"), Count(state.seen + 1)


def test_a_controller_of_ones_own_is_imported_only_where_that_is_allowed() -> None:
    basis = Basis(Own(factor=3.0), Limits(), 0.01, 64, 0.01, 0, Count(7))
    data = written(basis)
    assert data.controller["type"] == f"{__name__}:Own"
    with pytest.raises(Underivable, match=f"give --allow {__name__}"):
        rebuilt(data)


class Odd(Own):
    """Its state cannot be written."""

    def init(self, rate: float) -> tuple[Proposal, Any]:
        return Proposal(rate, "start"), object()


def test_what_json_cannot_hold_is_said_not_guessed() -> None:
    data = written(Basis(Odd(), Limits(), 0.01, 64, 0.01, 0, object()))
    with pytest.raises(Underivable, match="cannot be written as JSON"):
        rebuilt(data)


def test_a_parameter_this_version_does_not_have_is_named() -> None:
    data = written(Basis(PID(), Limits(), 0.01, 64, 0.01, 0, None))
    data.controller["kpp"] = 1.0
    with pytest.raises(Underivable, match="this version has no such pid: 'kpp'"):
        rebuilt(data)
    data = written(Basis(PID(), Limits(), 0.01, 64, 0.01, 0, [1.0]))
    with pytest.raises(Underivable, match="not what this version has"):
        rebuilt(data)
