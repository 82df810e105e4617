"""Decisions taken again from the log alone: all of them, to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from decisions.streams import Logged, loop_of, records

from lrcontrol.control import CONTROLLERS
from lrcontrol.control.auto import Auto
from lrcontrol.control.base import PerRecord
from lrcontrol.control.guarding import Ladder
from lrcontrol.decisions.rederive import replayed
from lrcontrol.decisions.rotated import series
from lrcontrol.status import Override

DERIVABLE = [
    name for name, kind in CONTROLLERS.items() if not issubclass(kind, PerRecord) and kind != Auto
]


@pytest.mark.parametrize("name", DERIVABLE)
def test_every_decision_of_a_controller_is_derived_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / "log"
    logged = Logged(path, {"m": loop_of(name, divergence=None)})
    logged.log.begin({})
    logged.learn("m", list(records(6400)))
    logged.log.close()
    verdict = replayed([path]).models["m"]
    assert (verdict.derived, verdict.first) == (100, "")


@pytest.mark.parametrize("name", ["race", "trace"])
def test_what_a_learner_decides_on_each_record_is_taken_as_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / "log"
    logged = Logged(path, {"m": loop_of(name)})
    logged.log.begin({})
    logged.learn("m", list(records(3200)))
    logged.log.close()
    replay = replayed([path])
    assert dict(replay.models["m"].told) == {"each record": 50}
    assert replay.agrees


def test_the_last_file_alone_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "log"
    loops = {"m": loop_of("pid"), "n": loop_of("bold_driver")}
    logged = Logged(path, loops, max_bytes=40_000, files=2)
    logged.log.begin({})
    given = list(records(12_800))
    for start in range(0, len(given), 320):
        logged.learn("m", given[start : start + 320])
        logged.learn("n", given[start : start + 320])
        logged.log.flush()
    logged.log.close()
    assert len(series(path)) == 2
    assert logged.log.status.rotated > 1
    alone = replayed([path])
    assert alone.agrees
    assert alone.models["m"].told.total() == 0
    assert alone.models["m"].derived > 20
    both = replayed(series(path))
    assert both.agrees
    assert both.models["n"].derived > alone.models["n"].derived


def test_orders_and_the_ladder_are_told_and_the_rest_is_derived(tmp_path: Path) -> None:
    path = tmp_path / "log"
    loop = loop_of("pid", divergence=Ladder())
    logged = Logged(path, {"m": loop})
    logged.log.begin({})
    logged.learn("m", list(records(3200)))
    loop.hold(Override("kim", "incident", 0.0, rate=3.0), forced=True)
    logged.keep("m")
    logged.learn("m", list(records(640, seed=2)))
    loop.release("kim")
    loop.by_hand("roll_back", "kim", "worse since noon")
    logged.keep("m")
    logged.learn("m", list(records(3200, seed=3)))
    logged.log.close()
    replay = replayed([path])
    verdict = replay.models["m"]
    assert replay.agrees
    assert verdict.told["order"] >= 3 + 9
    assert verdict.derived >= 90


def edited(path: Path, old: bytes, new: bytes, after: int = 0) -> None:
    text = path.read_bytes()
    at = text.index(old, after)
    path.write_bytes(text[:at] + new + text[at + len(old) :])


@pytest.fixture
def pid(tmp_path: Path) -> Path:
    """A log of a hundred decisions of a PID controller."""
    path = tmp_path / "log"
    logged = Logged(path, {"m": loop_of("pid", divergence=None)})
    logged.log.begin({})
    logged.learn("m", list(records(6400)))
    logged.log.close()
    return path


def test_the_last_bit_of_a_reading_is_enough_to_disagree(pid: Path) -> None:
    place = pid.read_bytes().index(b'"number":50,')
    start = pid.read_bytes().index(b'"fast":', place) + 7
    digits = pid.read_bytes()[start : pid.read_bytes().index(b",", start)]
    edited(pid, digits, repr(float(digits) * (1 + 2**-52)).encode(), start)
    replay = replayed([pid])
    assert not replay.agrees
    assert replay.models["m"].disagreements == 1
    assert "decision 50 at step 3200: " in replay.models["m"].first
    assert replay.models["m"].told["no state"] == 50


def test_a_missing_line_costs_the_state_and_is_counted(pid: Path) -> None:
    lines = pid.read_bytes().splitlines(keepends=True)
    pid.write_bytes(b"".join(lines[:40] + lines[41:]))
    replay = replayed([pid])
    assert replay.agrees
    assert replay.missing == 1
    assert (replay.models["m"].derived, replay.models["m"].told["no state"]) == (39, 60)


def test_a_broken_line_is_named_and_a_torn_last_one_is_no_error(pid: Path) -> None:
    whole = pid.read_bytes()
    pid.write_bytes(whole[:-9])
    torn = replayed([pid])
    assert torn.agrees
    assert torn.torn == 1
    edited(pid, b'"number":7,', b'"number":,')
    replay = replayed([pid])
    assert not replay.agrees
    assert replay.unreadable[0].startswith(f"{pid}:8: JSON is malformed")


def test_a_lie_about_the_action_or_the_rate_before_is_found(pid: Path) -> None:
    text = pid.read_bytes()
    place = text.index(b'"number":20,')
    action = text[text.index(b'"action":"', place) + 10 :].split(b'"')[0]
    edited(pid, action, b"keep" if action != b"keep" else b"raise", place)
    assert "the rate went from" in replayed([pid]).models["m"].first
