"""Messages that are alike are read as one array: the same records, to the last bit, or left."""

import json
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.decode import NDJSON, Fields
from lrcontrol.decode.alike import FEWEST, AlikeReader, shape_of
from lrcontrol.record import Alike, Record
from lrcontrol.sources.base import Batch

pytest.importorskip("numba")
CAP = 10**6


def reader():
    return AlikeReader("y")


@pytest.fixture(autouse=True, scope="module")
def _compiled():
    reader().read([b'{"a": 1, "y": 2}'], CAP)


def one_by_one(messages):
    return [NDJSON(Fields(), CAP).decode(Batch("t", [m], [1])).records[0] for m in messages]


def bits(record):
    return [(name, struct.pack("d", value)) for name, value in (*record.x.items(), ("y", record.y))]


numbers = (
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).map(repr)
    | st.floats(min_value=-1e6, max_value=1e6).map("{:.3f}".format)
    | st.integers(min_value=-(10**16), max_value=10**16).map(str)
    | st.tuples(st.integers(1, 10**17), st.integers(-290, 280)).map("{0[0]}e{0[1]}".format)
)


@given(rows=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5))
def test_the_same_numbers_to_the_last_bit(rows):
    messages = [f'{{"a": {a},"y":{y} , "b c": {b}}}'.encode() for a, y, b in rows]
    found = reader().read(messages, CAP)
    if found is None:  # a number that takes a second look, or a negative zero of an integer
        assert any("-0" in cell or abs(float(cell)) > 1e306 or abs(float(cell)) < 1e-306
                   for row in rows for cell in row)  # fmt: skip
        return
    assert isinstance(found, Alike)
    assert [bits(record) for record in found] == [bits(r) for r in one_by_one(messages)]
    assert found[0] == Record(found.x[0], found.y[0])


HALFWAY = ["90071992556055350e-1", "9007199254740993", "5e-324", "1.7976931348623157e308"]


@pytest.mark.parametrize("number", [*HALFWAY, "0.1", "123456789012345678", "-0.0", "1E+5", "0e7"])
def test_hard_numbers(number):
    messages = [b'{"a": 1, "y": %s}' % number.encode()] * 2
    found = reader().read(messages, CAP)
    if found is not None:
        assert [bits(record) for record in found] == [bits(r) for r in one_by_one(messages)]


@pytest.mark.parametrize(
    "number",
    ["01", "-", "1.", ".5", "1e", "1e+", "+1", "--1", "1..2", "1.2.3", "-01", "1e400", "NaN", "-0",
     "1 2", "true", '"1"', "null", "[1]", "", "1e99999999999999999999", "9" * 40],
)  # fmt: skip
def test_what_is_no_plain_number_is_left(number):
    good = b'{"a": 1, "y": 2}'
    assert reader().read([good, b'{"a": %s, "y": 2}' % number.encode(), good], CAP) is None
    assert reader().read([b'{"a": %s, "y": 2}' % number.encode()], CAP) is None


@pytest.mark.parametrize(
    "message",
    [b'{"y": 2, "a": 1}', b'{"a":1, "y": 2}', b'{"a": 1, "y": 2} ', b'{"a": 1}', b"{}", b"",
     b'{"a": 1, "y": 2}\n{"a": 1, "y": 2}', b'{"a": 1, "y": 2', b'{"b": 1, "y": 2}'],
)  # fmt: skip
def test_a_batch_with_another_layout_is_left(message):
    good = b'{"a": 1, "y": 2}'
    assert reader().read([good, message], CAP) is None
    assert reader().read([good, message, good], CAP) is None


def test_lines_within_messages_are_not_taken_for_messages():
    split = [b'{"a": 1, "y": 2}\n{"a": 1, "y": 2}', b'{"a": 1, "y": 2', b"}"]
    assert reader().read(split, CAP) is None
    halves = [b'{"a": 1,\n"y": 2}', b'{"a": 1,', b'"y": 2}']
    assert reader().read(halves, CAP) is None


@pytest.mark.parametrize(
    "message",
    [b'{"a": 1, "a": 2, "y": 3}', b'{"y": 1}', b'{"a": 1, "b": 2}', b'{"\\u0061": 1, "y": 2}',
     b'{"\xff": 1, "y": 2}', b' {"a": 1, "y": 2}', b'{"a": {"b": 1}, "y": 2}', b'{"a" 1}', b"[1]"],
)  # fmt: skip
def test_what_has_no_shape(message):
    assert shape_of(message, "y") is None
    assert reader().read([message], CAP) is None


def test_a_long_message_is_left():
    message = b'{"a": 1, "y": 2}'
    assert reader().read([message] * 3, len(message)) is not None
    assert reader().read([message] * 3, len(message) - 1) is None


def test_a_new_layout_is_taken_up_and_a_mixed_stream_is_soon_let_pass():
    reading = reader()
    one, other = [b'{"a": 1, "y": 2}'] * 2, [b'{"b": 1, "y": 2}'] * 2
    assert list(reading.read(one, CAP)) == [Record({"a": 1.0}, 2.0)] * 2
    assert list(reading.read(other, CAP)) == [Record({"b": 1.0}, 2.0)] * 2
    assert reading.read([*one, *other], CAP) is None
    assert [reading.read(one, CAP) for _ in range(FEWEST)] == [None] * FEWEST
    assert reading.read(one, CAP) is not None


def test_only_where_the_compiler_runs_already(monkeypatch):
    message = [b'{"a": 1, "y": 2}']
    monkeypatch.delitem(sys.modules, "numba")
    assert reader().read(message, CAP) is None


def test_decoded_records_are_the_same_either_way():
    messages = [json.dumps({"y": i / 7, "a": i / 3, "b": -i}).encode() for i in range(1, 20)]
    decoder = NDJSON(Fields(), CAP)
    found = decoder.decode(Batch("t", messages, range(1, 20)))
    assert isinstance(found.records, Alike)
    assert list(found.records) == one_by_one(messages)
    assert list(found.records[3:5]) == one_by_one(messages)[3:5]
    assert list(found.positions) == list(range(1, 20))
