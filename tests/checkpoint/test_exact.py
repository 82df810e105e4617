"""JSON that keeps every bit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checkpoint import exact
from lrcontrol.checkpoint.probe import same

plain = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text()
keys = st.text() | st.just("~") | st.booleans() | st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(values)
def test_what_was_written_is_read_to_the_last_bit(value):
    found = exact.loads(exact.dumps(value))
    assert exact.dumps(found) == exact.dumps(value)
    if isinstance(value, float):
        assert same(found, value)


def test_signed_zeros_and_the_smallest_and_the_largest_floats_come_back():
    numbers = [0.0, -0.0, 5e-324, math.nextafter(1.0, 2.0), 1.7976931348623157e308, -math.inf]
    assert [n.hex() for n in exact.loads(exact.dumps(numbers))] == [n.hex() for n in numbers]
    assert math.isnan(exact.loads(exact.dumps(math.nan)))


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", {"a": [1j]}])
def test_what_is_no_data_is_refused(value):
    with pytest.raises(TypeError, match="cannot be written as data"):
        exact.dumps(value)


def test_endless_nesting_is_refused_both_ways():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="deep"):
        exact.dumps(endless)
    with pytest.raises(ValueError, match="exact"):
        exact.loads(b"[" * 10**5 + b"]" * 10**5)


@pytest.mark.parametrize(
    "data",
    [b"", b"NaN", b'{"~": 3}', b'{"~": "x"}', b'{"~": [[{}, 1]]}', b"\xff", b"[" + b"9" * 5000],
)
def test_anything_else_is_a_value_error(data):
    with pytest.raises(ValueError, match=r".+"):
        exact.loads(data)
