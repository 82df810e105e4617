"""Clients of a server in tests, honest and otherwise, and a server to be their victim."""

import socket
from contextlib import contextmanager, suppress
from urllib.request import urlopen

from lrcontrol.config.http import Http
from lrcontrol.config.settings import Settings
from lrcontrol.desk import Desk
from lrcontrol.web.app import build_app
from lrcontrol.web.server import Server

#: Seconds a connection may last in these tests, and a test may wait for anything at all.
DEADLINE = 0.5
PATIENCE = 10.0


def settings(**http):
    """Settings of a daemon of which only the HTTP server matters."""
    return Settings(1, {"rides": None}, {"fare": None}, http=Http(**http))


def app_over(status, stall_after=PATIENCE, **more):
    """The application over a view of the status alone."""
    return build_app(Desk(status), lambda: settings(stall_after=stall_after), **more)


@contextmanager
def serving(app, deadline=DEADLINE):
    """A server that is stopped at the end, and is gone then."""
    running = Server(app, "127.0.0.1", 0, deadline=deadline)
    running.start()
    try:
        yield running
    finally:
        running.stop()
    assert not running._thread.is_alive()


def get(server, path):
    with urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=PATIENCE) as reply:
        return reply.status, reply.read().decode(), reply.headers


def client(server, said=b""):
    connection = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    connection.sendall(said)
    return connection


def heard(connection):
    """Return all that comes until the server hangs up; a server that never does fails the test."""
    said = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            said += part
    return said
