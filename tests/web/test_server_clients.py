"""The server against clients that are slow, silent, greedy or mad."""

import asyncio
import random
import socket
import time
from contextlib import ExitStack, suppress
from threading import Event

import pytest
from clients import DEADLINE, PATIENCE, app_over, client, get, heard, serving

from lrcontrol.status import Status
from lrcontrol.web.listener import CONNECTIONS, listen

#: Seconds within which a connection that may last DEADLINE is over even on a busy machine, and an
#: answer is there; without the limits tested here nothing would happen before PATIENCE.
LATE = PATIENCE / 2
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"


@pytest.fixture
def app():
    return app_over(lambda: Status(turned=time.monotonic(), ready=True))


@pytest.fixture
def server(app):
    with serving(app) as running:
        yield running


async def read_all(scope, receive, send):
    """Answer once the whole body is there."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"all"})


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="silent"),
        pytest.param(b"GET /livez HT", id="half a request line"),
        pytest.param(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A", id="half a header"),
        pytest.param(
            b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab", id="body"
        ),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="half of http/2"),
    ],
)
def test_a_client_that_stops_half_way_is_hung_up_on(server, said):
    began = time.monotonic()
    with client(server, said) as connection:
        heard(connection)
    assert time.monotonic() - began < LATE


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nX-A: ", POST])
def test_a_client_that_dribbles_gets_no_more_time(said):
    began = time.monotonic()
    with serving(read_all) as server, client(server, said) as connection:
        connection.settimeout(DEADLINE / 10)
        over = False
        while not over and time.monotonic() - began < PATIENCE:
            try:
                connection.sendall(b"a")
                over = not connection.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                over = True
    assert time.monotonic() - began < LATE


def test_a_body_that_nobody_reads_does_not_block_its_connection():
    async def deaf(scope, receive, send):
        if scope["type"] == "http":
            await asyncio.Event().wait()

    with serving(deaf) as server, client(server, POST) as connection, suppress(ConnectionError):
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            connection.sendall(b"a")
    assert time.monotonic() - began < LATE


def test_a_client_that_does_not_read_is_hung_up_on():
    over = Event()

    async def firehose(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": bytes(32 << 20)})
            over.set()

    said = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(firehose) as server, client(server, said):
        assert over.wait(LATE)


def test_a_flood_of_body_is_cut_short(server):
    said = b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"%x\r\n%s\r\n" % (65536, b"a" * 65536)
    sent = 0
    with client(server, said) as connection, suppress(ConnectionError):
        while sent < 200_000_000:
            connection.sendall(part)
            sent += len(part)
    assert sent < 20_000_000


def test_a_long_body_is_refused_before_it_is_sent(server):
    said = b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000000\r\n\r\n"
    with client(server, said) as connection:
        assert heard(connection).startswith(b"HTTP/1.1 413 ")


def test_a_header_without_end_is_refused(server):
    with client(server) as connection:
        try:
            connection.sendall(b"GET /livez HTTP/1.1\r\nX-A: " + b"a" * 100_000)
        except ConnectionError:
            return
        assert b" 200 " not in heard(connection)


@pytest.mark.parametrize("count", [50, CONNECTIONS + 50])
def test_silent_clients_do_not_stop_a_scrape(app, count):
    with serving(app, deadline=PATIENCE) as server, ExitStack() as cleanup:  # none is too old
        for _ in range(count):
            cleanup.enter_context(client(server))
        began = time.monotonic()
        assert get(server, "/metrics")[0] == 200
        assert time.monotonic() - began < LATE


def test_one_connection_too_many_costs_the_oldest_its_place():
    with ExitStack() as cleanup:
        listener = cleanup.enter_context(listen("127.0.0.1", 0, connections=2))
        clients, accepted = [], []
        for _ in range(3):
            opened = socket.create_connection(listener.getsockname(), PATIENCE)
            clients.append(cleanup.enter_context(opened))
            accepted.append(cleanup.enter_context(listener.accept()[0]))
        assert clients[0].recv(1) == b""
        for connection, there in zip(accepted[1:], clients[1:], strict=True):
            connection.sendall(b"x")
            assert there.recv(1) == b"x"


def test_a_connection_given_more_time_keeps_its_place():
    with ExitStack() as cleanup:
        listener = cleanup.enter_context(listen("127.0.0.1", 0, connections=2))
        clients, accepted = [], []
        for turn in range(3):
            if turn == 2:
                listener.renew(clients[0].getsockname())
            opened = socket.create_connection(listener.getsockname(), PATIENCE)
            clients.append(cleanup.enter_context(opened))
            accepted.append(cleanup.enter_context(listener.accept()[0]))
        assert clients[1].recv(1) == b""
        accepted[0].sendall(b"x")
        assert clients[0].recv(1) == b"x"


def test_a_closed_connection_frees_its_place():
    with ExitStack() as cleanup:
        listener = cleanup.enter_context(listen("127.0.0.1", 0, connections=2))
        first = cleanup.enter_context(socket.create_connection(listener.getsockname(), PATIENCE))
        kept = cleanup.enter_context(listener.accept()[0])
        for _ in range(5):
            with socket.create_connection(listener.getsockname(), PATIENCE):
                listener.accept()[0].close()
        kept.sendall(b"x")
        assert first.recv(1) == b"x"


def test_garbage_is_survived_in_silence(server, caplog):
    dice = random.Random(7)
    starts = (b"", b"GET ", b"GET / HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    for n in range(60):
        with client(server) as connection, suppress(ConnectionError):
            connection.sendall(starts[n % 4] + dice.randbytes(200) + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            heard(connection)
    assert get(server, "/livez")[0] == 200
    assert not caplog.records
