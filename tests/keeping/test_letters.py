"""Dead letters of a daemon: what becomes one, when they are durable, when reading stops."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from commands import LINEAR
from touchy import Touchy

from lrcontrol.checkpoint import state
from lrcontrol.checkpoint.breaker import InFlight
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.deadletters import DeadLetters, Letter, ask
from lrcontrol.keeping import database
from lrcontrol.keeping.aside import resumed
from lrcontrol.keeping.folder import IN_FLIGHT
from lrcontrol.signals import Stop
from lrcontrol.sources.base import SourceFailed
from lrcontrol.status import Status

SMALL = "dead_letters: {breaker: {share: 0.5, window: 100}}\n"
BAD = b"no record\n"


class Place:
    """A folder with an input, checkpoints, and dead letters beside them."""

    def __init__(self, folder: Path, source: str = "{type: file, path: INPUT}") -> None:
        self.input = folder / "in.ndjson"
        self.store = folder / "state.dead-letters.db"
        source = source.replace("INPUT", str(self.input))
        self.text = LINEAR.replace("{type: lines, format: ndjson}", source)
        self.text += f"checkpoint: {{dir: {folder / 'state'}}}\n"

    def touchy(self) -> None:
        start, end = self.text.index("    pipeline:"), self.text.index("    controller:")
        self.text = self.text[:start] + "    factory: touchy:model\n" + self.text[end:]
        self.text += "allow: [touchy]\n"

    def write(self, *lines: bytes | dict[str, Any]) -> None:
        self.input.write_bytes(b"".join(map(line, lines)))

    def run(
        self, once: bool = True, show: Callable[[Daemon, Stop], None] = lambda daemon, stop: None
    ) -> Daemon:
        stop = Stop()
        daemon = Daemon(loads(self.text).settings, stop, once)
        daemon.run(lambda status: show(daemon, stop))
        return daemon

    def letters(self) -> list[Letter]:
        with closing(DeadLetters(self.store, create=False)) as store:
            return [kept.letter for kept in store.letters(limit=10**6)]

    def ask(self, *numbers: int) -> list[int]:
        with closing(DeadLetters(self.store, create=False)) as store:
            return ask(store.database, numbers)


def line(record: bytes | dict[str, Any]) -> bytes:
    return record if isinstance(record, bytes) else json.dumps(record).encode() + b"\n"


def good(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"a": i % 7 - 3.0, "b": i % 5 * 1.0, "y": i % 3 * 1.0} for i in range(first, first + count)
    ]


def digest(daemon: Daemon) -> str:
    caches = ["watch", "_path", "_usual", "_blocks", "_marked", "_pinned"]
    return state.digest(daemon._served[0].loop.model, skip=caches)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    Touchy.angry = True
    return Place(tmp_path)


def test_whatever_was_not_learned_is_kept_as_it_came_with_where_and_why(place):
    place.touchy()
    bad = [BAD, {"a": 1e300, "b": 1.0, "y": 1.0}, {"a": 13.0, "b": 1.0, "y": 2.0}, {"a": 1.0}]
    place.write(*good(100), *bad, *good(100))
    daemon = place.run()
    data, letters = place.input.read_bytes(), place.letters()
    assert [(each.reason, each.model) for each in letters] == [
        ("decode", ""),
        ("bounds", "m"),
        ("failed", "m"),
        ("schema", ""),
    ]
    for each, was in zip(letters, bad, strict=True):
        assert data[: each.position].endswith(line(was))
        assert (each.message + b"\n", each.source, each.whole) == (line(was), "in", True)
    assert [letters[0].error, letters[2].error] == [
        "JSON is malformed: invalid character (byte 4)",
        "ValueError: thirteen",
    ]
    status = daemon.status()
    assert status.models[0].loop.steps == 200
    assert status.sources[0].letters == {"decode": 1, "bounds": 1, "failed": 1, "schema": 1}
    assert (status.letters.held, status.letters.waiting) == (4, 0)


def test_records_that_raise_leave_no_trace_in_the_model(place, tmp_path_factory):
    clean = Place(tmp_path_factory.mktemp("clean"))
    records = good(400)
    spoilt = [dict(r, a=13.0) if i % 10 == 3 else r for i, r in enumerate(records)]
    for each, given in ((place, spoilt), (clean, [r for r in spoilt if r["a"] != 13.0])):
        each.touchy()
        each.write(*given)
    assert digest(place.run()) == digest(clean.run())
    assert len(place.letters()) == 40


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Hold the store, so that nothing can be written to it."""
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_while_letters_cannot_be_kept_nothing_is_read_and_no_checkpoint_passes(place, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.01)
    place.text += "dead_letters: {breaker: {share: 1.0}}\n"
    place.write(*good(10))
    place.run()
    place.write(*good(10), *[BAD] * 2000, *good(10))
    seen: list[Status] = []
    hold = held(place.store)
    hold.__enter__()

    def show(daemon: Daemon, stop: Stop) -> None:
        seen.append(daemon.status())
        if seen[-1].letters.failures == 2:  # a second look: it stays as it is
            hold.__exit__(None, None, None)

    daemon = place.run(show=show)
    failing = [status for status in seen if status.letters.problem]
    assert failing
    assert not any(status.ready for status in failing)
    assert "database is locked" in failing[0].letters.problem
    assert {status.sources[0].records for status in failing if status.letters.failures} == {
        10 + 256
    }
    assert {status.checkpoint.sequence for status in failing} == {1}
    after = daemon.status()
    assert (after.letters.held, after.letters.problem) == (2000, "")
    assert (after.models[0].loop.steps, after.checkpoint.behind) == (20, 0)


def test_a_checkpoint_waits_for_the_letters_it_is_past(place, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.01)
    place.write(*good(10))
    place.run()
    place.write(*good(10), BAD, *good(10))
    with held(place.store):
        daemon = place.run()
    kept = daemon.status().checkpoint
    assert (kept.sequence, kept.behind) == (1, 11)
    place.run()  # reads again what no checkpoint is past
    assert [each.reason for each in place.letters()] == ["decode"]


def test_a_source_of_which_most_is_bad_is_paused_until_it_is_mended(place):
    place.text += SMALL
    place.write(*good(200), *[BAD] * 200, *good(200))
    seen: list[Status] = []

    def show(daemon: Daemon, stop: Stop) -> None:
        status = daemon.status()
        if status.sources[0].paused:
            seen.append(status)
            daemon.mend("in")
        if status.sources[0].ended:
            stop.requested = True

    daemon = place.run(once=False, show=show)
    assert not any(status.ready for status in seen)
    assert "more than 50% of the last 100 messages were bad, the last for decode" in (
        seen[0].sources[0].paused
    )
    assert str(place.store) in seen[0].sources[0].paused
    assert 250 < seen[0].sources[0].records <= 250 + 64
    status = daemon.status()
    assert status.models[0].loop.steps == 400
    assert len(place.letters()) == 200
    assert status.sources[0].breaks == len(seen) >= 2
    with pytest.raises(LookupError, match="no source of that name is paused"):
        daemon.mend("in")


def test_once_ends_with_an_error_where_the_source_is_paused_and_a_start_goes_on(place):
    place.text += SMALL
    place.write(*good(200), *[BAD] * 120, *good(200))
    with pytest.raises(SourceFailed, match=r"source in is paused: more than 50% of the last 100"):
        place.run()
    before = len(place.letters())
    assert 50 < before < 120
    with pytest.raises(SourceFailed, match="paused"):
        place.run()
    assert before < len(place.letters())
    daemon = place.run()
    assert daemon.status().models[0].loop.steps == 400
    assert daemon.status().sources[0].breaks == 2
    assert len(place.letters()) == 120


def test_another_source_is_read_to_its_end_while_one_is_paused(place, tmp_path):
    (tmp_path / "other.ndjson").write_bytes(b"".join(map(line, good(500))))
    other = f"  other: {{type: file, path: {tmp_path / 'other.ndjson'}}}\n"
    place.text = place.text.replace("models:\n", f"{other}models:\n") + SMALL
    place.text = place.text.replace("  m:\n", "  m:\n    inputs: [in, other]\n")
    place.write(*[BAD] * 300)
    with pytest.raises(SourceFailed, match="source in is paused"):
        place.run()
    place.text = place.text.replace("share: 0.5", "share: 1.0")
    assert place.run().status().models[0].loop.steps == 500


def test_what_one_model_refuses_and_another_learns_is_not_bad(place):
    start, end = place.text.index("  m:\n"), place.text.index("http:")
    strict = place.text[start:end].replace("  m:\n", "  strict:\n") + "    bounds: {max_abs: 1.0}\n"
    place.text = place.text[:end] + strict + place.text[end:] + SMALL
    place.write(*[{"a": 2.0, "y": 0.5}] * 300)
    daemon = place.run()
    assert [model.loop.steps for model in daemon.status().models] == [300, 0]
    assert {each.model for each in place.letters()} == {"strict"}


def test_letters_sent_again_are_learned_by_their_model_and_gone_once_that_is_kept(place):
    place.touchy()
    place.write(*good(50), {"a": 13.0, "b": 1.0, "y": 1.0}, BAD, *good(50))
    assert place.run().status().models[0].loop.steps == 100
    assert place.ask(1, 2) == []
    Touchy.angry = False
    again = place.run()
    assert again.status().models[0].loop.steps == 101
    assert again.status().sources[0].replayed == 2
    assert [(each.reason, each.message) for each in place.letters()] == [("decode", b"no record")]
    assert place.run().status().models[0].loop.steps == 101  # neither lost nor learned twice


def test_a_running_daemon_finds_what_it_is_asked_for(place):
    place.touchy()
    place.write(*good(50), {"a": 13.0, "b": 1.0, "y": 1.0})

    def show(daemon: Daemon, stop: Stop) -> None:
        status = daemon.status()
        if status.letters.held and Touchy.angry:
            Touchy.angry = False
            place.ask(1)
        if status.sources[0].replayed:
            stop.requested = True

    assert place.run(once=False, show=show).status().models[0].loop.steps == 51
    assert place.letters() == []


def test_while_one_record_at_a_time_is_learned_nothing_is_sent_again(place):
    place.touchy()
    place.write(*good(50), {"a": 13.0, "b": 1.0, "y": 1.0})
    place.run()
    place.ask(1)
    place.write(*good(50), {"a": 13.0, "b": 1.0, "y": 1.0}, *good(5))
    for _ in range(4):  # starts that came to nothing
        flight = InFlight(place.store.with_name("state") / IN_FLIGHT)
        flight.start(1)
    daemon = place.run()
    assert daemon.status().models[0].loop.steps == 55
    assert daemon.status().sources[0].replayed == 0
    assert place.run().status().sources[0].replayed == 1


def test_lines_of_a_table_are_sent_again_under_their_header(tmp_path):
    place = Place(tmp_path, "{type: file, path: INPUT, format: csv}")
    place.touchy()
    rows = [f"{i % 7},{i % 3}\n".encode() for i in range(50)]
    place.write(b"a,y\n", *rows, b"13,1\n")
    place.run()
    place.ask(1)
    Touchy.angry = False
    assert place.run().status().models[0].loop.steps == 51  # though it read no header
    assert place.letters() == []


def test_records_that_never_were_bytes_are_sent_again_too(tmp_path):
    source = "{type: synthetic, stream: linear, seed: 1, limit: 200, features: 2}"
    place = Place(tmp_path, source)
    fixed = "controller: {type: fixed}"
    place.text = place.text.replace(fixed, f"{fixed}\n    bounds: {{max_abs: 1.5}}")
    daemon = place.run()
    refused = len(place.letters())
    assert daemon.status().models[0].loop.steps == 200 - refused < 200
    assert place.ask(1) == []
    place.run()
    with closing(DeadLetters(place.store, create=False)) as store:
        assert store.find(1).attempts == 1  # tried, and refused as before


def test_a_pipe_s_letters_are_its_own_of_each_run(place, tmp_path):
    for _ in range(2):
        source = f"{{type: lines, path: {tmp_path / 'pipe'}}}"
        settings = place.text.replace(f"{{type: file, path: {place.input}}}", source)
        (tmp_path / "pipe").write_bytes(b"".join([line({"a": 1.0, "y": 1.0}), BAD]))
        Daemon(loads(settings).settings, Stop(), once=True).run(lambda status: None)
    assert [each.position for each in place.letters()] == [2, 2]
    assert len({each.origin for each in place.letters()}) == 2


def test_without_a_place_for_them_letters_are_counted(place):
    place.text = place.text[: place.text.index("checkpoint:")]
    place.write(*good(10), BAD)
    status = place.run().status()
    assert (status.letters, status.sources[0].letters) == (None, {"decode": 1})


def test_a_store_that_cannot_be_opened_is_told_at_the_start(place, tmp_path):
    place.text += f"dead_letters: {{path: {tmp_path}}}\n"
    place.write(*good(10))
    with pytest.raises(OSError, match=r"dead letters: .*free some space or give another path"):
        place.run()


def test_what_the_breaker_saw_goes_on_after_a_restart_and_a_broken_one_is_mended():
    data = {"letters": {"type": 3}, "broken": ["e", 0, False], "replayed": 2, "passed": {"o": 1}}
    aside = resumed(data)
    assert (aside.broken.bits, aside.letters, aside.replayed, aside.passed) == (
        0b1110,
        {"type": 3},
        2,
        {"o": 1},
    )
    assert aside.data() == data
    assert resumed({**data, "broken": ["e", 1, True]}).broken == (0, 1, False)
