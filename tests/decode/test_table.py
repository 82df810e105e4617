"""CSV: numbers are floats, the rest is text, the header says what is what."""

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.decode import CSV, Fields, Rows, Untouched
from lrcontrol.record import Record
from lrcontrol.sources.base import Batch

CAP = 1024


def test_cells(decode):
    found = decode(CSV(Fields(), CAP), b"1,NW,-2.5e3, 7 ,,4", header=b"a,b,c,d,e,y")
    assert found.records == [Record({"a": 1.0, "b": "NW", "c": -2500.0, "d": 7.0}, 4.0)]


def test_text_in_a_column_of_numbers_changes_one_cell(decode):
    lines = (b"1,2,3", b"1,x,3", b"1,2,3", b"1,,3")
    found = decode(CSV(Fields(), CAP), *lines, header=b"a,b,y")
    assert [record.x.get("b") for record in found.records] == [2.0, "x", 2.0, None]
    assert all(type(record.x["a"]) is float for record in found.records)


def test_features_stand_in_the_order_of_the_columns(decode):
    found = decode(CSV(Fields(), CAP), b"1,2,3,4", b"1,x,3,4", header=b"c,a,b,y")
    assert [list(record.x) for record in found.records] == [["c", "a", "b"]] * 2


@pytest.mark.parametrize("cell", ["1_0", "0x10", "1,5", "nano", "infra", "N", "-", "e5", "1e"])
def test_not_a_number(decode, cell):
    found = decode(CSV(Fields(), CAP), b'"%s",1' % cell.encode(), header=b"a,y")
    assert found.records[0].x == {"a": cell}


@pytest.mark.parametrize("cell", [b"nan", b"NaN", b"inf", b"-Infinity"])
def test_not_finite_is_left_to_the_guard(decode, cell):
    (record,) = decode(CSV(Fields(), CAP), cell + b",1", header=b"a,y").records
    assert isinstance(record.x["a"], float)
    assert not math.isfinite(record.x["a"])


def test_quotes(decode):
    found = decode(CSV(Fields(), CAP), b'"a, ""b""",1', header=b'"na,me",y')
    assert found.records == [Record({"na,me": 'a, "b"'}, 1.0)]


def test_parts(decode):
    fields = Fields(
        id="id", timestamp="at", label="fare", exclude=("driver",), categorical=("zip", "fare")
    )
    header = b"id,at,zip,driver,km,fare"
    found = decode(CSV(fields, CAP), b"007,1970-01-02,098,9,1.5,2", header=header)
    assert found.records == [Record({"zip": "098", "km": 1.5}, "2", "007", 86400.0)]


def test_without_header(decode):
    assert decode(CSV(Fields(), CAP, ("a", "y")), b"1,2").records == [Record({"a": 1.0}, 2.0)]


def test_a_new_header_orders_the_columns_anew(decode):
    decoder = CSV(Fields(), CAP)
    assert decode(decoder, b"1,2", header=b"a,y").records == [Record({"a": 1.0}, 2.0)]
    assert decode(decoder, b"1,2", header=b"y,a").records == [Record({"a": 2.0}, 1.0)]


def test_header_with_byte_order_mark_and_spaces(decode):
    found = decode(CSV(Fields(), CAP), b"1,2", header=b"\xef\xbb\xbfa, y ")
    assert found.records == [Record({"a": 1.0}, 2.0)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "schema"),
        (b"1,2,3", "schema"),
        (b"1,", "schema"),
        (b",2", "schema"),
        (b"1,  ", "schema"),
        (b"\xff,2", "decode"),
        (b'"1,2', "decode"),
        (b'"1"1,2', "decode"),
        (b"1," + b"2" * CAP, "too_large"),
    ],
)
def test_rejected_with_a_reason(decode, line, reason):
    found = decode(CSV(Fields(), CAP), b"1,2", line, b"1,2", header=b"a,y")
    assert found.positions == [1, 3]
    (rejection,) = found.rejected
    assert (rejection.reason, rejection.position) == (reason, 2)


def test_an_unreadable_time_is_rejected(decode):
    found = decode(CSV(Fields(timestamp="at"), CAP), b"1,2,noon", b"1,2,nan", header=b"a,y,at")
    assert [rejection.reason for rejection in found.rejected] == ["type", "type"]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (b"a,b", "no 'y' among the columns a, b"),
        (b"a,a,y", "'a' twice"),
        (b'"a,y', "header cannot be read"),
        (b"\xff,y", "header cannot be read"),
        (b"a," + b"y" * CAP, "header is longer"),
    ],
)
def test_a_header_at_fault_rejects_its_lines_only(decode, header, detail):
    decoder = CSV(Fields(), CAP)
    found = decode(decoder, b"1,2", b"3,4", header=header)
    assert [rejection.reason for rejection in found.rejected] == ["schema", "schema"]
    assert detail in found.rejected[0].detail
    assert decode(decoder, b"1,2", header=b"a,y").records == [Record({"a": 1.0}, 2.0)]


def test_no_header_at_all(decode):
    (rejection,) = decode(CSV(Fields(), CAP), b"1,2").rejected
    assert rejection.detail == "no header"


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8)


@given(rows=st.lists(st.lists(cells, min_size=3, max_size=3)))
def test_what_was_read_before_changes_nothing(rows):
    lines = []
    for row in rows:
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(row)
        lines.append(out.getvalue().encode())
    decoder = CSV(Fields(), CAP)
    together = decoder.decode(Batch("test", Rows(b"a,b,y", lines), range(len(lines))))
    alone = [
        CSV(Fields(), CAP).decode(Batch("test", Rows(b"a,b,y", [line]), [at]))
        for at, line in enumerate(lines)
    ]
    assert repr(together.records) == repr([record for one in alone for record in one.records])
    assert together.rejected == [fault for one in alone for fault in one.rejected]


def test_records_pass_untouched():
    record = Record({"a": 1.0, "b": "c"}, True)
    batch = Batch("test", [record], range(1, 2))
    found = Untouched().decode(batch)
    assert found.records[0] is record
    assert found.positions == [1]
    assert Untouched(("a", "z")).decode(batch).records == [Record({"b": "c"}, True)]
    assert record.x == {"a": 1.0, "b": "c"}
