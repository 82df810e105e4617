"""What can be looked at, as it is sent."""

import json
from math import inf, nan

import pytest
from clients import ask, settings

from lrcontrol import __version__
from lrcontrol.checkpoint.retention import Entry as Kept
from lrcontrol.config.checkpoint import Checkpoints
from lrcontrol.config.load import loads
from lrcontrol.control.base import Reading
from lrcontrol.decisions.entry import Made
from lrcontrol.operating.desk import Desk
from lrcontrol.status import (
    Arm,
    CheckpointStatus,
    DeadLettersStatus,
    Decision,
    LoopStatus,
    Member,
    ModelStatus,
    Override,
    SourceStatus,
    Status,
)
from lrcontrol.web.app import build_app

LOOP = LoopStatus(
    steps=100, rejected={"bounds": 2}, loss_sum=30.0, loss_count=100, baseline_sum=100.0,
    baseline_count=100, fast=0.25, rate=0.1, rates={"weights": 0.1, "odd": inf}, rung="watch",
    members=(Member("half", 0.05, 1.0, nan),), arms=(Arm("double", 0.2, 0.3, 0.25, 1, 2, 64),),
    metrics={"MAE": nan}, last=Decision(64, "keep", "fixed", "none", 0.1, 0.1, 0.1),
    mode="manual",
)  # fmt: skip
FULL = Status(
    (ModelStatus("fare", LOOP, override=Override("kim", "why", 1.0, 2.0, 0.1, 64)),),
    (SourceStatus("rides", "file", 7, letters={"decode": 1}, lag=3),),
    checkpoint=CheckpointStatus(5, problem="the disk is full"),
    letters=DeadLettersStatus(1, 2),
)


def full(name="status"):
    return ask(build_app(Desk(lambda: FULL), settings), f"/api/v1/{name}").json


def test_the_status_tells_everything():
    told = full()
    assert told["version"] == __version__
    assert told["why_not_ready"] == "source rides is not connected; the disk is full"
    assert told["sources"][0]["letters"] == {"decode": 1}
    assert told["checkpoint"]["sequence"] == 5
    assert told["dead_letters"] == {
        "held": 1, "bytes": 2, "dropped": 0, "waiting": 0, "failures": 0, "problem": "",
    }  # fmt: skip
    assert told["reload"] == {"well": True, "at": 0.0, "times": 0, "problem": ""}
    assert full("models") == {"models": told["models"]}
    assert [full("models/fare")] == told["models"]


def test_a_model_tells_what_the_page_shows():
    (told,) = full()["models"]
    assert (told["loss"], told["baseline"], told["skill"]) == (0.3, 1.0, 0.75)
    assert (told["mode"], told["rung"], told["rejected"]) == ("manual", "watch", {"bounds": 2})
    assert told["rates"] == {"weights": 0.1, "odd": None}
    assert told["metrics"] == {"MAE": None}
    assert told["members"] == [{"name": "half", "rate": 0.05, "weight": 1.0, "loss": None}]
    arm = {"name": "double", "rate": 0.2, "loss": 0.3, "served_loss": 0.25, "records": 64}
    assert told["arms"] == [arm]
    assert told["override"] == {
        "actor": "kim", "reason": "why", "since": 1.0, "expires_at": 2.0, "rate": 0.1, "step": 64,
    }  # fmt: skip


def test_before_the_first_record_there_are_no_figures():
    app = build_app(Desk(lambda: Status((ModelStatus("fare", LoopStatus()),))), settings)
    told = ask(app, "/api/v1/models/fare").json
    assert [told[k] for k in ("loss", "baseline", "skill", "last", "override")] == [None] * 5


def numbers(app, query):
    reply = ask(app, f"/api/v1/decisions{query}")
    assert reply.json["last"] == 4
    return [decision["number"] for decision in reply.json["decisions"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4]),
        ("?since=2", [3, 4]),
        ("?limit=2", [3, 4]),
        ("?limit=0", []),
        ("?model=fare", [1, 2, 4]),
        ("?model=fare&moves=true&since=1", [4]),
        ("?moves=1", [1, 3, 4]),
        ("?model=nobody", []),
        ("?since=99", []),
    ],
)
def test_decisions(app, query, expected):
    assert numbers(app, query) == expected


@pytest.mark.parametrize(
    "query",
    ["?since=-1", "?since=x", "?limit=1001", "?moves=2", "?sicne=1", "?since=1&since=2", "?since="],
)
def test_a_query_that_does_not_fit_is_refused(app, query):
    assert ask(app, f"/api/v1/decisions{query}").code == 400


def test_a_decision_tells_what_was_seen_and_by_whom(app, desk):
    seen = Reading(640, 0.1, nan, 1.0, 0.5, 0.6, 0.1, 64, 1, True)
    desk.decisions.add(
        5.5, "fare", Made(Decision(640, "lower", "worse", "slew", 1, inf, 0.5, {"p": -0.5}), seen)
    )
    desk.decisions.add(
        6.5, "fare", Made(Decision(700, "raise", "manual", "none", 1, 2, 2), None, "kim", "a test")
    )
    first, second = ask(app, "/api/v1/decisions?since=4").json["decisions"]
    assert first == {
        "number": 5, "at": 5.5, "model": "fare", "step": 640, "action": "lower",
        "reason": "worse", "limit": "slew", "before": 1.0, "asked": None, "applied": 0.5,
        "terms": {"p": -0.5}, "actor": "", "note": "",
        "seen": {
            "loss": None, "baseline": 1.0, "fast": 0.5, "slow": 0.6, "noise": 0.1,
            "records": 64, "nonfinite": 1, "drift": True,
        },
    }  # fmt: skip
    assert (second["actor"], second["note"], second["seen"]) == ("kim", "a test", None)
    assert ask(app, "/api/v1/models/fare").json["last"] == second


def test_a_model_that_is_not_there(app):
    reply = ask(app, "/api/v1/models/fair")
    assert (reply.code, reply.json["error"]) == (404, "Not Found")
    assert reply.json["detail"] == "no model is called 'fair' (there: fare, tip)"


def test_the_configuration_in_force_keeps_its_secrets(desk):
    text = """
version: 1
sources: {s: {type: dataset, name: Phishing}}
models: {m: {pipeline: [{class: linear_model.LinearRegression}], controller: {type: fixed}}}
http: {tokens: {write: "0123456789abcdef"}}
"""
    app = build_app(desk, lambda: loads(text).settings)
    reply = ask(app, "/api/v1/config")
    assert reply.json["http"]["tokens"]["write"] == "***"
    assert b"0123456789abcdef" not in reply.body


def test_checkpoints_on_disk(desk, tmp_path):
    for entry in (Kept(2, 100), Kept(3, 101), Kept(1, 99, good=True)):
        (tmp_path / entry.name).write_bytes(b"x" * entry.sequence)
    (tmp_path / "notes.txt").write_text("not ours")
    kept = settings()
    object.__setattr__(kept, "checkpoint", Checkpoints(str(tmp_path)))
    app = build_app(desk, lambda: kept)
    assert ask(app, "/api/v1/checkpoints").json["checkpoints"] == [
        {"sequence": 3, "hour": 363600.0, "good": False, "bytes": 3},
        {"sequence": 2, "hour": 360000.0, "good": False, "bytes": 2},
        {"sequence": 1, "hour": 356400.0, "good": True, "bytes": 1},
    ]
    object.__setattr__(kept, "checkpoint", Checkpoints(str(tmp_path / "none")))
    assert ask(app, "/api/v1/checkpoints").code == 503


def test_without_a_folder_there_are_none(app):
    assert ask(app, "/api/v1/checkpoints").json == {"checkpoints": []}


def test_what_is_no_number_is_null_and_nothing_is_kept_or_guessed(app):
    reply = ask(app, "/api/v1/status")
    json.loads(reply.body, parse_constant=lambda name: pytest.fail(name))
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
