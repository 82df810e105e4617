"""A real daemon that is sent far too much: refused early, its memory as it was, learning on."""

import socket
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest
from commands import PATIENCE, until
from daemons import daemon

MIB = 1024 * 1024
GIB = 1024 * MIB
#: What a flood may add to the daemon's memory, and how much of an endless body is sent at most.
GROWTH = 8 * MIB
ENOUGH = 256 * MIB
HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
#: What HTTP has for a transfer coding that nobody here speaks.
UNKNOWN = b"HTTP/1.1 501 "
CHUNK = b"%x\r\n%b\r\n" % (64 * 1024, b"1" * 64 * 1024)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with daemon(tmp_path_factory.mktemp("flooded")) as there:
        there.ask("/v1/predict", x={"a": 1.0})
        yield there


def connected(running):
    parts = urlsplit(running.address)
    return socket.create_connection((parts.hostname, parts.port), PATIENCE)


def sent(running, head, part, most):
    """Send ``part`` over and over; return the bytes sent until hung up on, and what was heard."""
    count, heard = 0, b""
    with connected(running) as connection:
        with suppress(ConnectionError):
            connection.sendall(head)
            while count < most:
                connection.sendall(part)
                count += len(part)
        with suppress(ConnectionError):
            while said := connection.recv(65536):
                heard += said
    return count, heard


@pytest.mark.parametrize(
    ("head", "part"),
    [
        pytest.param(HEAD + b"Content-Length: %d\r\n\r\n" % GIB, b"1" * MIB, id="announced"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK, id="endless"),
        pytest.param(HEAD.replace(b"predict", b"nowhere"), b"X-A: 1\r\n" * 1000, id="headers"),
        pytest.param(HEAD + b"Content-Length: %d\r\n\r\n" % MIB, b"[" * MIB, id="nested"),
    ],
)
def test_a_flood_leaves_nothing(running, head, part):
    before = running.memory()
    for _ in range(3):
        count, heard = sent(running, head, part, MIB if b"[" in part else ENOUGH)
        assert count < ENOUGH
        assert b" 200" not in heard[:20]
        assert b"<html" not in heard.lower()
    assert running.memory() - before <= GROWTH
    steps = running.ask("/api/v1/models/fare")[1]["steps"]
    until(lambda: running.ask("/api/v1/models/fare")[1]["steps"] > steps)


def test_a_body_of_a_gibibyte_is_refused_before_any_of_it_is_sent(running):
    before = running.memory()
    with connected(running) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % GIB)
        answer = b""
        with suppress(ConnectionError):
            while said := connection.recv(65536):
                answer += said
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"detail":"at most 1048576 bytes of body"' in answer
    assert running.memory() - before <= GROWTH


@pytest.mark.parametrize(
    "said",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 0x2\r\n\r\n{}",
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Host: evil.example\r\nContent-Length: 2\r\n\r\n{}",
        b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_what_two_servers_could_read_differently_is_refused(running, said):
    with connected(running) as connection:
        connection.sendall(HEAD + said)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    assert b" 200" not in answer[:20]
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer[:13] in (b"", b"HTTP/1.1 400 ", b"HTTP/1.1 411 ", b"HTTP/1.1 422 ", UNKNOWN)


def test_silent_connections_are_gone_and_an_honest_one_is_answered_meanwhile(running):
    with ExitStack() as cleanup:
        silent = [cleanup.enter_context(connected(running)) for _ in range(300)]
        assert running.ready()
        for connection in silent:
            with suppress(ConnectionError):
                assert connection.recv(1) == b""
    assert running.ready()
