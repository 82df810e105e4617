"""Operated under load, as people do it: over HTTP and by signals, on a daemon that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from commands import PATIENCE, until

RECORDS = 40_000
TEXT = """
version: 1
sources:
  world: {{type: synthetic, seed: 3, stream: linear, features: 5, speed: 8000, limit: {records}}}
models:
  found:
    pipeline: [{{class: linear_model.LinearRegression}}]
    controller: {{type: trace}}
  steered:
    pipeline: [{{class: linear_model.LinearRegression}}]
    controller: {{type: pid}}
    limits: {{low: 1.0e-4, high: 0.5, slew: 2.0}}
    divergence: {{}}
checkpoint: {{dir: {folder}/state}}
http: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
"""


class Office:
    """A daemon in a process of its own, and what may be asked of it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "c.yaml"
        self.decisions = folder / "state.decisions.ndjson"
        self.config.write_text(TEXT.format(records=RECORDS, folder=folder))
        self._log = folder / "log"
        self.begin()

    def begin(self) -> None:
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "lrcontrol", "run", str(self.config)]
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        self.base = until(self._listening)
        until(lambda: self.status()["ready"])

    def _listening(self) -> str:
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line[:1] == "{"]
        return next((line["address"] for line in lines if line["event"] == "listening"), "")

    def get(self, path: str) -> Any:
        with urlopen(self.base + path, timeout=PATIENCE) as reply:
            return json.load(reply)

    def post(self, path: str, key: str = "", **body: Any) -> tuple[int, Any]:
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        request = Request(self.base + path, json.dumps(body).encode(), headers)
        try:
            with urlopen(request, timeout=PATIENCE) as reply:
                return reply.status, json.load(reply)
        except HTTPError as error:
            return error.code, json.load(error)

    def order(self, model: str, what: str, key: str = "", **body: Any) -> Any:
        code, answer = self.post(f"/api/v1/models/{model}/{what}", key, reason="a test", **body)
        assert code == 200, answer
        return answer

    def status(self) -> Any:
        return self.get("/api/v1/status")

    def model(self, name: str) -> Any:
        return self.get(f"/api/v1/models/{name}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.kill()


def test_orders_under_load_lose_no_record_make_no_jump_and_outlive_a_kill(office):
    office.order("steered", "hold")
    held = office.model("steered")
    assert held["mode"] == "manual"
    assert held["override"]["reason"] == "a test"
    put = office.order("steered", "rate", key="k1", rate=0.02, ttl="1h")
    assert (put["applied"], put["repeated"]) == (0.02, False)
    found = office.order("found", "rate", rate=0.03, ttl="never")
    office.kill()

    office.begin()  # what was answered with success was durable
    assert office.model("steered")["override"]["rate"] == 0.02
    assert office.model("found")["rate"] == found["applied"] == 0.03
    assert office.order("steered", "rate", key="k1", rate=0.02, ttl="1h")["repeated"]
    until(lambda: office.model("steered")["steps"] > put["step"] + 4000)
    assert {office.model(name)["rate"] for name in ("steered", "found")} == {0.02, 0.03}

    assert office.order("found", "resume")["applied"] == pytest.approx(0.03, rel=1.0)
    resumed = office.order("steered", "resume")
    assert resumed["before"] == resumed["applied"] == 0.02
    back = office.order("steered", "rollback")
    assert back["applied"] < back["before"]
    code, answer = office.post("/api/v1/models/steered/rollback", reason="x", checkpoint=10**6)
    assert (code, answer["detail"][:30]) == (409, "there is no checkpoint 1000000")

    until(lambda: office.model("steered")["steps"] == RECORDS)  # each record once
    assert office.model("found")["steps"] == RECORDS
    page = office.get("/api/v1/decisions?model=steered&limit=1000")["decisions"]
    free = [
        e for e in page if not e["actor"] and e["reason"] != "diverged" and e["step"] > back["step"]
    ]
    assert all(0.5 <= e["applied"] / e["before"] <= 2.0 for e in free)


def test_every_order_is_in_the_log_of_decisions_with_who_and_why(office):
    office.order("steered", "hold")
    office.order("steered", "resume")
    office.process.send_signal(signal.SIGTERM)
    assert office.process.wait(PATIENCE) == 0
    entries = [json.loads(line) for line in office.decisions.read_text().splitlines()]
    by_hand = [(e["reason"], e["actor"], e["note"]) for e in entries if e.get("actor")]
    said = ("127.0.0.1", "a test")
    assert by_hand == [("manual", *said), ("released", *said)]


def test_a_thousand_hang_ups_leave_everything_as_it_was(office):
    office.order("found", "rate", rate=0.03, ttl="never")
    before, memory = office.model("found"), _memory(office.process.pid)
    for _ in range(1000):
        office.process.send_signal(signal.SIGHUP)
    until(lambda: office.get("/api/v1/status")["reload"]["times"] > 0)
    after = office.model("found")
    assert (after["rate"], after["mode"], after["state"]) == (0.03, "manual", "running")
    assert after["steps"] >= before["steps"]
    assert _memory(office.process.pid) < memory + 16 * 2**20


def test_a_bad_reload_changes_nothing_and_names_each_field(office):
    text = office.config.read_text()
    bad = text.replace("seed: 3", "seed: 4").replace("slew: 2.0", "slew: fast")
    office.config.write_text(bad.replace("low: 1.0e-4", "low: 1.0e-3"))
    code, answer = office.post("/api/v1/reload", reason="a test")
    assert code == 409
    assert "sources.world.seed: needs a restart" in answer["detail"]
    assert "limits.slew" in answer["detail"]
    assert office.model("steered")["low"] == 1e-4
    office.config.write_text(text.replace("low: 1.0e-4", "low: 1.0e-3"))
    code, answer = office.post("/api/v1/reload", reason="a test")
    assert (code, answer["detail"]) == (200, "models.steered.limits.low: 0.0001 -> 0.001")
    until(lambda: office.model("steered")["low"] == 1e-3)


def test_predictions_come_from_the_model_as_it_is(office):
    x = {"x0": 1.0, "x1": 0.5}
    code, answer = office.post("/v1/predict", model="found", x=x)
    assert code == 200
    assert isinstance(answer["prediction"], float)
    assert office.post("/v1/predict", model="found", x={"x0": 1e300})[0] == 422


def _memory(process: int) -> int:
    fields = Path(f"/proc/{process}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
