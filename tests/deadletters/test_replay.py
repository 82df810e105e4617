"""Replay: sent again in the order asked, settled by a checkpoint, and the same after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrcontrol.deadletters import DeadLetters, Replay, ask, letter


@pytest.fixture
def store(tmp_path: Path) -> DeadLetters:
    made = DeadLetters(tmp_path / "letters.db")
    made.add(
        [letter("clicks", "a", i, "type", "no", str(i).encode()) for i in (1, 2, 3)]
        + [letter("views", "b", 7, "type", "no", b"7")]
        + [letter("clicks", "a", 9, "bounds", "no", b"9", "ctr")]
        + [letter("clicks", "a", 10, "too_large", "no", bytes(10**6))]
    )
    made.flush()
    return made


def opened(store: DeadLetters, position: int = 0, source: str = "clicks") -> Replay:
    replay = Replay(store.database, source)
    replay.open({f"dead letters: {source}": position})
    return replay


def left(store: DeadLetters) -> list[tuple[bytes, str, int]]:
    return [(k.letter.message[:9], k.letter.reason, k.attempts) for k in store.letters()]


def test_nothing_is_sent_that_nobody_asked_for(store):
    replay = opened(store)
    assert replay.poll(10) is None
    assert (replay.lag, replay.length) == (0, None)


def test_letters_come_in_the_order_asked_to_their_own_source_and_model(store):
    assert ask(store.database, [3, 4, 1, 5, 3, 6, 99]) == [3, 6, 99]
    replay = opened(store)
    assert replay.lag == 2
    assert replay.poll(10) == ("dead letters: clicks", [b"3", b"1"], [1, 3])
    assert replay.poll(10) is None
    assert opened(store, source="views").poll(10).messages == [b"7"]
    model = Replay(store.database, "clicks", "ctr")
    model.open({})
    assert model.poll(10) == ("dead letters: clicks for ctr", [b"9"], [4])


def test_a_checkpoint_takes_out_what_was_learned_and_keeps_what_failed_again(store):
    ask(store.database, [1, 2, 3])
    replay = opened(store)
    replay.poll(2)
    replay.refuse(2, "decode", "worse")
    before = left(store)
    replay.commit({"a": 9})
    assert left(store) == before  # no checkpoint that holds it: nothing is settled
    replay.commit({"a": 9, "dead letters: clicks": 2})
    assert left(store)[:2] == [(b"2", "decode", 1), (b"3", "type", 0)]
    assert len(left(store)) == 5
    assert replay.poll(9).messages == [b"3"]
    assert ask(store.database, [2]) == []  # may be tried once more
    assert replay.poll(9) == ("dead letters: clicks", [b"2"], [4])


def test_a_crash_before_the_checkpoint_replays_the_same_letters(store):
    ask(store.database, [1, 2, 3])
    replay = opened(store)
    first = replay.poll(9)
    replay.refuse(2, "decode", "worse")
    assert opened(store).poll(9) == first
    # A crash between the checkpoint and its commit: opening settles it
    assert opened(store, 3).poll(9) is None
    assert left(store)[0] == (b"2", "decode", 1)
    assert len(left(store)) == 4


def test_sending_goes_on_through_small_blocks(store):
    ask(store.database, [1, 2, 3])
    replay = opened(store)
    seen = [replay.poll(1) for _ in range(4)]
    assert [b and b.messages for b in seen] == [[b"1"], [b"2"], [b"3"], None]
    replay.close()
