"""The server's own life: start, answer, fail with a clear error, stop."""

import asyncio
import re
import signal
import socket
import time
from threading import Event
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from clients import PATIENCE, app_over, client, get, heard, serving

from lrcontrol.status import LoopStatus, ModelStatus, Status
from lrcontrol.web.server import Server

LOOP = LoopStatus(steps=64, rates={"weights": 0.0125, "intercept": 0.00125})
STATUS = Status((ModelStatus("fare", LOOP),), ready=True)


@pytest.fixture
def app():
    return app_over(lambda: STATUS._replace(turned=time.monotonic()))


@pytest.fixture
def server(app):
    with serving(app) as running:
        yield running


def test_answers_as_soon_as_it_has_started(server):
    code, body, headers = get(server, "/livez")
    assert (code, body) == (200, "ok\n")
    assert "server" not in headers
    assert headers["connection"] == "close"
    page = get(server, "/metrics")[1]
    assert 'lrcontrol_learning_rate{group="weights",model="fare"} 0.0125' in page


def test_a_head_request_gets_no_body(server):
    head = b"HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with client(server, head) as connection:
        said = heard(connection)
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(b"\r\n\r\n")


def test_a_port_in_use_is_refused_at_once_and_by_name(app, server):
    other = Server(app, "127.0.0.1", server.port)
    expected = f"cannot listen on 127.0.0.1:{server.port}: Address already in use"
    with pytest.raises(OSError, match=re.escape(expected)):
        other.start()
    other.stop()


def test_a_host_that_is_not_there_is_refused_by_name(app):
    with pytest.raises(OSError, match=r"cannot listen on 203\.0\.113\.1:80"):
        Server(app, "203.0.113.1", 80).start()


def test_ipv6_in_brackets(app):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    server = Server(app, "[::1]", 0)
    server.start()
    try:
        with urlopen(f"http://[::1]:{server.port}/livez", timeout=PATIENCE) as reply:
            assert reply.status == 200
    finally:
        server.stop()


def test_the_same_port_can_be_had_again_after_a_stop(app, server):
    get(server, "/livez")
    port = server.port
    server.stop()
    again = Server(app, "127.0.0.1", port)
    again.start()
    try:
        assert get(again, "/livez")[0] == 200
    finally:
        again.stop()


def test_an_error_in_the_application_is_told_and_survived(caplog):
    broken = [True]

    def status():
        if broken.pop():
            raise LookupError("no status")
        return STATUS

    with serving(app_over(status, stall_after=1e9)) as server:
        with pytest.raises(HTTPError, match="500") as refused:
            get(server, "/livez")
        refused.value.close()
        broken.append(False)
        assert get(server, "/livez")[0] == 200
    assert "no status" in caplog.text


@pytest.mark.parametrize("said", [b"", b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_stops_in_time_whoever_is_connected(said):
    begun = Event()

    async def slow(scope, receive, send):
        if scope["type"] == "http":
            begun.set()
            await asyncio.Event().wait()

    with serving(slow, deadline=PATIENCE) as server, client(server, said) as connection:
        assert begun.wait(PATIENCE) if said else True
        server.stop()
        assert not server._thread.is_alive()
        heard(connection)


def test_signals_are_left_to_the_main_thread(server):
    get(server, "/livez")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_real_prometheus_reads_the_rate(server, prometheus):
    running = prometheus(server.port)
    assert running.value('lrcontrol_learning_rate{model="fare",group="weights"}') == 0.0125
    assert running.value('up{job="lrcontrol"}') == 1
