"""The guard: what enters the model, and why the rest does not."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.bounds import Bounds
from lrcontrol.checks import Invalid
from lrcontrol.guard import Guard
from lrcontrol.record import Record
from lrcontrol.scoring import Classification, Regression

BAD = [
    (math.nan, "nonfinite"),
    (math.inf, "nonfinite"),
    (-math.inf, "nonfinite"),
    (1e308, "bounds"),
    (1e160, "bounds"),
    (-1.1e9, "bounds"),
    (10**400, "bounds"),
    ("text", "type"),
    (None, "type"),
    ([1.0], "type"),
    ({"a": 1.0}, "type"),
]


def guard(**bounds: float) -> Guard:
    return Guard(Bounds(**bounds), Regression())


@pytest.mark.parametrize(("value", "reason"), BAD)
def test_a_bad_feature_is_refused_and_its_neighbours_are_not(value, reason):
    g = guard()
    g.admit([Record({"a": 1.0, "b": 2.0}, 1.0)])  # "b" is known to be a number
    good = Record({"a": 1.0, "b": 5.0}, 1.0)
    xs, targets, refused = g.admit([good, Record({"a": 1.0, "b": value}, 1.0), good])
    assert (xs, targets) == ([good.x, good.x], [1.0, 1.0])
    assert [(r.at, r.reason) for r in refused] == [(1, reason)]
    assert "'b'" in refused[0].detail


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e10, "high", 10**400])
def test_a_bad_regression_target_is_refused(value):
    _, targets, refused = guard().admit([Record({"a": 1.0}, value), Record({"a": 1.0}, 3.0)])
    assert targets == [3.0]
    assert [(r.at, r.reason) for r in refused] == [(0, "target")]


@pytest.mark.parametrize("value", [True, 0, -3, 10**9, 1e9, 5e-324])
def test_odd_but_sound_numbers_enter(value):
    assert guard().admit([Record({"a": value}, 1.0)]).refusals == []


def test_a_category_enters_and_keeps_its_kind():
    g = guard()
    first = Record({"city": "Rome", "t": 1.0}, 1.0)
    assert g.admit([first]) == ([first.x], [1.0], [])
    refused = g.admit([Record({"city": 7.0, "t": 1.0}, 1.0)]).refusals
    assert [(r.reason, r.detail) for r in refused] == [("type", "'city' was a category, is 7.0")]
    refused = g.admit([Record({"city": "Oslo", "t": "warm"}, 1.0)]).refusals
    assert [(r.reason, r.detail) for r in refused] == [("type", "'t' was a number, is 'warm'")]


def test_a_refused_record_leaves_no_trace():
    g = guard()
    refused = g.admit([Record({"new": "text", "b": math.nan}, 1.0)]).refusals
    assert len(refused) == 1
    assert g.admit([Record({"new": 1.0, "b": 1.0}, 1.0)]).refusals == []


def test_too_many_features_are_refused():
    record = Record({f"f{i}": 1.0 for i in range(4)}, 1.0)
    assert [r.reason for r in guard(max_features=3).admit([record]).refusals] == ["too_many"]


def test_the_memory_of_names_is_capped():
    g = guard(max_names=2)
    for i in range(10):
        g.admit([Record({f"f{i}": "text"}, 1.0)])
    assert len(g._names.known) == 2


def test_an_empty_block_and_empty_records():
    assert guard().admit([]) == ([], [], [])
    assert guard().admit([Record({}, 1.0)]) == ([{}], [1.0], [])


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.floats(width=64), max_size=3), max_size=8)
)
def test_the_block_test_and_the_record_test_agree(xs):
    records = [Record(x, 0.0) for x in xs]
    admitted = guard().admit(records)
    sound = [all(abs(v) <= 1e9 for v in x.values()) for x in xs]
    assert admitted.xs == [x for x, ok in zip(xs, sound, strict=True) if ok]
    assert [r.at for r in admitted.refusals] == [i for i, ok in enumerate(sound) if not ok]


def test_binary_labels():
    g = Guard(Bounds(), Classification("binary"))
    records = [Record({}, y) for y in (True, 1.0, 0, "UP", 2.0, False)]
    _, targets, refused = g.admit(records)
    assert targets == [True, True, False, False]
    assert [r.at for r in refused] == [3, 4]


def test_bounds_check_their_values():
    with pytest.raises(Invalid, match="max_abs: must be > 0"):
        Bounds(max_abs=-1.0)


def test_a_number_where_categories_came_before_is_refused_in_a_block_of_numbers_too():
    g = guard()
    numbers = [Record({"city": 7.0}, 1.0)] * 3
    g.admit([Record({"city": "Rome"}, 1.0)])
    for _ in range(2):  # the second block must not profit from the first one's looks
        assert [r.reason for r in g.admit(numbers).refusals] == ["type"] * 3


@settings(derandomize=True, max_examples=100)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from([1.0, 2.0, "x", math.nan])),
        max_size=60,
    ),
    st.lists(st.integers(0, 60), max_size=5),
)
def test_what_is_admitted_does_not_depend_on_the_cut_into_blocks(xs, cuts):
    records = [Record(x, 0.0) for x in xs]
    whole, parts = guard(), guard()
    admitted = whole.admit(records).xs
    ends = [0, *sorted(cuts), len(xs)]
    pieces = [parts.admit(records[a:b]).xs for a, b in pairwise(ends)]
    assert [x for piece in pieces for x in piece] == admitted
    assert parts._names.known == whole._names.known


def gauss(count: int, seed: int = 1) -> list[Record]:
    rng = random.Random(seed)
    return [
        Record({"a": rng.gauss(0, 1), "b": rng.gauss(5, 1)}, rng.gauss(9, 1)) for _ in range(count)
    ]


def test_an_outlier_is_shown_as_the_mean_and_a_label_that_is_one_is_refused():
    g = guard()
    assert g.admit(gauss(256)).refusals == []
    block = [*gauss(2, 2), Record({"a": 1.0, "b": 1e6}, 9.0), Record({"a": 1.0, "b": 5.0}, 1e6)]
    xs, targets, refused = g.admit([*block, Record({"a": math.nan, "b": 5.0}, 9.0)])
    assert [round(x["b"]) for x in xs][2:] == [5]
    assert len(xs) == len(targets) == 3
    assert [(r.at, r.reason) for r in refused] == [(3, "outlier"), (4, "nonfinite")]
    assert g.altered.replaced == 1
    assert guard(outliers=None).admit([*gauss(256), *block]).xs[-2]["b"] == 1e6


@pytest.mark.parametrize("beyond", ["hash", "drop", "refuse"])
def test_late_names_fare_as_told(beyond):
    g = guard(max_names=20, beyond=beyond)
    out = g.admit([Record({"a": 1.0, f"f{i}": 1.0}, 1.0) for i in range(100)])
    assert len({name for x in out.xs for name in x}) <= 20
    assert ({r.reason for r in out.refusals} or {""}) == ({"names"} if beyond == "refuse" else {""})
    assert g.altered.beyond == 100 - (17 if beyond == "hash" else 19)


def test_features_that_share_a_name_stay_in_bounds():
    g = guard(max_names=1)
    refused = g.admit([Record({f"f{i}": 1e9 for i in range(9)}, 1.0)]).refusals
    assert [r.reason for r in refused] == ["bounds"]


def test_texts_have_a_longest():
    g = guard(max_text=4)
    refused = g.admit([Record({"a": "texts"}, 1.0), Record({"names": 1.0}, 1.0)]).refusals
    assert [r.reason for r in refused] == ["bounds", "bounds"]


def test_categories_count_as_names():
    g = guard(max_names=10)
    out = g.admit([Record({"city": f"c{i}"}, 1.0) for i in range(100)])
    assert len({x["city"] for x in out.xs}) == 10
    assert out.xs[-1] == {"city": "#other"}


NAMES = st.sampled_from([*"abcdefgh", "#0", "#5", "long name", "\ud800"])
VALUES = st.sampled_from([1.0, 2, True, -3.5, 9e8]) | st.sampled_from([math.nan, "x"])


@settings(derandomize=True, max_examples=300)
@given(
    st.lists(st.dictionaries(NAMES, st.sampled_from([1.0, 2, True, -3.5, 9e8])), max_size=12),
    st.lists(st.dictionaries(NAMES, VALUES), max_size=4),
    st.sampled_from(["hash", "drop", "refuse"]),
    st.integers(1, 12),
)
def test_late_names_are_shown_alike_at_once_and_one_by_one(xs, odd, beyond, most):
    bounds = {"max_names": most, "beyond": beyond, "max_text": 8, "outliers": None}
    single, blocks = guard(**bounds), guard(**bounds)
    block = [Record(x, 0.0) for x in xs]
    stream = [block, [Record(x, 0.0) for x in odd], block, block[::-1]]
    single._plain = lambda xs: None  # so that it looks at one record after the other
    alone = [x for part in stream for x in single.admit(part).xs]
    together = [x for part in stream for x in blocks.admit(part).xs]
    assert [_typed(x) for x in together] == [_typed(x) for x in alone]  # in the same order, too
    assert blocks.altered == single.altered
    assert list(blocks._names.known.items()) == list(single._names.known.items())


def _typed(x):
    return [(name, type(value), value) for name, value in x.items()]


def test_a_late_name_of_the_fast_kind_is_still_looked_at():
    g = guard(max_names=1, max_text=4)
    g.admit([Record({"a": 1.0}, 1.0)])
    sound = {"a": 1.0, "b": 2.0}
    assert g.admit([Record(sound, 1.0)]).xs == [{"a": 1.0, "#0": 2.0}]
    xs, _, refused = g.admit([Record(sound, 1.0), Record({"a": 1.0, "names": 1.0}, 1.0)])
    assert len(xs) == 1
    assert [(r.at, r.reason) for r in refused] == [(1, "bounds")]
    refused = g.admit([Record({3: 1e9, "c": 1e9}, 1.0)]).refusals
    assert [r.reason for r in refused] == ["bounds"]
    assert g.altered.beyond == 2 + 2
