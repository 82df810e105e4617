"""Orders as they reach the desk, and what is answered."""

import asyncio

import pytest
from clients import JSON, Answering, ask

from lrcontrol.operating.desk import MOST_ORDERS
from lrcontrol.operating.orders import Order, Outcome
from lrcontrol.web.bodies import Hold
from lrcontrol.web.ordering import Ordering
from lrcontrol.web.refused import Refused
from lrcontrol.web.route import Call

FARE = "/api/v1/models/fare"
ME = {"reason": "why", "actor": "127.0.0.1"}


@pytest.mark.parametrize(
    ("path", "body", "order"),
    [
        (f"{FARE}/hold", {}, Order("hold", "fare", seconds=14400.0)),
        (f"{FARE}/hold", {"ttl": "30m"}, Order("hold", "fare", seconds=1800.0)),
        (f"{FARE}/hold", {"ttl": 90}, Order("hold", "fare", seconds=90.0)),
        (f"{FARE}/hold", {"ttl": "never"}, Order("hold", "fare")),
        (f"{FARE}/rate", {"rate": 1}, Order("set_rate", "fare", 1.0, 14400.0)),
        (
            f"{FARE}/rate",
            {"rate": 0.5, "ttl": "1.5h", "force": True},
            Order("set_rate", "fare", 0.5, 5400.0, True),
        ),
        (f"{FARE}/resume", {}, Order("resume", "fare")),
        (f"{FARE}/rollback", {}, Order("roll_back", "fare")),
        (f"{FARE}/rollback", {"checkpoint": 7}, Order("roll_back", "fare", checkpoint=7)),
        ("/api/v1/checkpoint", {}, Order("checkpoint")),
        ("/api/v1/reload", {}, Order("reload")),
        ("/-/reload", {}, Order("reload")),
        ("/api/v1/sources/rides/mend", {}, Order("mend", "rides")),
    ],
)
def test_orders(app, desk, path, body, order):
    outcome = Outcome(200, "as you wish", order.target, "manual", 640, 0.1, 0.2)
    with Answering(desk, lambda _: outcome) as answering:
        reply = ask(app, path, "POST", headers={"idempotency-key": "k-1"}, reason="why", **body)
    assert reply.code == 200
    assert reply.json == {
        "ok": True, "detail": "as you wish", "target": order.target, "mode": "manual",
        "step": 640, "before": 0.1, "applied": 0.2, "repeated": False,
    }  # fmt: skip
    assert answering.orders == [order._replace(key="k-1", **ME)]


def test_a_reload_as_prometheus_has_it_needs_no_body(app, desk):
    with Answering(desk) as answering:
        assert ask(app, "/-/reload", "POST", b"").code == 200
    assert answering.orders == [Order("reload", reason="POST /-/reload", actor="127.0.0.1")]
    assert ask(app, "/-/reload", "POST", b"{}").code == 415


@pytest.mark.parametrize("code", [202, 404, 409, 422, 503])
def test_what_came_of_it_has_its_code(app, desk, code):
    with Answering(desk, lambda _: Outcome(code, "well", applied=float("nan"))):
        reply = ask(app, f"{FARE}/hold", "POST", reason="why")
    assert (reply.code, reply.json["ok"], reply.json["applied"]) == (code, code < 300, None)


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("hold", {}, "missing required field `reason`"),
        ("hold", {"reason": ""}, "length >= 1 - at `$.reason`"),
        ("hold", {"reason": " "}, "`$.reason`"),
        ("hold", {"reason": "two\nlines"}, "`$.reason`"),
        ("hold", {"reason": "x" * 501}, "length <= 500"),
        ("hold", {"reason": "x", "tll": "30m"}, "unknown field `tll`"),
        ("hold", {"reason": "x", "ttl": "0s"}, "`$.ttl`"),
        ("hold", {"reason": "x", "ttl": "30"}, "`$.ttl`"),
        ("hold", {"reason": "x", "ttl": "30m\n"}, "ttl: expected a duration"),
        ("hold", {"reason": "x", "ttl": 0}, "`$.ttl`"),
        ("hold", {"reason": "x", "ttl": -5}, "`$.ttl`"),
        ("hold", {"reason": "x", "actor": "\u202e"}, "`$.actor`"),
        ("rate", {"reason": "x"}, "missing required field `rate`"),
        ("rate", {"reason": "x", "rate": 0}, "`$.rate`"),
        ("rate", {"reason": "x", "rate": "0.1"}, "`$.rate`"),
        ("rate", {"reason": "x", "rate": 0.1, "force": 1}, "`$.force`"),
        ("rollback", {"reason": "x", "checkpoint": "../x"}, "`$.checkpoint`"),
        ("rollback", {"reason": "x", "checkpoint": -1}, "`$.checkpoint`"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(app, desk, path, body, told):
    reply = ask(app, f"{FARE}/{path}", "POST", **body or {"_": 1})
    if not body:
        reply = ask(app, f"{FARE}/{path}", "POST", b"{}", JSON)
    assert (reply.code, reply.json["error"]) == (422, "Unprocessable Entity")
    assert told in reply.json["detail"]
    assert not desk.orders()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"reason": NaN}', b"1" * 5000]
)
def test_what_is_no_json_is_refused(app, desk, body):
    assert ask(app, f"{FARE}/hold", "POST", body, JSON).code in (400, 422)
    assert not desk.orders()


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/api/v1/models/fair/hold", "(there: fare, tip)"),
        ("/api/v1/models/rides/hold", "(there: fare, tip)"),
        ("/api/v1/sources/fare/mend", "(there: rides)"),
    ],
)
def test_who_is_not_there(app, desk, path, there):
    reply = ask(app, path, "POST", reason="x")
    assert reply.code == 404
    assert there in reply.json["detail"]
    assert not desk.orders()


def test_a_flood_of_orders_is_told_to_wait(app, desk):
    for _ in range(MOST_ORDERS):
        desk.submit(Order("checkpoint"))
    reply = ask(app, f"{FARE}/hold", "POST", reason="x")
    assert (reply.code, reply.headers["retry-after"]) == (429, "1")
    assert len(desk.orders()) == MOST_ORDERS


def test_an_order_that_nobody_takes_up_is_answered_all_the_same(desk):
    call = Call(None, {"model": "fare"}, body=Hold("x"))
    with pytest.raises(Refused, match="ask again with the same Idempotency-Key") as refused:
        asyncio.run(Ordering(desk, patience=0.01).hold(call))
    assert refused.value.code == 503
    ((order, answer),) = desk.orders()
    answer.set_result(Outcome(200, "late"))  # the learning thread must not fail on it
    assert order.reason == "x"


@pytest.mark.parametrize("key", ["two words", "x" * 129, "\xe9"])
def test_a_key_that_cannot_be_kept(app, desk, key):
    reply = ask(app, f"{FARE}/hold", "POST", headers={"idempotency-key": key}, reason="x")
    assert reply.code == 400
    assert not desk.orders()
