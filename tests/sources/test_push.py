"""Records that clients send: taken once, told when safe, refused when there is no room."""

import threading

import pytest

from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.keeping.journal import JournalSettings
from lrcontrol.sources.base import SourceFailed
from lrcontrol.sources.inbox import KEYS, Closed, Full, Inbox, TooMuch
from lrcontrol.sources.push import Push

A, B, C = b'{"a": 1}', b'{"a": 2}', b'{"a": 3}'
LONG = 10.0


@pytest.fixture
def journal(tmp_path):
    return JournalSettings(str(tmp_path / "journal.db"), max_messages=5)


@pytest.fixture
def opened():
    """``opened(settings, positions)``: the source, closed at the end."""
    there = []

    def opens(settings, positions=None):
        source = settings.build()
        source.open(positions or {})
        there.append(source)
        return source

    yield opens
    for source in there:
        source.close()


def test_what_is_sent_is_read_in_its_order(opened):
    push = Push()
    source = opened(push)
    assert source.poll(10, 0) is None
    assert not push.inbox.put_once([A, B], "")
    push.inbox.put_once([C], "")
    assert source.lag == 3
    first, second = source.poll(2, 0), source.poll(2, 0)
    assert (list(first.messages), list(first.positions)) == ([A, B], [1, 2])
    assert (list(second.messages), list(second.positions)) == ([C], [3])
    assert (source.poll(2, 0), source.lag) == (None, 0)


def test_one_who_waits_is_woken(opened):
    push = Push()
    source = opened(push)
    threading.Thread(target=push.inbox.put, args=([A],)).start()
    assert list(source.poll(1, LONG).messages) == [A]


def test_the_same_key_counts_once(opened):
    push = Push()
    source = opened(push)
    assert [push.inbox.put_once([A], k) for k in ("k", "k", "l", "", "")] == [False, True] + 3 * [
        False
    ]
    assert len(source.poll(10, 0).messages) == 4


def test_keys_are_forgotten_the_oldest_first():
    inbox = Inbox(10 * KEYS, 2**30)
    for n in range(KEYS):
        inbox.put_once([A], str(n))
    assert inbox.put_once([A], "0")  # used again: now the newest
    inbox.put_once([A], "new")
    assert inbox.put_once([A], "0")
    assert not inbox.put_once([A], "1")


def test_there_is_a_most(opened):
    push = Push(capacity=2, max_bytes=20)
    source = opened(push)
    with pytest.raises(TooMuch, match="at most 2 records and 20 bytes at a time"):
        push.inbox.put([A, B, C])
    with pytest.raises(TooMuch):
        push.inbox.put([b"x" * 21])
    push.inbox.put([A])
    with pytest.raises(Full, match="1 records and 8 bytes wait"):
        push.inbox.put([b"x" * 13])
    with pytest.raises(Full):
        push.inbox.put_once([A, B], "k")
    assert len(source.poll(10, 0).messages) == 1
    assert not push.inbox.put_once([A, B], "k")  # a key that was refused is not known


def test_who_waits_when_it_closes_is_told():
    inbox = Push().inbox
    known = inbox.put([A])
    inbox.close()
    with pytest.raises(Closed, match="send it again"):
        known.result(0)
    with pytest.raises(Closed):
        inbox.put([A])


def test_with_a_journal_it_is_answered_when_durable_and_read_again_after_a_crash(opened, journal):
    push = Push(journal=journal)
    source = opened(push)
    known = push.inbox.put([A, B])
    assert not known.done()
    batch = source.poll(1, 0)
    assert known.result(0) is False
    assert (batch.messages, batch.positions, source.lag) == ([A], [1], 1)
    again = opened(Push(journal=journal), {"journal": 1})
    assert again.poll(10, 0).messages == [B]
    beginning = opened(Push(journal=journal))
    assert beginning.poll(10, 0).messages == [A, B]


def test_with_a_journal_a_key_outlives_the_process(opened, journal):
    key = "x" * 128
    push = Push(journal=journal)
    source = opened(push)
    known = [push.inbox.put([A, B], key), push.inbox.put([A, B], key), push.inbox.put([C])]
    assert source.poll(10, 0).messages == [C, A, B]
    assert [k.result(0) for k in known] == [False, True, False]
    other = Push(journal=journal)
    late = opened(other, {"journal": 3})
    known = other.inbox.put([A, B], key)
    assert late.poll(10, 0) is None
    assert known.result(0) is True


def test_a_full_journal_is_told_to_the_clients_and_survived(opened, journal):
    push = Push(journal=journal)
    source = opened(push)
    push.inbox.put([A] * 4)
    source.poll(1, 0)
    plain, keyed = push.inbox.put([B, B]), push.inbox.put([B, B], "k")
    fits = push.inbox.put([C], "l")
    assert source.poll(10, 0).messages == [A, A, A, C]
    for refused in (plain, keyed):
        with pytest.raises(Full, match="wait for a durable checkpoint"):
            refused.result(0)
    assert fits.result(0) is False


def test_a_journal_that_cannot_be_read_is_the_end(opened, journal, tmp_path):
    (tmp_path / "journal.db").write_bytes(b"not a database" * 100)
    with pytest.raises(SourceFailed, match=r"journal\.db"):
        opened(Push(journal=journal))


def test_a_journal_behind_the_checkpoint_is_refused(opened, journal):
    with pytest.raises(SourceFailed, match="not the journal it was made with"):
        opened(Push(journal=journal), {"journal": 7})


def test_a_disk_that_fails_is_told_to_the_clients(opened, journal, tmp_path):
    push = Push(journal=journal)
    source = opened(push)
    push.inbox.put([A])
    source.poll(1, 0)
    source._reader.journal.database.close()
    (tmp_path / "journal.db").unlink()
    (tmp_path / "journal.db").mkdir()
    known = push.inbox.put([B])
    assert source.poll(1, 0) is None
    with pytest.raises(DatabaseFailed):
        known.result(0)
