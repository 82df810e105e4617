"""Who may ask what, with which tokens, on which addresses."""

from base64 import b64encode

import pytest
from clients import Answering, ask, settings

from lrcontrol.config.http import Tls, Tokens
from lrcontrol.secret import Secret
from lrcontrol.web.app import build_app

READ, WRITE, PUSH, WRONG = ("r" * 16, "w" * 16, "p" * 16, "x" * 16)
BOTH = Tokens(read=Secret(READ), write=Secret(WRITE))
TLS = Tls("cert", "key")
HOLD = "/api/v1/models/fare/hold"
FAR = {"listen": "0.0.0.0:1"}


def bearer(token):
    return {"authorization": f"Bearer {token}"} if token else {}


def basic(name, token):
    return {"authorization": "Basic " + b64encode(f"{name}:{token}".encode()).decode()}


def codes(desk, token, **http):
    """Return what reading and ordering come to with a token."""
    app = build_app(desk, lambda: settings(**http))
    with Answering(desk) as answering:
        read = ask(app, "/api/v1/status", headers=bearer(token)).code
        write = ask(app, HOLD, "POST", headers=bearer(token), reason="r").code
    assert len(answering.orders) == (write == 200)
    return read, write


@pytest.mark.parametrize(
    ("http", "token", "expected"),
    [
        ({}, None, (200, 200)),
        ({}, WRONG, (200, 200)),
        ({"tokens": BOTH}, None, (401, 401)),
        ({"tokens": BOTH}, WRONG, (401, 401)),
        ({"tokens": BOTH}, READ, (200, 403)),
        ({"tokens": BOTH}, WRITE, (200, 200)),
        ({"tokens": BOTH, "tls": TLS, **FAR}, None, (401, 401)),
        ({"tokens": BOTH, "tls": TLS, **FAR}, READ, (200, 403)),
        ({"tokens": BOTH, "tls": TLS, **FAR}, WRITE, (200, 200)),
        ({"tokens": Tokens(read=Secret(READ))}, READ, (200, 403)),
        ({"tokens": Tokens(write=Secret(WRITE))}, None, (200, 401)),
        ({"tokens": Tokens(write=Secret(WRITE)), "tls": TLS, **FAR}, None, (401, 401)),
        ({"tokens": Tokens(push=Secret(PUSH))}, PUSH, (200, 403)),
        ({"insecure": True, **FAR}, None, (200, 403)),
        ({"insecure": True, "tokens": BOTH, **FAR}, WRITE, (200, 200)),
    ],
)
def test_scopes(desk, http, token, expected):
    assert codes(desk, token, **http) == expected


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/", "/static/page.js"])
def test_probes_and_the_page_need_no_token(desk, path):
    app = build_app(desk, lambda: settings(tokens=BOTH))
    assert ask(app, path).code == 200


def test_the_table_in_the_page_is_for_readers(desk):
    app = build_app(desk, lambda: settings(tokens=BOTH))
    assert b"fare" not in ask(app, "/").body
    assert b"fare" in ask(app, "/", headers=bearer(READ)).body


def test_every_other_route_is_closed_without_one(desk):
    app = build_app(desk, lambda: settings(tokens=BOTH))
    paths = ask(app, "/api/v1/openapi.json", headers=bearer(READ)).json["paths"]
    open_to_all = {p for p, of in paths.items() for op in of.values() if not op["security"]}
    assert open_to_all == {
        "/", "/static/{file}", "/livez", "/-/healthy", "/v2/health/live", "/readyz", "/-/ready",
        "/v2/health/ready",
    }  # fmt: skip
    for path, operations in paths.items():
        for method in operations:
            if path not in open_to_all:
                assert ask(app, path, method.upper()).code == 401
    assert not desk.orders()


@pytest.mark.parametrize(
    "sent",
    [
        {"authorization": "Bearer"},
        {"authorization": f"Token {READ}"},
        {"authorization": f"Bearer {READ}x"},
        {"authorization": f"Bearer {READ[:-1]}"},
        {"authorization": "Basic !!"},
        {"authorization": "Basic /w=="},
        {"authorization": "Bearer " + "r" * 100_000},
        {"authorization": "Bearer " + "\xe9" * 16},
        basic("kim", WRONG),
    ],
)
def test_what_is_no_token_of_ours(desk, sent):
    app = build_app(desk, lambda: settings(tokens=BOTH))
    reply = ask(app, "/api/v1/status", headers=sent)
    assert reply.code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_a_browser_sends_a_name_with_it_which_is_kept_with_the_order(desk):
    app = build_app(desk, lambda: settings(tokens=BOTH))
    with Answering(desk) as answering:
        assert ask(app, HOLD, "POST", headers=basic("kim", WRITE), reason="r").code == 200
        ask(app, HOLD, "POST", headers=basic("kim", WRITE), reason="r", actor="lee")
        ask(app, HOLD, "POST", headers=basic("k\nim", WRITE), reason="r")
    actors = [order.actor for order in answering.orders]
    assert actors == ["kim@127.0.0.1", "lee (kim@127.0.0.1)", "127.0.0.1"]


def test_tokens_of_a_file_change_without_a_gap(desk, tmp_path):
    path = tmp_path / "tokens"
    app = build_app(desk, lambda: settings(tokens=Tokens(read_file=str(path))))

    def code(token):
        return ask(app, "/api/v1/status", headers=bearer(token)).code

    def write(*tokens):
        other = tmp_path / "other"
        other.write_text("\n".join(tokens))
        other.replace(path)

    assert code(READ) == 401
    write(READ)
    assert (code(READ), code(WRITE)) == (200, 401)
    write(READ, WRITE)
    assert (code(READ), code(WRITE)) == (200, 200)
    write(WRITE, "short")
    assert (code(READ), code(WRITE), code("short")) == (401, 200, 401)
    path.unlink()
    assert code(WRITE) == 401


def test_tokens_of_another_configuration_count_at_once(desk):
    now = [settings(tokens=BOTH)]
    app = build_app(desk, lambda: now[0])
    assert ask(app, "/metrics", headers=bearer(READ)).code == 200
    now[0] = settings(tokens=Tokens(read=Secret(PUSH)))
    assert ask(app, "/metrics", headers=bearer(READ)).code == 401
    assert ask(app, "/metrics", headers=bearer(PUSH)).code == 200
