"""Names pointed here and pages of other sites: refused, on every route, without effect."""

import itertools
import json

import pytest
from clients import JSON, Answering, ask

from lrcontrol.config.http import Http, Tls, Tokens
from lrcontrol.secret import Secret
from lrcontrol.web.gate import admit
from lrcontrol.web.refused import Refused

TOKEN = "0123456789abcdef"
LOCAL = Http()
FAR = Http(
    "0.0.0.0:1", hosts=("ops.example",), tokens=Tokens(read=Secret(TOKEN)), tls=Tls("a", "b")
)
#: Each route that changes something, with a body that would do it.
ORDERS = {
    "/api/v1/models/fare/hold": {"reason": "r"},
    "/api/v1/models/fare/rate": {"reason": "r", "rate": 0.1},
    "/api/v1/models/fare/resume": {"reason": "r"},
    "/api/v1/models/fare/rollback": {"reason": "r"},
    "/api/v1/checkpoint": {"reason": "r"},
    "/api/v1/reload": {"reason": "r"},
    "/-/reload": {"reason": "r"},
    "/api/v1/sources/rides/mend": {"reason": "r"},
}
#: What a browser sends for somebody else's page, and what a name that points here looks like.
FOREIGN = {
    "another site": {"origin": "http://evil.example"},
    "another port": {"origin": "http://localhost:3000", "host": "localhost:9477"},
    "another scheme": {"origin": "file://localhost"},
    "a sandbox": {"origin": "null"},
    "a cross-site fetch": {"sec-fetch-site": "cross-site"},
    "a same-site fetch": {"sec-fetch-site": "same-site"},
    "a cross-site form": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    "a rebound name": {"host": "evil.example"},
    "a rebound name and port": {"host": "evil.example:9477", "origin": "http://evil.example:9477"},
    "a name that looks alike": {"host": "localhost.evil.example"},
    "an address that looks alike": {"host": "127.0.0.1.evil.example"},
    "another machine": {"host": "203.0.113.7"},
    "any address": {"host": "0.0.0.0"},
    "no host": {"host": ""},
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a text form": {"content-type": "text/plain"},
    "a multipart form": {"content-type": "multipart/form-data; boundary=x"},
    "no type": {"content-type": ""},
    "two types": {"content-type": "text/plain, application/json"},
}


@pytest.mark.parametrize(("path", "why"), list(itertools.product(ORDERS, FOREIGN)))
def test_no_foreign_page_gives_an_order(app, desk, path, why):
    headers = {**JSON, **FOREIGN[why]}
    reply = ask(app, path, "POST", json.dumps(ORDERS[path]).encode(), headers)
    assert reply.code in (403, 415)
    assert set(reply.json) == {"error", "detail"}
    assert not desk.orders()


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_an_order_is_a_post(app, desk, path, method):
    reply = ask(app, path, method)
    assert (reply.code, reply.headers["allow"]) == (405, "POST")
    assert "access-control-allow-origin" not in reply.headers
    assert not desk.orders()


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "127.0.0.1:9477", "origin": "http://127.0.0.1:9477"},
        {"host": "[::1]:9477", "origin": "http://[::1]:9477", "sec-fetch-site": "same-origin"},
        {"content-type": "application/json; charset=utf-8"},
    ],
)
def test_the_page_itself_and_programs_do(app, desk, path, headers):
    with Answering(desk) as answering:
        body = json.dumps(ORDERS[path]).encode()
        assert ask(app, path, "POST", body, {**JSON, **headers}).code == 200
    assert len(answering.orders) == 1


@pytest.mark.parametrize(
    ("http", "host", "ours"),
    [
        (LOCAL, "localhost", True),
        (LOCAL, "LOCALHOST:1", True),
        (LOCAL, "127.8.8.8", True),
        (LOCAL, "[::1]", True),
        (LOCAL, "10.0.0.1", False),
        (LOCAL, "ops.example", False),
        (LOCAL, "[::1", True),
        (LOCAL, "localhost:x", False),
        (FAR, "10.0.0.1:9477", True),
        (FAR, "[2001:db8::1]:9477", True),
        (FAR, "OPS.example:443", True),
        (FAR, "evil.example", False),
        (Http("box:1", insecure=True), "box:1", True),
    ],
)
def test_hosts(http, host, ours):
    if ours:
        admit("GET", {"host": host}, http)
        return
    with pytest.raises(Refused, match=r"name it in http\.hosts if it is right") as refused:
        admit("GET", {"host": host}, http)
    assert refused.value.code == 403


def test_a_proxy_may_have_another_name_than_it_asks_for():
    admit("POST", {"host": "10.0.0.1:9477", "origin": "https://ops.example"}, FAR)
    with pytest.raises(Refused):
        admit("POST", {"host": "10.0.0.1:9477", "origin": "https://evil.example"}, FAR)


@pytest.mark.parametrize("origin", ["http://localhost/path", "http://[", "localhost", ""])
def test_what_is_no_origin_is_none_of_ours(origin):
    with pytest.raises(Refused):
        admit("POST", {"host": "localhost", "origin": origin}, LOCAL)


def test_a_link_from_elsewhere_may_be_followed_but_not_fetched(app):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert ask(app, "/", headers=link).code == 200
    assert ask(app, "/api/v1/status", headers={**link, "sec-fetch-mode": "cors"}).code == 403
