"""The breaker: breaks on a change of the schema, never on a little poison."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.deadletters import Breaker, Broken


def test_a_stream_that_is_bad_from_the_start_breaks_at_half_a_window():
    breaker, state = Breaker(), Broken()
    seen = 0
    while not state.paused:
        state = breaker.update(state, 1, [0])
        seen += 1
    assert (seen, state.times) == (501, 1)


def test_half_bad_is_not_most():
    breaker, state = Breaker(), Broken()
    for _ in range(2000):
        state = breaker.update(state, 2, [1])
    assert not state.paused


def test_it_stays_broken_until_somebody_mends_it():
    breaker = Breaker(window=10)
    state = breaker.update(Broken(), 10, range(10))
    state = breaker.update(state, 100)
    assert state.paused
    state = breaker.mend(state)
    assert state == Broken(times=1)
    assert not breaker.update(state, 5, range(5)).paused
    assert breaker.update(state, 6, range(6)) == Broken(0b111111, 2, True)


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.booleans(), max_size=200), st.integers(1, 70), st.integers(10, 40))
def test_it_counts_as_a_list_would_however_the_stream_is_cut(stream, block, window):
    breaker, state = Breaker(window=window), Broken()
    for start in range(0, len(stream), block):
        part = stream[start : start + block]
        state = breaker.update(state, len(part), [i for i, bad in enumerate(part) if bad])
    assert state.bits.bit_count() == sum(stream[-window:])


@pytest.mark.parametrize("state", [Broken(), Broken(2**9_999 + 1, 3, True)])
def test_the_state_survives_json(state):
    assert Broken(*json.loads(json.dumps(state))) == state
