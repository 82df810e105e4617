"""Corrupted checkpoints: every one is refused, in one way, whatever was done to the bytes."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from checkpoint.loops import loop, stream
from faults.tier import rng, size

from lrcontrol.checkpoint.content import Checkpoint, accept, pack, prove
from lrcontrol.checkpoint.frame import Frame, peek, seal
from lrcontrol.checkpoint.unusable import Unusable

KEY = bytes(range(32))
RANDOM = size(600, 10_000)
#: Bytes of the large checkpoint; most of what happens to a file happens inside a section.
LARGE = size(100_000, 1_000_000)


@pytest.fixture(scope="module")
def small() -> bytes:
    """A real checkpoint of a linear model."""
    found = loop("linear", "pid")
    records = stream("linear", 100)
    found.learn(records)
    frame = pack(Checkpoint({"step": 100, "positions": {"in": {"file": 4711}}}, {"m": found}))
    proved = prove(frame, {"m": [(record.x, record.y) for record in records]})
    data = b"".join(seal(proved, KEY))
    assert accept(data, [KEY]).meta["step"] == 100
    return data


def refused(data: bytes) -> str:
    """Return the reason; anything but a refusal fails the test."""
    with pytest.raises(Unusable) as refusal:
        accept(data, [KEY])
    return refusal.value.reason


def test_a_bit_flipped_in_every_byte_is_refused(small):
    for at in range(len(small)):
        bad = bytearray(small)
        bad[at] ^= 1 << at % 8
        assert refused(bytes(bad)) in ("authentication", "length"), f"byte {at}"


def test_a_file_cut_at_every_length_is_refused(small):
    for length in range(len(small)):
        assert refused(small[:length]) in ("authentication", "length"), f"length {length}"


def flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice([1, 2, 100])):
        data[rng.randrange(len(data))] ^= rng.randrange(1, 256)


def cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def grow(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.choice([1, 8, 4096]))


def zero(data: bytearray, rng: random.Random) -> None:
    # beyond the middle of a random body: a block that was zeros before would be no damage
    at = rng.randrange(len(data) // 2) // 512 * 512
    data[at : at + 512] = bytes(512)


def swap(data: bytearray, rng: random.Random) -> None:
    one, other = rng.sample(range(len(data) // 512), 2)
    a, b = slice(one * 512, one * 512 + 512), slice(other * 512, other * 512 + 512)
    data[a], data[b] = data[b], data[a]


def splice(data: bytearray, rng: random.Random) -> None:
    other = large(rng.randrange(10**6))
    at = rng.randrange(1, len(data) - 1)
    data[at:] = other[at:]


def large(seed: int) -> bytes:
    body = random.Random(seed).randbytes(LARGE)
    return b"".join(seal(Frame({"step": seed}, {"model:m": body}), KEY))


@pytest.mark.parametrize("damage", [flip, cut, grow, zero, swap, splice])
def test_random_damage_of_a_large_file_is_refused(
    damage: Callable[[bytearray, random.Random], None],
):
    whole = large(-1)
    for case in range(RANDOM // 6):
        bad = bytearray(whole)
        damage(bad, rng((damage.__name__, case)))
        assert bad != whole, f"case {case}"
        assert refused(bytes(bad)) in ("authentication", "length"), f"case {case}"


def test_a_header_with_a_good_seal_and_anything_in_it_is_refused_or_read(small):
    for meta in ({}, {"versions": 3}, {"versions": {}}, {"versions": [1.0, None]}):
        data = b"".join(seal(Frame(meta, {"model:m": b"x", "probe:m": b"{}"}), KEY))
        assert refused(data) in ("header", "versions")


def test_a_header_nobody_verified_is_shown_or_refused_and_nothing_else(small):
    for case in range(size(500, 5000)):
        bad = bytearray(small[:4000]) + small[-50:]
        flip(bad, rng(("peek", case)))
        try:
            assert isinstance(peek(bytes(bad)), dict)
        except Unusable as refusal:
            assert refusal.reason in ("length", "header")  # noqa: PT017
