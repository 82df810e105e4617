"""What every controller of the table promises, whatever its law."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.control import CONTROLLERS, BoldDriver, Controller, Proposal, Reading, Warmup
from lrcontrol.control.base import PerRecord, Reason

#: One of each; those that cannot be made without arguments by hand.
MADE: dict[str, Controller[Any]] = {"warmup": Warmup(BoldDriver(), total_iters=300)}
ALL = {name: MADE.get(name) or kind() for name, kind in CONTROLLERS.items()}
ADAPTIVE = ("plateau", "bold_driver", "pid")

rates = st.floats(1e-9, 1e4)
losses = st.floats(1e-100, 1e100)
broken = st.sampled_from([math.nan, math.inf])
often = settings(derandomize=True, max_examples=100, deadline=None)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    records = draw(st.integers(1, 1000))
    return Reading(
        step=draw(st.integers(1, 10**15)),
        rate=draw(rates),
        loss=draw(st.one_of(losses, broken)),
        baseline=draw(st.one_of(losses, st.just(0.0))),
        fast=draw(losses),
        slow=draw(losses),
        noise=draw(st.one_of(losses, st.just(0.0))),
        records=records,
        nonfinite=draw(st.sampled_from([0, 0, 1, records])),
        drift=draw(st.sampled_from([False, False, True])),
    )


histories = st.lists(readings(), min_size=1, max_size=12)


def run(
    controller: Controller[Any], start: float, seen: Sequence[Reading]
) -> tuple[list[Proposal], Any]:
    state, proposals = controller.init(start)[1], []
    for reading in seen:
        proposal, state = controller.update(reading, state)
        proposals.append(proposal)
    return proposals, state


def thaw(data: Any, like: Any) -> Any:
    """Rebuild a state from its JSON, after the state that ``init`` gives."""
    if not isinstance(like, tuple):
        return data
    return type(like)(*(thaw(d, part) for d, part in zip(data, like, strict=True)))


# One history is shown to all of them: drawing it costs more than all their answers.


@often
@given(start=rates, seen=histories)
def test_the_rate_is_finite_and_positive_and_the_reason_is_listed(start, seen):
    for name, controller in ALL.items():
        for proposal in run(controller, start, seen)[0]:
            assert 0.0 < proposal.rate < math.inf, name
            assert proposal.reason in get_args(Reason), name
            assert all(math.isfinite(term) for term in proposal.terms.values()), name


@often
@given(start=rates, seen=histories, last=readings())
def test_the_same_reading_and_state_give_the_same_answer_and_stay_as_they_were(start, seen, last):
    for name, controller in ALL.items():
        state = run(controller, start, seen)[1]
        before = repr((controller, last, state))
        first = controller.update(last, state)
        assert repr((controller, last, state)) == before, name
        assert controller.update(last, state) == first, name


@often
@given(start=rates, seen=histories)
def test_the_state_survives_json(start, seen):
    for name, controller in ALL.items():
        state = run(controller, start, seen)[1]
        text = json.dumps(state, allow_nan=False)
        assert thaw(json.loads(text), controller.init(1.0)[1]) == state, name


@often
@given(start=rates, seen=histories, unit=st.integers(-20, 20))
def test_the_unit_of_the_loss_changes_no_proposal(start, seen, unit):
    k = 2.0**unit  # 1e-6 to 1e6, and exact
    scaled = [
        r._replace(
            loss=k * r.loss,
            baseline=k * r.baseline,
            fast=k * r.fast,
            slow=k * r.slow,
            noise=k * r.noise,
        )
        for r in seen
    ]
    for name, controller in ALL.items():
        assert run(controller, start, scaled)[0] == run(controller, start, seen)[0], name


@often
@given(seen=histories)
def test_an_adaptive_controller_moves_from_the_rate_in_force(seen):
    # Twice the applied rates: twice the proposals, so no limit or hold can wind it up
    faster = [r._replace(rate=2.0 * r.rate) for r in seen]
    for name in ADAPTIVE:
        once = [p.rate for p in run(ALL[name], 1.0, seen)[0]]
        twice = [p.rate for p in run(ALL[name], 123.0, faster)[0]]
        assert twice == [2.0 * rate for rate in once], name


@often
@given(seen=histories, rate=rates)
def test_a_schedule_sees_nothing_but_the_step(seen, rate):
    blank = [Reading(r.step, rate=rate, loss=0.0) for r in seen]
    each = {name for name, made in ALL.items() if isinstance(made, PerRecord)}
    for name in ALL.keys() - {*ADAPTIVE, *each, "warmup"}:
        assert run(ALL[name], 0.1, seen)[0] == run(ALL[name], 0.1, blank)[0], name


@pytest.mark.parametrize("name", CONTROLLERS)
def test_a_controller_documents_its_fields_and_says_when_it_fails(name):
    kind = CONTROLLERS[name]
    assert is_dataclass(kind)
    text = inspect.getdoc(kind)
    assert text is not None
    assert "Fails" in text
    assert "Examples\n--------\n>>> " in text
    parameters = text.partition("Parameters\n")[2]
    assert [f.name for f in fields(kind) if f"\n{f.name}\n    " not in parameters] == []


def test_importing_the_controllers_loads_nothing_heavy():
    code = "import sys, lrcontrol.control; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "lrcontrol.control.pid" in loaded
    assert not {"river", "numpy", "yaml", "msgspec", "logging", "socket"} & set(loaded)
