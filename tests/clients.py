"""Clients of a server in tests, honest and otherwise, and a server to be their victim."""

import asyncio
import json
import socket
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import NamedTuple
from urllib.request import urlopen

from lrcontrol.config.http import Http
from lrcontrol.config.settings import Settings
from lrcontrol.operating.desk import Desk
from lrcontrol.operating.orders import Outcome
from lrcontrol.web.app import build_app
from lrcontrol.web.server import Server

#: Seconds a connection may last in these tests, and a test may wait for anything at all.
DEADLINE = 0.5
PATIENCE = 10.0
JSON = {"content-type": "application/json"}


def settings(sources=None, **http):
    """Settings of a daemon of which only the HTTP server matters."""
    return Settings(1, sources or {"rides": None}, {"fare": None}, http=Http(**http))


def app_over(status, stall_after=PATIENCE, **more):
    """The application over a view of the status alone."""
    return build_app(Desk(status), lambda: settings(stall_after=stall_after), **more)


@contextmanager
def serving(app, deadline=DEADLINE, **more):
    """A server that is stopped at the end, and is gone then."""
    running = Server(app, "127.0.0.1", 0, deadline=deadline, **more)
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


class Reply(NamedTuple):
    """What came back."""

    code: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        """The body as JSON."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


def ask(app, target, method="GET", body=None, headers=(), **given):
    """Ask an application over the ASGI interface itself; ``given`` becomes a JSON body."""
    if given:
        body, headers = json.dumps(given).encode(), {**JSON, **dict(headers)}
    headers = {"host": "localhost", **dict(headers)}
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(n.lower().encode(), str(v).encode("latin-1")) for n, v in headers.items()],
        "root_path": "", "scheme": "http", "http_version": "1.1", "extensions": {},
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 4321),
    }  # fmt: skip
    parts = [] if body is None else [body]
    messages = []

    async def receive():
        assert parts, "nothing here reads a body"
        return {"type": "http.request", "body": parts.pop(), "more_body": False}

    async def send(message):
        messages.append(message)

    asyncio.run(app(scope, receive, send))
    start, *rest = messages
    names = {name.decode(): text.decode() for name, text in start["headers"]}
    return Reply(start["status"], names, b"".join(m.get("body", b"") for m in rest))


class Answering:
    """A learning thread that only takes up what is on a desk, and answers it."""

    def __init__(self, desk, outcome=None, predict=None):
        self.orders, self.questions = [], []
        self._desk = desk
        self._outcome = outcome or (lambda order: Outcome(200, "done", order.target, "manual"))
        self._predict = predict or (lambda x: sum(x.values()))
        self._stop = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self):
        while not self._stop.is_set():
            self._desk.wait(0.01)
            for order, answer in self._desk.orders():
                self.orders.append(order)
                answer.set_result(self._outcome(order))
            for question in self._desk.questions():
                self.questions.append(question)
                try:
                    question.answer.set_result(self._predict(question.x))
                except Exception as error:
                    question.answer.set_exception(error)
