"""Malformed messages through the decoders: no crash, no record, no trace in what learns from them.

``LRC_FAULT_CASES`` asks for more messages (1,000,000 in full), ``LRC_FAULT_SEED`` for others.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest
from faults.numeric import numbers
from river import linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import Fixed
from lrcontrol.deadletters import Breaker, Broken, DeadLetters, Shelf, letter
from lrcontrol.decode import Decoded, Fields, decoder
from lrcontrol.sources.base import Batch

CASES = int(os.environ.get("LRC_FAULT_CASES", "8000"))
SEED = int(os.environ.get("LRC_FAULT_SEED", "1"))
CAP = 4096
BLOCK = 64
GOOD = b'{"a":1.5,"b":-2.0,"y":0.5}'

#: Messages no record is in, each a different way of being wrong.
CORPUS = [
    b"", b"{", b"}", b"null", b"[]", b"0", b'"x"', b"true", b"\x00", b"\xff\xfe{}", b"\xef\xbb\xbf",
    b"{}", b'{"y":1}', b'{"a":1}', b'{"a":1,"y":null}', b'{"a":null,"y":1}', b'{"a":NaN,"y":1}',
    b'{"a":Infinity,"y":1}', b'{"a":1e999,"y":1}', b'{"a":[1],"y":1}', b'{"a":{"b":1},"y":1}',
    b'{"a":1,"y":[1]}', b'{"a":1,"y":{}}', b'{"a":1 "y":1}', b"{'a':1,'y':1}", b'{"a":1,"y":1',
    b'{"a":1,"y":1}}', b'{"a":"\xc3","y":1}', b'{"a":"\\ud800","y":1}', b'{"a":01,"y":1}',
    b'{"a":+1,"y":1}', b'{"a":.5,"y":1}', b'{"a":0x1,"y":1}', b'{"a":1,,"y":1}', b'{"a":1,"y":1,}',
    b'{1:1,"y":1}', b'{"a":' + b"9" * 5000 + b',"y":1}', b"[" * 4000, b'{"a":' * 800,
    b'{"a":"' + b"x" * 5000 + b'","y":1}', b"{" + b" " * 4000, b"\\" * 100, b'{"a":1,"y":1}\x00',
]  # fmt: skip


def mutated(rng: random.Random) -> bytes:
    """Return a good message with a byte cut, changed or put in, or one of the corpus, or noise."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.randbytes(rng.randrange(60))
    if kind <= 3:
        return rng.choice(CORPUS)
    at = rng.randrange(len(GOOD))
    if kind == 4:
        return GOOD[:at]
    middle = b"" if kind == 5 else rng.randbytes(1) if kind == 6 else rng.choice(CORPUS)[:20]
    return GOOD[:at] + middle + GOOD[at + (kind != 7) :]


def decode(messages: list[bytes], start: int = 0) -> Decoded:
    positions = range(start, start + len(messages))
    return decoder("ndjson", Fields(), CAP, None).decode(Batch("a", messages, positions))


@pytest.mark.parametrize("message", CORPUS, ids=lambda message: repr(message[:24]))
def test_each_way_of_being_wrong_is_rejected_beside_good_ones(message):
    decoded = decode([GOOD, message, GOOD])
    assert [record.y for record in decoded.records] == [0.5, 0.5]
    (rejection,) = decoded.rejected
    assert rejection.position == 1
    assert len(rejection.detail) <= 300


@pytest.mark.parametrize(
    ("form", "columns"), [("ndjson", None), ("csv", ("a", "b", "y")), ("csv", ("y", "a"))]
)
def test_no_message_whatever_crashes_a_decoder(form, columns):
    rng = random.Random(SEED)
    made = decoder(form, Fields(), CAP, columns)
    seen = 0
    for start in range(0, CASES, BLOCK):
        messages = [mutated(rng) for _ in range(BLOCK)]
        decoded = made.decode(Batch("a", messages, range(start, start + BLOCK)))
        seen += len(decoded.records) + len(decoded.rejected)
    assert seen == -(-CASES // BLOCK) * BLOCK


def learned(noise: Callable[[], list[bytes]], store: DeadLetters) -> tuple[Loop, Broken, int]:
    """Learn a stream with noise between its good messages; keep what was rejected."""
    loop = Loop(preprocessing.StandardScaler() | linear_model.LinearRegression(), Fixed())
    rng, breaker, broken, rejects = random.Random(SEED), Breaker(), Broken(), 0
    for block in range(CASES // BLOCK):
        good = b'{"a":%r,"b":1.0,"y":%r}' % (rng.gauss(0, 1), rng.gauss(0, 1))
        messages = [good, *noise()]
        decoded = decode(messages, block * BLOCK)
        letters = [
            letter("s", "a", r.position, r.reason, r.detail, r.message) for r in decoded.rejected
        ]
        store.add(letters)
        rejects += len(letters)
        bad = [r.position - block * BLOCK for r in decoded.rejected]
        broken = breaker.update(broken, len(messages), bad)
        loop.learn(decoded.records)
    store.flush()
    return loop, broken, rejects


def test_what_is_rejected_leaves_no_trace_in_the_model_and_all_of_it_is_kept(tmp_path):
    rng = random.Random(SEED + 1)
    store = DeadLetters(tmp_path / "letters.db", Shelf(max_letters=5000))

    def noise() -> list[bytes]:
        return [rng.choice(CORPUS) for _ in range(BLOCK - 1)]

    with_it, broken, rejects = learned(noise, store)
    without, calm, none = learned(list, DeadLetters(tmp_path / "none.db"))
    assert numbers(with_it) == numbers(without)
    assert with_it.status.steps == CASES // BLOCK
    assert (none, calm.paused) == (0, False)
    assert rejects == CASES // BLOCK * (BLOCK - 1)
    assert store.counts.letters + store.counts.dropped == rejects
    assert broken.paused  # this much is no poison any more


def test_records_that_are_refused_leave_no_trace_either():
    rng = random.Random(SEED)
    loops = [
        Loop(preprocessing.StandardScaler() | linear_model.LinearRegression(), Fixed())
        for _ in range(2)
    ]
    for loop in loops:  # a name is known as a number from here on
        loop.learn([Record({"a": 0.5, "b": 1.0}, 0.0)])
    bad = [float("nan"), float("inf"), 1e300, 10**400, "text", None, [1.0]]
    for _ in range(200):
        good = Record({"a": rng.gauss(0, 1), "b": 1.0}, rng.gauss(0, 1))
        odd = [Record({"a": value, "b": 1.0}, 1.0) for value in bad]
        assert len(loops[0].learn([*odd, good, *odd])) == 2 * len(bad)
        loops[1].learn([good])
    first, second = ([n for n in numbers(loop) if "rejected" not in n[0]] for loop in loops)
    assert first == second
