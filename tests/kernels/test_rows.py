"""Records become rows: each entry in the column of its name, whatever came before."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.kernels.rows import Columns, Rows, TooManyColumns

records = st.lists(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(allow_nan=False), max_size=6), max_size=8
)


def back(rows: Rows, names: list) -> list[dict]:
    """Return the dictionaries that the rows stand for."""
    cuts = zip(rows.starts[:-1], rows.starts[1:], strict=True)
    return [
        {names[c]: v for c, v in zip(rows.columns[i:j], rows.values[i:j], strict=True)}
        for i, j in cuts
    ]


@given(st.lists(records, max_size=3))
def test_rows_are_the_records(blocks):
    columns = Columns()
    for xs in blocks:
        rows = columns.rows(xs)
        assert rows.records == len(xs)
        assert back(rows, columns.names) == xs
        assert (rows.starts.dtype, rows.columns.dtype, rows.values.dtype) == (int, int, float)


def test_the_order_of_the_names_does_not_matter():
    columns = Columns()
    rows = columns.rows([{"a": 1.0, "b": 2.0}, {"b": 4.0, "a": 3.0}])
    assert back(rows, columns.names) == [{"a": 1.0, "b": 2.0}, {"b": 4.0, "a": 3.0}]


def test_a_name_keeps_its_column():
    columns = Columns()
    columns.rows([{"a": 1.0, "b": 2.0}])
    assert columns.rows([{"b": 5.0, "c": 6.0}]).columns.tolist() == [1, 2]
    assert columns.get("c") == 2
    assert columns.get("d") is None


@pytest.mark.parametrize("xs", [[{"a": 1, "b": 2, "c": 3}], [{"a": 1}, {"b": 2, "c": 3}]])
def test_beyond_the_cap_nothing_is_taken(xs):
    columns = Columns(cap=2)
    with pytest.raises(TooManyColumns, match="column 3, the most is 2"):
        columns.rows(xs)
    assert columns.names == []
    assert columns.rows([{"a": 1, "z": 2}]).records == 1


@pytest.mark.parametrize("value", ["1e", [1.0], 1j])
def test_what_is_no_number_is_refused_and_leaves_no_name(value):
    columns = Columns()
    with pytest.raises((TypeError, ValueError)):
        columns.rows([{"a": 1.0}, {"b": 1.0, "c": value}])
    assert columns.names == []


def test_arrays_are_rows_too():
    x = np.arange(6.0).reshape(2, 3)
    rows, columns = Rows.dense(x), Columns()
    same = columns.rows([dict(enumerate(row)) for row in x.tolist()])
    assert all(np.array_equal(a, b) for a, b in zip(rows, same, strict=True))
    assert Rows.dense(np.zeros((3, 0))).records == 3


@pytest.mark.parametrize("again", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_a_copy_goes_on_alike(again):
    columns = Columns(cap=2)
    columns.rows([{"a": 1.0}])
    copied = again(columns)
    assert copied.names == ["a"]
    assert copied.rows([{"b": 1.0}]).columns.tolist() == [1]
    assert columns.names == ["a"]
    assert copied.cap == 2
