"""Entries as lines and back: every bit of every number, and what is no line."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.control.base import Reading
from lrcontrol.decisions import Entry
from lrcontrol.decisions.lines import (
    FORMAT,
    Head,
    Unreadable,
    decoded,
    encoded,
    encoded_head,
    from_json,
)

numbers = st.floats(allow_nan=True, allow_infinity=True)
counts = st.integers(0, 2**53)
readings = st.builds(
    Reading, loss=numbers, baseline=numbers, fast=numbers, slow=numbers, noise=numbers,
    step=st.just(64), rate=st.just(0.1), records=counts, nonfinite=counts, drift=st.booleans(),
    probe_losses=st.tuples() | st.tuples(numbers, numbers), alignment=st.none() | numbers,
)  # fmt: skip
written = st.builds(
    Entry, number=counts, at=st.floats(0, 1e12), model=st.text(), step=st.just(64),
    action=st.text(), reason=st.text(), limit=st.text(), before=st.just(0.1), asked=numbers,
    applied=numbers, terms=st.dictionaries(st.text(), numbers), seen=st.none() | readings,
    actor=st.text(), note=st.text(),
)  # fmt: skip


@given(written)
def test_an_entry_comes_back_with_every_bit(entry: Entry) -> None:
    line = encoded([entry])
    assert line.count(b"\n") == 1
    assert repr(decoded(line)) == repr(entry)


def test_what_numpy_calls_a_number_is_one() -> None:
    entry = Entry(1, 0.0, "m", 64, "keep", "start", "none", np.float64(0.1), np.float32(0.5), 0.1)
    seen = Reading(64, 0.1, np.float64(nan), records=np.int64(64), drift=np.bool_(True))
    back = decoded(encoded([entry._replace(terms={"a": np.float64(inf)}, seen=seen)]))
    assert isinstance(back, Entry)
    assert (back.asked, back.terms) == (0.5, {"a": inf})
    assert back.seen is not None
    assert back.seen.drift is True


def test_another_format_is_refused_and_not_guessed_at() -> None:
    head = Head("9.9", FORMAT + 1, 0.0, "began")
    with pytest.raises(Unreadable, match="format 2, where this version reads 1"):
        decoded(encoded_head(head))


@pytest.mark.parametrize("line", [b"", b"{", b"[1]\n", b'{"number":1}\n', b'{"lrcontrol":1}\n'])
def test_what_is_no_line_is_unreadable(line: bytes) -> None:
    with pytest.raises(Unreadable):
        decoded(line)


def test_what_the_api_tells_becomes_an_entry() -> None:
    entry = Entry(1, 0.5, "m", 64, "keep", "start", "none", 0.1, nan, 0.1, {"a": 1.0},
                  Reading(64, 0.1, nan, 0.7, 0.5, 0.5, 0.1, 64, 2, True))  # fmt: skip
    seen = {"loss": None, "baseline": 0.7, "fast": 0.5, "slow": 0.5, "noise": 0.1, "records": 64,
            "nonfinite": 2, "drift": True}  # fmt: skip
    data = {**entry._asdict(), "asked": None, "seen": seen}
    assert repr(from_json(data)) == repr(entry)
    with pytest.raises(Unreadable, match="not a decision"):
        from_json({"number": "one"})
