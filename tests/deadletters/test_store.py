"""The store: each letter once, both caps, and what a bad disk does to it."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.deadletters import DeadLetters, Letter, Shelf, letter
from lrcontrol.deadletters import store as stores
from lrcontrol.keeping.database import Database, DatabaseFailed, Kind
from lrcontrol.record import Record


def bad(position: int, message: bytes = b"{", **other: str) -> Letter:
    return letter("clicks", other.pop("origin", "a"), position, "decode", "no", message, **other)


def positions(store: DeadLetters) -> list[int]:
    return [kept.letter.position for kept in store.letters(limit=10**6)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "letters.db"


def test_a_letter_is_kept_with_all_that_is_known_of_it(path):
    store = DeadLetters(path)
    told = letter("clicks", "a.ndjson", 17, "nonfinite", "'x' is nan", b'{"x": NaN}', "ctr")
    store.add([told])
    store.flush()
    (kept,) = DeadLetters(path, create=False).letters()
    assert kept == store.find(kept.id)
    assert (kept.letter, kept.attempts) == (told, 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_has_not_been_flushed_comes_again_and_what_has_is_not_doubled(path):
    store = DeadLetters(path)
    store.add([bad(1), bad(2)])
    store.flush()
    store.add([bad(3)])
    store.database.close()  # the process is gone, with what waited
    again = DeadLetters(path)
    again.add([bad(1), bad(2), bad(3), bad(2, origin="b"), bad(2, model="ctr")])
    again.flush()
    assert positions(again) == [1, 2, 3, 2, 2]


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=20),
    st.lists(st.integers(0, 20), max_size=3),
    st.integers(1, 12),
)
def test_a_stream_read_again_leaves_the_same_letters(tmp_path_factory, gaps, crashes, most):
    ends = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    folder = tmp_path_factory.mktemp("letters")
    clean, crashed = (DeadLetters(folder / n, Shelf(max_letters=most)) for n in ("a", "b"))
    for end in ends:
        clean.add([bad(end)])
        clean.flush()
    for crash in [*crashes, len(ends)]:  # each time from the beginning, as after a crash
        for end in ends[:crash]:
            crashed.add([bad(end)])
            crashed.flush()
    assert positions(crashed) == positions(clean) == ends[-most:]
    assert crashed.counts == clean.counts
    assert clean.counts.dropped == max(len(ends) - most, 0)


@pytest.mark.parametrize("size", [0, 100, 700, 2100, 3900, 4500, 64 * 1024])
def test_the_file_stays_below_its_cap(path, size):
    cap = 1024 * 1024
    store = DeadLetters(path, Shelf(max_bytes=cap))
    count = 2 * cap // (size + 300)
    store.add(bad(position, bytes(size)) for position in range(count))
    store.flush()
    assert store.counts.bytes <= cap
    assert store.counts.dropped > 0
    assert positions(store)[-1] == count - 1
    store.close()
    assert path.stat().st_size <= cap


def test_a_long_message_is_cut_and_says_so(path):
    store = DeadLetters(path)
    store.add([bad(1, bytes(10**6)), bad(2, bytes(10))])
    store.flush()
    cut, whole = (kept.letter for kept in store.letters())
    assert (len(cut.message), cut.whole) == (64 * 1024, False)
    assert (len(whole.message), whole.whole) == (10, True)


def test_a_record_that_never_was_bytes_is_written_out(path):
    store = DeadLetters(path)
    store.add([letter("set", "phishing", 3, "nonfinite", "", Record({"x": float("nan")}, True))])
    store.flush()
    assert store.letters()[0].letter.message == b'{"x": {"x": NaN}, "y": true}'


def test_a_name_that_is_no_utf_8_is_kept_in_a_readable_way(path):
    store = DeadLetters(path)
    store.add([bad(1, origin=os.fsdecode(b"caf\xe9"))])
    store.flush()
    assert store.letters()[0].letter.origin == "caf\\udce9"


def test_letters_are_found_by_source_and_reason(path):
    store = DeadLetters(path)
    store.add([bad(1), bad(2)._replace(source="views"), bad(3)._replace(reason="type")])
    store.flush()
    assert [k.letter.position for k in store.letters(source="clicks")] == [1, 3]
    assert [k.letter.position for k in store.letters(reason="type", source="clicks")] == [3]
    assert [k.id for k in store.letters(after=1, limit=1)] == [2]
    assert store.find(99) is None
    with pytest.raises(ValueError, match="origin"):
        store.letters(origin="a")


def test_the_memory_of_streams_is_capped(path, monkeypatch):
    monkeypatch.setattr(stores, "MOST_STREAMS", 5)
    store = DeadLetters(path, Shelf(max_letters=3))
    for i in range(50):
        store.add([bad(1, origin=f"a.{i}")])
        store.flush()
    ((streams,),) = store.database.rows("SELECT count(*) FROM streams")
    assert streams <= 5 + 3 + 1


def test_a_full_disk_loses_nothing_until_too_much_waits(path):
    store = DeadLetters(path)
    with store.database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    store.database.rows(f"PRAGMA max_page_count={pages}")  # SQLITE_FULL, as ENOSPC gives
    store.add([bad(1)])
    for page in range(2):  # until the last page is full
        store.add([bad(10 + page, bytes(5000))])
    with pytest.raises(DatabaseFailed, match=r"letters\.db: database or disk is full"):
        store.flush()
    assert not store.full
    store.flush()  # a new connection knows of no such cap: there is space again
    assert positions(store) == [1, 10, 11]


def test_none_is_lost_where_the_disk_stays_bad(path, monkeypatch):
    monkeypatch.setattr(stores, "WAITING_LETTERS", 3)
    store = DeadLetters(path)
    store.database.close()
    path.unlink()
    path.mkdir()  # cannot be opened
    store.add([bad(1), bad(2)])
    assert not store.full
    store.add([bad(3), bad(4)])  # of the block that was read last
    assert (store.full, store.waiting) == (True, 4)
    for _ in range(2):
        with pytest.raises(DatabaseFailed, match="free some space"):
            store.flush()
    path.rmdir()
    store.flush()
    assert (store.full, store.waiting) == (False, 0)
    assert positions(store) == [1, 2, 3, 4]


def test_a_process_killed_at_any_moment_leaves_a_store_that_opens(path):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        store = DeadLetters(path)
        for position in range(10**6):
            store.add([bad(position)])
            store.flush()
            os.write(writer, b".")
    reported = sum(len(os.read(reader, 1)) for _ in range(200))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(writer)
    while more := os.read(reader, 4096):
        reported += len(more)
    os.close(reader)
    found = positions(DeadLetters(path, create=False))
    assert len(found) >= reported
    assert found == list(range(len(found)))


def test_a_missing_or_foreign_or_damaged_file_is_refused(path, tmp_path):
    with pytest.raises(DatabaseFailed, match="unable to open"):
        DeadLetters(path, create=False)
    Database(path, Kind("a journal", 7, 1, "CREATE TABLE t (a)")).close()
    with pytest.raises(DatabaseFailed, match="not dead letters of version 1"):
        DeadLetters(path)
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE mine (a)").connection.close()
    with pytest.raises(DatabaseFailed, match="not dead letters"):
        DeadLetters(tmp_path / "other")
    (tmp_path / "text").write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseFailed, match="text: file is not a database"):
        DeadLetters(tmp_path / "text")


def test_the_shelf_checks_its_values():
    with pytest.raises(Invalid, match="max_letters: must be >= 1"):
        Shelf(max_letters=0)
    with pytest.raises(Invalid, match="max_bytes: must be >= 1048576"):
        Shelf(max_bytes=5000)
