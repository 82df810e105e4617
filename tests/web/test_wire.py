"""One connection: what an application is asked and may answer, byte by byte."""

import asyncio
import logging
import socket
from threading import Event

import pytest
from clients import DEADLINE, PATIENCE, client, heard, serving

from lrcontrol.web.wire import TURNS, WAITING

HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
GET = b"GET /a%20b/%2e?x=1%20y HTTP/1.1\r\n" + HOST + CLOSE + b"X-Two: a\r\nX-Two: b\r\n\r\n"
KEEP = GET.replace(CLOSE, b"")


def post(length, more=CLOSE):
    return b"POST / HTTP/1.1\r\n" + HOST + more + b"Content-Length: %d\r\n\r\n" % length


async def answer(send, body=b"well", **more):
    headers = [(b"content-length", b"%d" % len(body)), *more.pop("headers", [])]
    await send({"type": "http.response.start", "status": 200, "headers": headers, **more})
    await send({"type": "http.response.body", "body": body})


def said(app, request, deadline=PATIENCE):
    """Return all that a server says to a request."""
    with serving(app, deadline) as server, client(server, request) as connection:
        return heard(connection)


def test_what_an_application_is_told():
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await answer(send)

    assert said(app, GET).endswith(b"\r\n\r\nwell")
    (scope,) = scopes
    assert (scope["type"], scope["method"], scope["scheme"]) == ("http", "GET", "http")
    assert (scope["path"], scope["query_string"]) == ("/a b/.", b"x=1%20y")
    assert [v for n, v in scope["headers"] if n == b"x-two"] == [b"a", b"b"]
    assert scope["client"][0] == "127.0.0.1"


def test_a_body_in_parts_and_its_end():
    async def app(scope, receive, send):
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message["body"])
            more = message["more_body"]
        await answer(send, b"%d" % sum(map(len, parts)))

    body = bytes(300_000)
    assert said(app, post(len(body)) + body).endswith(b"300000")
    chunks = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert said(app, b"POST / HTTP/1.1\r\n" + HOST + CLOSE + chunks).endswith(b"\r\n\r\n5")


def test_no_more_is_read_ahead_than_is_asked_for():
    async def app(scope, receive, send):
        largest = 0
        while (message := await receive())["more_body"]:
            largest = max(largest, len(message["body"]))
            await asyncio.sleep(0)
        await answer(send, b"%d" % largest)

    body = bytes(5_000_000)
    largest = int(said(app, post(len(body)) + body).rpartition(b"\r\n")[2])
    assert largest <= WAITING + 256 * 1024  # what was asked for, and one read of the socket


def test_a_client_that_waits_to_be_asked_for_its_body():
    async def app(scope, receive, send):
        assert (await receive())["body"] == b"hello"
        await answer(send)

    waits = post(5, CLOSE + b"Expect: 100-continue\r\n")
    with serving(app, PATIENCE) as server, client(server, waits) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hello")
        assert heard(connection).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_has_said_all_is_answered():
    async def app(scope, receive, send):
        await answer(send)

    with serving(app, PATIENCE) as server, client(server, GET) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert heard(connection).endswith(b"well")


def test_a_body_that_ends_early_is_told():
    told, over = [], Event()

    async def app(scope, receive, send):
        told.extend([(await receive())["type"], (await receive())["type"]])
        over.set()

    with serving(app, PATIENCE) as server:
        with client(server, post(10) + b"hello"):
            pass
        assert over.wait(PATIENCE)
    assert told[-1] == "http.disconnect"


@pytest.mark.parametrize("request_", [GET.replace(b"GET", b"HEAD"), GET])
def test_an_answer_without_a_body(request_):
    async def app(scope, receive, send):
        if scope["method"] == "HEAD":
            await answer(send)
        else:
            await send({"type": "http.response.start", "status": 304, "headers": []})
            await send({"type": "http.response.body", "body": b"nothing of it"})

    assert said(app, request_).endswith(b"\r\n\r\n")


def test_an_application_that_fails_is_logged_and_answered_for(caplog):
    async def app(scope, receive, send):
        raise LookupError("gone astray")

    with caplog.at_level(logging.ERROR):
        assert said(app, GET).startswith(b"HTTP/1.1 500 ")
    assert "gone astray" in caplog.text


def test_an_application_that_fails_half_way_ends_the_connection(caplog):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError("gone astray")

    heard_ = said(app, GET)
    assert b"half" in heard_
    assert not heard_.endswith(b"0\r\n\r\n")


def test_an_application_whose_client_has_gone_is_ended():
    begun, ended = Event(), Event()

    async def app(scope, receive, send):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with serving(app, DEADLINE) as server:  # a client may have said all and still listen
        with client(server, GET):
            assert begun.wait(PATIENCE)
        assert ended.wait(PATIENCE)


def test_an_application_that_neither_reads_nor_answers_is_ended():
    ended = Event()

    async def app(scope, receive, send):
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with serving(app, DEADLINE) as server, client(server, post(10**8) + bytes(10**6)):
        assert ended.wait(PATIENCE)


def test_no_protocol_but_its_own():
    async def app(scope, receive, send):
        await answer(send, scope["http_version"].encode())

    assert said(app, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert said(app, GET.replace(b"/1.1", b"/2.0")).startswith(b"HTTP/1.1 505 ")
    upgrade = b"Connection: Upgrade\r\nUpgrade: %b\r\nSec-WebSocket-Version: 13\r\n\r\n"
    for other in (b"h2c", b"websocket"):
        request = b"GET / HTTP/1.1\r\n" + HOST + CLOSE + upgrade % other
        assert said(app, request).endswith(b"\r\n\r\n1.1")


async def number(scope, receive, send):
    """Answer with the length of the body and the query."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    await answer(send, b"%d %b;" % (size, scope["query_string"]))


def test_a_connection_is_kept_for_the_next_request():
    with serving(number, PATIENCE) as server, client(server) as connection:
        for turn in range(3):
            connection.sendall(post(turn, b"").replace(b"/ ", b"/?%d " % turn) + bytes(turn))
            assert connection.recv(4096).endswith(b"%d %d;" % (turn, turn))
        connection.shutdown(socket.SHUT_WR)
        assert heard(connection) == b""


@pytest.mark.parametrize("more", [KEEP * 5000, b"nonsense\r\n\r\n", bytes(10)])
def test_a_client_that_sends_ahead_of_its_turn_is_answered_once(more):
    said_ = said(number, post(2, b"") + b"ab" + more)
    assert said_.count(b"HTTP/1.1 ") == said_.count(b"HTTP/1.1 200 ") == 1
    assert said_.endswith(b"2 ;")
    assert b"connection: close\r\n" in said_


def test_the_last_of_many_requests_ends_the_connection():
    with serving(number, PATIENCE) as server, client(server) as connection:
        for _ in range(TURNS):
            connection.sendall(KEEP)
            last = connection.recv(4096)
            assert last.endswith(b";")
        assert b"connection: close\r\n" in last
        assert heard(connection) == b""


def test_a_body_that_is_not_all_there_ends_the_connection():
    async def app(scope, receive, send):
        await answer(send)

    said_ = said(app, post(10**6, b"") + b"only this")
    assert b"connection: close\r\n" in said_


def test_a_stream_ends_its_connection():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"told"})

    assert said(app, KEEP * 2).count(b"told") == 1


@pytest.mark.parametrize("more", [b"", KEEP[:20]])
def test_a_connection_that_is_kept_lives_no_longer_for_nothing(more):
    with serving(number, DEADLINE) as server, client(server, KEEP) as connection:
        assert connection.recv(4096).endswith(b";")
        connection.sendall(more)
        assert heard(connection) == b""


def test_what_comes_before_its_turn_is_read_no_further_than_the_cap():
    async def app(scope, receive, send):
        await asyncio.Event().wait()

    sent = 0
    with serving(app, DEADLINE) as server, client(server, KEEP) as connection:
        connection.settimeout(PATIENCE)
        try:
            while sent < 200_000_000:
                sent += connection.send(bytes(65536))
        except ConnectionError:
            pass
    assert sent < 20_000_000
