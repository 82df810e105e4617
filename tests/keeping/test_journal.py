"""The journal: durable, in order, under its caps, and what it says when it cannot go on."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lrcontrol.checks import Invalid
from lrcontrol.keeping import journal as journals
from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.keeping.journal import Gap, Journal, JournalFull, JournalSettings


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "journal.db")


def opened(path: str, **caps: int) -> Journal:
    return Journal(JournalSettings(path, **caps))


def test_what_was_appended_is_read_back_in_order_by_another_process_too(path):
    journal = opened(path)
    assert journal.append([b"a", b"b"], {"stdin": 2}) == [1, 2]
    assert journal.append([]) == []
    again = opened(path)
    assert again.append([b"c"], {"stdin": 3}) == [3]
    assert again.read(0, 2)[:2] == ([b"a", b"b"], [1, 2])
    assert again.read(2, 2)[:2] == ([b"c"], [3])
    assert again.read(3, 2)[:2] == ([], [])
    assert (again.origins, again.last) == ({"stdin": 3}, 3)


def test_what_three_checkpoints_have_passed_is_dropped_and_no_number_comes_again(path):
    journal = opened(path)
    journal.append([b"x"] * 10)
    for position in (0, 3, 3, 6):
        journal.commit(position)
    assert len(journal.read(0, 99).messages) == 10
    journal.commit(10)
    assert journal.read(3, 99).positions == [4, 5, 6, 7, 8, 9, 10]
    for position in (11, 12):
        journal.append([b"y"])
        journal.commit(position)
    assert journal.append([b"z"]) == [13]
    with pytest.raises(Gap, match="messages 5 to 10 are gone"):
        journal.read(4, 1)


def test_a_journal_that_is_not_the_checkpoints_own_is_told(path):
    journal = opened(path)
    journal.append([b"a"])
    with pytest.raises(Gap, match=r"ends at 1, before the position 7"):
        journal.read(7, 1)


def test_it_takes_no_more_than_its_caps_and_nothing_in_part(path):
    journal = opened(path, max_messages=3)
    journal.append([b"a", b"b"])
    with pytest.raises(JournalFull, match="2 messages and 130 bytes wait"):
        journal.append([b"c", b"d"])
    assert journal.last == 2
    for position in (1, 1, 2, 2, 2):
        journal.commit(position)
    for position in (3, 4, 5):
        journal.append([b"c"])
        journal.commit(position)
    small = opened(path + "2", max_bytes=100)
    small.append([bytes(500)])  # one alone always fits: it could never go on otherwise
    with pytest.raises(JournalFull):
        small.append([b""])


@pytest.mark.parametrize("size", [0, 100, 2100, 60_000])
def test_the_file_keeps_what_it_says(path, size):
    cap = 1024 * 1024
    journal = opened(path, max_bytes=cap)
    with suppress(JournalFull):
        for _ in range(1000):
            journal.append([bytes(size)] * 20)
    assert 0 < journal.last < 20_000
    journal.close()
    assert os.stat(path).st_size <= 2.2 * cap


def test_a_client_that_asks_again_gets_the_same_answer(path):
    journal = opened(path)
    first = journal.append([b"a", b"b"], keys=["k1", "k2"])
    assert journal.append([b"b", b"c"], keys=["k2", "k3"]) == [first[1], 3]
    for position in (3, 3, 3):
        journal.commit(position)
    assert journal.append([b"a"], keys=["k1"]) == [1]  # though learned and dropped long ago
    with pytest.raises(ValueError, match="more than 128"):
        journal.append([b"a"], keys=["k" * 129])


def test_the_memory_of_keys_and_origins_is_capped(path, monkeypatch):
    monkeypatch.setattr(journals, "KEYS", 5)
    monkeypatch.setattr(journals, "ORIGINS", 5)
    journal = opened(path)
    for i in range(50):
        journal.append([b"a"], {f"pipe {i}": 1}, keys=[f"k{i}"])
    ((keys,),) = journal.database.rows("SELECT count(*) FROM keys")
    assert keys == len(journal.origins) == 5
    assert "pipe 49" in journal.origins


def test_messages_under_another_header_come_in_a_batch_of_their_own(path):
    journal = opened(path)
    for header, messages in ((b"a,b", [b"1", b"2"]), (b"b,a", [b"3"]), (b"b,a", [b"4"])):
        journal.append(messages, header=header)
    assert journal.read(0, 9) == ([b"1", b"2"], [1, 2], b"a,b")
    assert journal.read(2, 9) == ([b"3", b"4"], [3, 4], b"b,a")
    for position in (3, 3, 3, 4, 4):
        journal.commit(position)
    assert journal.read(3, 9).header == b"b,a"
    journal.append([b"5"], header=b"c")
    assert journal.read(3, 9) == ([b"4"], [4], b"b,a")


def test_a_process_killed_at_any_moment_loses_nothing_it_was_told_is_safe(path):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        journal = opened(path)
        for number in range(10**6):
            journal.append([b"%d" % number], {"stdin": number + 1})
            os.write(writer, b".")
    safe = sum(len(os.read(reader, 1)) for _ in range(300))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(writer)
    while more := os.read(reader, 4096):
        safe += len(more)
    os.close(reader)
    journal = opened(path)
    found = journal.read(0, 10**6).messages
    assert len(found) >= safe
    assert found == [b"%d" % number for number in range(len(found))]
    assert journal.origins == {"stdin": len(found)}


def test_a_bad_disk_is_told_and_nothing_of_the_append_is_there(path, monkeypatch):
    journal = opened(path)
    ((pages,),) = journal.database.rows("PRAGMA page_count")
    journal.database.rows(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DatabaseFailed, match=r"journal\.db: database or disk is full"):
        journal.append([bytes(50_000)])
    assert (journal.last, journal.append([b"a"])) == (0, [1])


def test_the_settings_check_their_values():
    with pytest.raises(Invalid, match="path: names no file"):
        JournalSettings("")


class Machine(RuleBasedStateMachine):
    """The journal against a list, through crashes."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        Machine.count += 1
        self.path = str(self.folder / f"{Machine.count}.db")
        self.journal = opened(self.path)
        self.said: list[bytes] = []
        self.passed: list[int] = []

    count = 0

    @rule(messages=st.lists(st.binary(max_size=9), max_size=4))
    def append(self, messages):
        start = len(self.said)
        assert self.journal.append(messages) == [start + i + 1 for i in range(len(messages))]
        self.said += messages

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def commit(self, data):
        low = max(self.passed, default=0)
        position = data.draw(st.integers(low, len(self.said)))
        self.journal.commit(position)
        self.passed = sorted({*self.passed, position} - {0})[-3:]

    @rule()
    def crash(self):
        self.journal.close()
        self.journal = opened(self.path)

    @invariant()
    def all_of_it_is_there(self):
        after = self.passed[0] if len(self.passed) == 3 else 0
        found = self.journal.read(after, 10**6)
        assert found.messages == self.said[after:]
        assert found.positions == list(range(after + 1, len(self.said) + 1))

    def teardown(self):
        self.journal.close()


def test_the_journal_is_a_list_that_survives(tmp_path):
    Machine.folder = tmp_path
    machine = Machine.TestCase
    machine.settings = settings(
        derandomize=True, max_examples=25, stateful_step_count=12, deadline=None
    )
    machine("runTest").runTest()
