"""What was asked is counted by route, method and code; no client makes a new kind."""

from clients import ask, settings

from lrcontrol.web.app import build_app
from lrcontrol.web.requests import Requests


def test_requests_are_counted_by_their_route(desk):
    requests, now = Requests(), [0.0]

    def clock():
        now[0] += 0.25
        return now[0]

    app = build_app(desk, settings, requests, clock)
    ask(app, "/api/v1/models/fare")
    ask(app, "/api/v1/models/fair")
    ask(app, "/api/v1/models/tip", "HEAD")
    ask(app, "/api/v1/status", headers={"host": "evil.example"})
    route = "/api/v1/models/{model}"
    assert requests.counts == {
        (route, "GET", 200): 1,
        (route, "GET", 404): 1,
        (route, "HEAD", 200): 1,
        ("other", "GET", 403): 1,
    }
    assert requests.seconds[route, "GET", 200] == 0.25


def test_no_client_makes_a_new_kind(desk):
    requests = Requests()
    app = build_app(desk, settings, requests)
    for n in range(300):
        ask(app, f"/nowhere/{n}", f"BREW{n}")
        ask(app, f"/api/v1/models/{n}")
        ask(app, f"/livez?{n}", f"BREW{n}")
    assert set(requests.counts) == {
        ("other", "other", 404),
        ("other", "other", 405),
        ("/api/v1/models/{model}", "GET", 404),
    }
