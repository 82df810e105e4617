"""Streams of events: what is told, to how many, for how long, and to nobody who does not listen."""

import json
import socket
import time
from contextlib import ExitStack

import pytest
from clients import PATIENCE, client, get, heard, serving, settings
from commands import until

from lrcontrol.decisions.entry import Made
from lrcontrol.operating.desk import Desk
from lrcontrol.status import Decision, LoopStatus, ModelStatus, Status
from lrcontrol.web.app import build_app
from lrcontrol.web.events import KEPT, Events
from lrcontrol.web.listener import STREAMS
from lrcontrol.web.reading import Reading

ASK = b"GET /api/v1/events%b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n"


def asked(query=b"", header=b""):
    return ASK % (query, header)


class Told:
    """A reader's events as they come; waits for them, with a limit."""

    def __init__(self, connection):
        self._file = connection.makefile("rb")
        assert self._file.readline().startswith(b"HTTP/1.1 200")

    def next(self, kind):
        """Return the next event of a kind."""
        event = ""
        for line in self._file:
            if line.startswith(b"event: "):
                event = line[7:].strip().decode()
            elif line.startswith(b"data: ") and event == kind:
                return json.loads(line[6:])
        raise AssertionError("the stream ended")


def made(step, action="raise"):
    return Made(Decision(step, action, "worse", "none", 1.0, 2.0, 2.0))


def test_a_reader_is_told_the_status_and_decisions_as_they_are_made(desk, app):
    with serving(app) as server, client(server, asked()) as reader:
        told = Told(reader)
        assert told.next("status")["models"][0]["name"] == "fare"
        desk.decisions.add(7.0, "tip", made(640))
        decision = told.next("decision")
        assert (decision["number"], decision["model"], decision["at"]) == (5, "tip", 7.0)
        assert told.next("status")["models"][1]["last"] == decision


@pytest.mark.parametrize(
    ("request_", "first"),
    [
        (asked(b"?since=2"), 3),
        (asked(b"?since=0"), 1),
        (asked(b"", b"Last-Event-ID: 3\r\n"), 4),
        (asked(b"?since=0", b"Last-Event-ID: 3\r\n"), 4),
        (asked(b"?since=4000"), 1),  # numbers of the process before
    ],
)
def test_a_reader_goes_on_where_it_was(app, request_, first):
    with serving(app) as server, client(server, request_) as reader:
        assert Told(reader).next("decision")["number"] == first


def test_it_outlives_the_deadline_of_other_connections_and_ends_with_the_server(desk, app):
    deadline = 0.2
    with serving(app, deadline) as server, client(server, asked()) as reader:
        told = Told(reader)
        began = time.monotonic()
        while time.monotonic() - began < 3 * deadline:
            told.next("status")
        desk.decisions.add(7.0, "tip", made(640))
        assert told.next("decision")["step"] == 640
        server.stop()
        assert not server._thread.is_alive()


def test_so_many_readers_and_no_more(app):
    with serving(app, PATIENCE) as server, ExitStack() as cleanup:
        for _ in range(STREAMS):
            Told(cleanup.enter_context(client(server, asked())))
        with client(server, asked()) as one_more:
            assert heard(one_more).startswith(b"HTTP/1.1 503")
        assert get(server, "/livez")[0] == 200


def test_a_reader_that_goes_leaves_its_place(app):
    with serving(app, PATIENCE) as server:
        for _ in range(STREAMS + 5):
            with client(server, asked()) as reader:
                Told(reader).next("status")
                reader.shutdown(socket.SHUT_RDWR)
                heard(reader)


def test_a_reader_that_does_not_read_is_cut(monkeypatch):
    monkeypatch.setattr("lrcontrol.web.events.SLOW", 0.2)
    models = tuple(ModelStatus(f"m{n}", LoopStatus(why="x" * 20_000)) for n in range(50))
    desk = Desk(lambda: Status(models, turned=time.monotonic()))  # another one at each look
    monkeypatch.setattr("lrcontrol.web.events.EACH", 0.0)
    monkeypatch.setattr("lrcontrol.web.events.LOOK", 0.001)
    with serving(build_app(desk, settings), PATIENCE) as server, client(server) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(asked())
        until(lambda: lasting(server))
        until(lambda: not lasting(server))


def lasting(server):
    """Return the connections that were given more time."""
    get(server, "/livez")
    server._listener._forget_closed()
    return [life for life in server._listener._lives.values() if life.until]


def test_moves_are_told_always_and_what_was_kept_a_few_times(desk):
    events = Events(desk, Reading(desk, settings).seen)
    for step in range(100):
        desk.decisions.add(1.0, "fare", made(step, "raise" if step % 10 == 0 else "keep"))
    told = events.decisions(4)
    assert [e.number for e in told] == sorted(e.number for e in told)
    assert sum(e.action == "raise" for e in told) == 10
    assert sum(e.action == "keep" for e in told) == KEPT
    assert not events.decisions(desk.decisions.last)


def test_a_status_is_written_once_for_all_readers(desk):
    status = desk.status()
    events = Events(Desk(lambda: status), Reading(desk, settings).seen)
    assert events.status()[1] is events.status()[1]
