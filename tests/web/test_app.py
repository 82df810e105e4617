"""Paths, answers and refusals, over the ASGI interface itself."""

import json

import clients
import pytest
from clients import app_over

from lrcontrol.status import LoopStatus, ModelStatus, SourceStatus, Status
from lrcontrol.web.probes import LIVE, READY
from lrcontrol.web.reader import IDLE_LIMIT

NOW = 1000.0
STALL = 10.0
WELL = Status(turned=NOW - 1.0, ready=True)


def ask(status, target, method="GET", headers=()):
    """Return status, headers and body of the answer to one request."""
    app = app_over(lambda: status, STALL, clock=lambda: NOW)
    reply = clients.ask(app, target, method, headers=headers)
    return reply.code, reply.headers, reply.body.decode()


@pytest.mark.parametrize("path", [*LIVE, *READY])
def test_a_daemon_that_turns_is_live_and_ready(path):
    code, headers, body = ask(WELL, path)
    assert (code, body) == (200, "ok\n")
    assert headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", [*LIVE, *READY])
def test_a_loop_that_hangs_is_neither(path):
    code, _, body = ask(WELL._replace(turned=NOW - 10.5), path)
    assert (code, body) == (503, "loop: turned 10.5 s ago (at most 10)\n")


def test_the_last_moment_still_counts():
    assert ask(WELL._replace(turned=NOW - STALL), "/livez")[0] == 200


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"ready": False}, "ready: not yet: starting\n"),
        ({"stopping": True}, "stopping: yes\n"),
        (
            {
                "ready": False,
                "sources": (SourceStatus("rides"), SourceStatus("old", ended=True)),
                "models": (ModelStatus("fare", LoopStatus(), "failed", "ValueError: no"),),
            },
            "ready: not yet: model fare failed: ValueError: no; source rides is not connected\n",
        ),
    ],
)
def test_a_live_daemon_that_is_not_ready_says_why(change, body):
    status = WELL._replace(**change)
    assert ask(status, "/readyz") == (503, ask(status, "/readyz")[1], body)
    assert ask(status, "/livez")[0] == 200


def test_verbose_tells_every_check_as_json():
    code, headers, body = ask(WELL._replace(stopping=True), "/readyz?verbose")
    assert (code, headers["content-type"]) == (503, "application/json")
    assert json.loads(body) == {
        "ok": False,
        "checks": {
            "loop": {"ok": True, "detail": "turned 1.0 s ago (at most 10)"},
            "ready": {"ok": True, "detail": "yes"},
            "stopping": {"ok": False, "detail": "yes"},
        },
    }


def test_verbose_is_200_when_all_is_well():
    code, _, body = ask(WELL, "/livez?verbose")
    assert (code, json.loads(body)["ok"]) == (200, True)


def test_metrics_are_served_as_text_or_openmetrics():
    _, plain, page = ask(WELL, "/metrics")
    assert plain["content-type"].startswith("text/plain; version=0.0.4")
    assert "lrcontrol_ready 1.0\n" in page
    accept = {"accept": "application/openmetrics-text;version=1.0.0"}
    _, openmetrics, page = ask(WELL, "/metrics", headers=accept)
    assert openmetrics["content-type"].startswith("application/openmetrics-text")
    assert page.endswith("# EOF\n")


@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz"])
def test_only_get_and_head(path):
    assert ask(WELL, path, "HEAD")[0] == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        assert ask(WELL, path, method)[0] == 405


@pytest.mark.parametrize("path", ["/metrics/", "/livez/x", "/-/", "/api/v1/", "/%2e%2e/metrics"])
def test_any_other_path_is_not_found(path):
    assert ask(WELL, path)[0] == 404


def test_a_long_body_is_refused_unread_and_a_short_one_ignored():
    assert ask(WELL, "/livez", headers={"content-length": IDLE_LIMIT})[0] == 200
    assert ask(WELL, "/livez", headers={"content-length": IDLE_LIMIT + 1})[0] == 413
    assert ask(WELL, "/nowhere", headers={"content-length": 9999999})[0] == 413


def test_a_body_of_unknown_length_is_refused():
    assert ask(WELL, "/livez", headers={"transfer-encoding": "chunked"})[0] == 411
