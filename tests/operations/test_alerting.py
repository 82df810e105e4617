"""A model diverges in a real daemon, and the one on call is told, by a real Alertmanager."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from operations.stage import CONFIG, PATIENCE, Alertmanager, Daemon, Prometheus, until

Told = list[dict[str, Any]]


@contextmanager
def receiver() -> Iterator[tuple[int, Told]]:
    """A webhook as a pager has one: its port, and what it was told."""
    told: Told = []

    class Pager(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.extend(json.loads(body)["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pager)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], told
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()


def firing(told: Told) -> dict[str, dict[str, Any]]:
    return {a["labels"]["alertname"]: a for a in told if a["status"] == "firing"}


def test_who_is_on_call_is_told_of_a_divergence_and_of_one_thing_when_it_is_down(program, tmp_path):
    prometheus = program("prometheus", "prometheus")
    alertmanager = program("prometheus-alertmanager", "prometheus-alertmanager")
    with ExitStack() as running, receiver() as (port, told):
        alerts = Alertmanager(alertmanager, tmp_path / "alertmanager", port)
        running.callback(alerts.end)
        daemon = Daemon(tmp_path / "daemon", "diverging.yaml")
        running.callback(daemon.end)
        target = daemon.port
        watch = Prometheus(prometheus, tmp_path / "prometheus", target, alerts.port, hasty=True)
        running.callback(watch.end)

        until(
            lambda: {"LrcontrolDiverged", "LrcontrolSafeMode"} <= firing(told).keys(), daemon.said
        )
        diverged = firing(told)["LrcontrolDiverged"]
        assert diverged["labels"].items() >= {
            "model": "left_alone", "severity": "critical", "job": "lrcontrol",
            "instance": f"127.0.0.1:{target}",
        }.items()  # fmt: skip
        assert diverged["annotations"]["summary"] == "Model left_alone diverged"
        assert diverged["annotations"]["runbook_url"] == "docs/runbook.md#lrcontroldiverged"

        daemon.process.kill()
        until(lambda: "LrcontrolDown" in firing(told), watch.said)
        until(lambda: "LrcontrolDiverged" in silenced(alerts), lambda: str(alerts.alerts()))


def silenced(alerts: Alertmanager) -> set[str]:
    """Return the alerts of the divergence that Down keeps quiet."""
    held = alerts.alerts()
    down = held.get("LrcontrolDown", {}).get("fingerprint")
    return {name for name, a in held.items() if down and down in a["status"]["inhibitedBy"]}


def test_the_shipped_configuration_of_the_alertmanager_is_valid(program):
    amtool = program("amtool", "prometheus-alertmanager")
    command = [amtool, "check-config", str(CONFIG / "alertmanager.yml")]
    checked = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr
