"""Records sent over HTTP, to a source in memory, to one with a journal, and to a real daemon."""

import asyncio
import json
from threading import Event, Thread

import pytest
from clients import JSON, PATIENCE, ask, settings
from commands import until
from daemons import TOKEN, daemon

from lrcontrol.config.http import Tokens
from lrcontrol.keeping.journal import JournalSettings
from lrcontrol.secret import Secret
from lrcontrol.sources.push import Push
from lrcontrol.web.app import build_app
from lrcontrol.web.bodies import Learn, LearnQuery
from lrcontrol.web.pushing import Pushing
from lrcontrol.web.refused import Refused
from lrcontrol.web.route import Call

PATH = "/v1/learn"
LINES = {"content-type": "application/x-ndjson"}
A, B = {"a": 1, "y": 2}, {"a": 2, "y": 3}
NDJSON = b'{"a":1,"y":2}\n\n{"a":2,"y":3}\r\n'


@pytest.fixture
def push():
    return Push(capacity=3)


@pytest.fixture
def learn(desk, push):
    """``learn(...)``: what sending records comes to."""
    given = settings({"rides": push, "log": None})
    app = build_app(desk, lambda: given)
    return lambda *more, **body: ask(app, PATH, "POST", *more, **body)


def waiting(push):
    return [bytes(m) for delivery in push.inbox.take(0.0) for m in delivery.messages]


def test_records_in_one_object(learn, push):
    reply = learn(records=[A, B])
    assert (reply.code, reply.json) == (
        202, {"source": "rides", "records": 2, "durable": False, "repeated": False},
    )  # fmt: skip
    assert waiting(push) == [b'{"a":1,"y":2}', b'{"a":2,"y":3}']


def test_records_one_a_line(learn, push):
    assert learn(NDJSON, LINES).json["records"] == 2
    assert waiting(push) == [b'{"a":1,"y":2}', b'{"a":2,"y":3}']


def test_the_same_key_counts_once(learn, push):
    replies = [learn(NDJSON, {**LINES, "idempotency-key": "k"}) for _ in range(2)]
    assert [reply.json["repeated"] for reply in replies] == [False, True]
    assert len(waiting(push)) == 2


@pytest.mark.parametrize(
    ("body", "headers", "code", "told"),
    [
        (NDJSON, {"content-type": "text/plain"}, 415, "send application/json or application/x"),
        (b"\n\n", LINES, 422, "no record"),
        (b'{"records": []}', JSON, 422, "length >= 1"),
        (b'{"records": [1]}', JSON, 422, "Expected `object`"),
        (b'{"records": [{}], "source": "log"}', JSON, 404, "(there: rides)"),
        (NDJSON * 2, LINES, 413, "at most 3 records"),
        (b"x" * (1 << 20) + b"y", LINES, 413, "at most 1048576 bytes"),
    ],
)
def test_what_is_refused(learn, push, body, headers, code, told):
    reply = learn(body, headers)
    assert (reply.code, told in reply.json["detail"]) == (code, True)
    assert not waiting(push)


def test_no_room_is_told_with_when_to_come_back(learn, push):
    learn(records=[A, B])
    reply = learn(records=[A, B])
    assert (reply.code, reply.headers["retry-after"]) == (429, "1")
    assert len(waiting(push)) == 2


def test_without_a_source_that_takes_records(desk):
    reply = ask(build_app(desk, settings), PATH, "POST", records=[A])
    assert reply.code == 404
    assert "add a source of type: push" in reply.json["detail"]


def test_with_several_the_source_is_named(desk):
    sources = {"one": Push(), "two": Push()}
    given = settings(sources)
    app = build_app(desk, lambda: given)
    assert ask(app, PATH, "POST", records=[A]).code == 404
    assert ask(app, PATH, "POST", records=[A], source="two").code == 202
    assert ask(app, f"{PATH}?source=one", "POST", NDJSON, LINES).code == 202
    assert [len(waiting(s)) for s in sources.values()] == [2, 1]


@pytest.mark.parametrize(("token", "code"), [("p" * 16, 202), ("w" * 16, 202), ("r" * 16, 403)])
def test_a_push_token_sends_and_does_no_more(desk, token, code):
    tokens = Tokens(Secret("r" * 16), Secret("w" * 16), Secret("p" * 16))
    given = settings({"rides": Push()}, tokens=tokens)
    app = build_app(desk, lambda: given)
    sent = {"authorization": f"Bearer {token}"}
    assert ask(app, PATH, "POST", headers=sent, records=[A]).code == code
    if token[0] == "p":
        assert ask(app, "/api/v1/reload", "POST", headers=sent, reason="x").code == 403


def test_a_journal_answers_when_it_is_durable(desk, tmp_path):
    push = Push(journal=JournalSettings(str(tmp_path / "journal.db")))
    given = settings({"rides": push})
    app = build_app(desk, lambda: given)
    opened, stop = Event(), Event()

    def learning():  # a thread that owns the journal, as the daemon's does
        source = push.build()
        source.open({})
        opened.set()
        while not stop.is_set():
            source.poll(64, 0.01)
        source.close()

    thread = Thread(target=learning)
    thread.start()
    try:
        assert opened.wait(PATIENCE)
        sent = {"idempotency-key": "k"}
        first, again = (ask(app, PATH, "POST", headers=sent, records=[A]) for _ in range(2))
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert (first.code, first.json["durable"], first.json["repeated"]) == (200, True, False)
    assert (again.code, again.json["repeated"]) == (200, True)
    assert ask(app, PATH, "POST", records=[A]).code == 503  # closed


def test_a_journal_that_nobody_minds_is_told_too(tmp_path):
    push = Push(journal=JournalSettings(str(tmp_path / "journal.db")))
    pushing = Pushing(settings({"rides": push}), patience=0.01)
    with pytest.raises(Refused, match="send it again with the same Idempotency-Key") as refused:
        asyncio.run(pushing.learn(Call(None, {}, LearnQuery(), Learn([A]))))
    assert refused.value.code == 503


def test_a_real_daemon_learns_what_it_is_sent_once(tmp_path):
    journal = {"path": str(tmp_path / "journal.db")}
    sources = "rides: " + json.dumps({"type": "push", "journal": journal})
    with daemon(tmp_path, sources, tokens={"push": TOKEN, "read": TOKEN[::-1]}) as running:

        def steps():
            return running.ask("/api/v1/models/fare", TOKEN[::-1])[1]["steps"]

        for n in range(20):
            code, told = running.ask(PATH, TOKEN, records=[{"a": n, "y": 2.0 * n}] * 10)
            assert (code, told["durable"]) == (200, True)
        until(lambda: steps() == 200)
        assert running.ask(PATH, "", records=[A])[0] == 401
    with daemon(tmp_path, sources, tokens={"push": TOKEN, "read": TOKEN[::-1]}) as running:
        assert steps() == 200
