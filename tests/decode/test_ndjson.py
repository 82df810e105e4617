"""NDJSON: records flat and nested, and a reason for everything that is none."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.decode import NDJSON, Fields
from lrcontrol.decode.base import MESSAGE_CAP
from lrcontrol.record import Record
from lrcontrol.sources.base import Batch

CAP = 1024
GOOD = b'{"a": 1, "y": 2}'


def test_numbers_become_floats_and_the_rest_stays(decode):
    found = decode(NDJSON(Fields(), CAP), b'{"a": 1, "b": "NW", "c": true, "d": 2.5, "y": 3}\r')
    (record,) = found.records
    assert record == Record({"a": 1.0, "b": "NW", "c": True, "d": 2.5}, 3.0)
    assert type(record.x["a"]) is float
    assert type(record.y) is float
    assert record.x["c"] is True


@pytest.mark.parametrize("label", ["true", '"spam"', "0.5", "-3"])
def test_a_label_is_any_scalar(decode, label):
    message = b'{"a": 1, "y": %s}' % label.encode()
    assert decode(NDJSON(Fields(), CAP), message).records[0].y == json.loads(label)


def test_flat_parts(decode):
    fields = Fields(id="ride", timestamp="at", label="fare", exclude=("driver",))
    message = b'{"ride": "a7", "at": 5, "fare": 12, "km": 3, "driver": {"name": "Jo"}}'
    assert decode(NDJSON(fields, CAP), message).records == [Record({"km": 3.0}, 12.0, "a7", 5.0)]


def test_nested_parts(decode):
    fields = Fields(id="id", timestamp="ts", features="x", exclude=("b",), categorical=("z", "y"))
    message = (
        b'{"id": 7, "ts": "1970-01-01T00:01:00Z", "x": {"a": 1, "b": [], "z": 98101}, "y": 1,'
        b' "w": {"any": ["thing"]}}'
    )
    expected = Record({"a": 1.0, "z": "98101"}, "1", "7", 60.0)
    assert decode(NDJSON(fields, CAP), message).records == [expected]


def test_nested_without_the_other_parts(decode):
    message = b'{"id": 1, "timestamp": [], "x": {"a": 1}, "y": 2}'
    assert decode(NDJSON(Fields(features="x"), CAP), message).records == [Record({"a": 1.0}, 2.0)]


def test_null_is_a_missing_feature(decode):
    flat, nested = NDJSON(Fields(), CAP), NDJSON(Fields(features="x"), CAP)
    assert decode(flat, b'{"a": 1, "b": null, "y": 2}').records == [Record({"a": 1.0}, 2.0)]
    message = b'{"x": {"a": 1, "b": null}, "y": 2}'
    assert decode(nested, message).records == [Record({"a": 1.0}, 2.0)]


@pytest.mark.parametrize("features", [None, "x"])
@pytest.mark.parametrize("key", [2**53 + 1, 10**30, 1.5, "007"])
def test_an_id_keeps_its_digits(decode, features, key):
    message = {"id": key, "y": 1, "x": {"a": 1, "b": None} if features else 1, "b": None}
    fields = Fields(id="id", features=features)
    found = decode(NDJSON(fields, CAP), json.dumps(message).encode())
    assert found.records[0].id == str(key)


@pytest.mark.parametrize("features", [None, ("a",)])
def test_listed_or_all(decode, features):
    message = b'{"a": 1, "b": [1], "y": 2}' if features else GOOD
    found = decode(NDJSON(Fields(features=features), CAP), message)
    assert found.records == [Record({"a": 1.0}, 2.0)]


FLAT = Fields()
NESTED = Fields(features="x")
TIMED = Fields(timestamp="ts")
REJECTED = [
    (FLAT, b"", "decode"),
    (FLAT, b"hello", "decode"),
    (FLAT, b'{"a": NaN, "y": 1}', "decode"),
    (FLAT, b'{"a": Infinity, "y": 1}', "decode"),
    (FLAT, b'{"a": 1, "y": 1', "decode"),
    (FLAT, b'{"a": 1, "y": 1} {}', "decode"),
    (FLAT, b'{"a": "\xff", "y": 1}', "decode"),
    (FLAT, b'{"\xff": 1, "y": 1}', "decode"),
    (FLAT, b'{"a": "\\ud800", "y": 1}', "decode"),
    (FLAT, b'{"a": null, "b": "\xff", "y": 1}', "decode"),
    (FLAT, b'{"a": null, "b": NaN, "y": 1}', "decode"),
    (NESTED, b'{"x": {"a": NaN}, "y": 1}', "decode"),
    (NESTED, b'{"x": {"a": "\xff"}, "y": 1}', "decode"),
    (FLAT, b"[1]", "schema"),
    (FLAT, b"null", "schema"),
    (FLAT, b'{"a": 1}', "schema"),
    (FLAT, b'{"a": 1, "y": null}', "schema"),
    (FLAT, b'{"y": 1}', "schema"),
    (FLAT, b'{"a": null, "y": 1}', "schema"),
    (NESTED, b'{"a": 1, "y": 1}', "schema"),
    (NESTED, b'{"x": 1, "y": 1}', "schema"),
    (NESTED, b'{"x": {}, "y": 1}', "schema"),
    (NESTED, b'{"x": {"a": 1}}', "schema"),
    (NESTED, b'{"x": {"a": 1}, "y": null}', "schema"),
    (FLAT, b'{"a": [1], "y": 1}', "type"),
    (FLAT, b'{"a": {"b": 1}, "y": 1}', "type"),
    (FLAT, b'{"a": 1, "y": [1]}', "type"),
    (FLAT, b'{"a": 1e999, "y": 1}', "type"),
    (FLAT, b'{"a": %s, "y": 1}' % (b"9" * 400), "type"),
    (NESTED, b'{"x": {"a": %s}, "y": 1}' % (b"9" * 400), "type"),
    (NESTED, b'{"x": {"a": [1]}, "y": 1}', "type"),
    (NESTED, b'{"x": {"a": 1}, "y": {}}', "type"),
    (TIMED, b'{"a": 1, "y": 1, "ts": "noon"}', "type"),
    (TIMED, b'{"a": 1, "y": 1, "ts": true}', "type"),
    (FLAT, b'{"a": "%s", "y": 1}' % (b"a" * CAP), "too_large"),
]


@pytest.mark.parametrize(("fields", "message", "reason"), REJECTED)
def test_rejected_with_reason_position_and_message(decode, fields, message, reason):
    good = GOOD if fields is not NESTED else b'{"x": {"a": 1}, "y": 2}'
    found = decode(NDJSON(fields, CAP), good, message, good)
    assert found.positions == [1, 3]
    assert found.records == [Record({"a": 1.0}, 2.0)] * 2
    (rejection,) = found.rejected
    assert (rejection.reason, rejection.position, rejection.message) == (reason, 2, message)
    assert rejection.detail


@pytest.mark.parametrize("fields", [FLAT, NESTED, TIMED])
def test_depth_is_no_way_to_crash(decode, fields):
    deep = b"[" * 100_000
    decoder = NDJSON(fields, 10**6)
    for message in (deep, b'{"z": ' + deep, b'{"x": {"a": 1}, "y": 1, "z": ' + deep):
        (rejection,) = decode(decoder, message).rejected
        assert rejection.reason in ("decode", "type")


def test_a_rejection_keeps_the_beginning(decode):
    found = decode(NDJSON(FLAT, 10**6), b"x" * (MESSAGE_CAP + 1))
    assert len(found.rejected[0].message) == MESSAGE_CAP


def test_an_empty_batch(decode):
    assert decode(NDJSON(FLAT, CAP)) == ([], [], [])


scalars = st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.booleans()
values = st.recursive(
    scalars | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "x", "y", "id", "ts"]), values)
layouts = st.sampled_from(
    [
        FLAT,
        NESTED,
        Fields(id="id", timestamp="ts"),
        Fields(id="id", timestamp="ts", features="x"),
        Fields(features=("a", "b"), categorical=("a",)),
        Fields(exclude=("a",)),
    ]
)


@given(messages=st.lists(objects.map(json.dumps) | st.text()), fields=layouts)
def test_every_message_is_accounted_for(messages, fields):
    raw = [message.encode("utf-8", "surrogatepass") for message in messages]
    positions = range(1, len(raw) + 1)
    found = NDJSON(fields, CAP).decode(Batch("test", raw, positions))
    rejected = [rejection.position for rejection in found.rejected]
    assert sorted(found.positions + rejected) == list(positions)
    for record in found.records:
        assert record.x
        assert all(type(value) in (float, str, bool) for value in (*record.x.values(), record.y))
        assert record.id is None or type(record.id) is str
        assert record.timestamp is None or math.isfinite(record.timestamp)


@given(x=st.dictionaries(st.text(), scalars, min_size=1), y=scalars)
def test_what_is_written_comes_back(x, y):
    x.pop("y", None)
    raw = json.dumps({**x, "y": y}).encode()
    flat = NDJSON(FLAT, 10**6).decode(Batch("test", [raw], [1]))
    assert flat.records == ([Record(x, y)] if x else [])
    raw = json.dumps({"y": y, "x": x}).encode()
    assert NDJSON(NESTED, 10**6).decode(Batch("test", [raw], [1])).records == flat.records
