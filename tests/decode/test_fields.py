"""Which field is what: names that clash are refused, times and categories are read."""

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.decode import Fields
from lrcontrol.decode.base import Unfit
from lrcontrol.decode.fields import Flat, seconds, text


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"id": "y"}, "id"),
        ({"timestamp": "t", "id": "t"}, "timestamp"),
        ({"features": "y"}, "features"),
        ({"features": ()}, "features"),
        ({"features": ("a", "y")}, "features"),
        ({"exclude": ("y",)}, "exclude"),
        ({"label": 'quo"te'}, "label"),
        ({"label": "tab\t"}, "label"),
    ],
)
def test_clash_names_its_key(wrong, key):
    with pytest.raises(Invalid) as caught:
        Fields(**wrong)
    assert [problem[0] for problem in caught.value.problems] == [key]


def test_names_inside_the_features_object_are_free():
    Fields(features="x", exclude=("y", "x"))


def test_listed_features_only():
    flat = Flat(Fields(features=("a", "b")))
    assert flat.record({"a": 1.0, "c": 2.0, "y": 3.0}) == ({"a": 1.0}, 3.0, None, None)
    with pytest.raises(Unfit, match="none of the features a, b"):
        flat.record({"c": 2.0, "y": 3.0})


def test_categories_are_strings():
    flat = Flat(Fields(categorical=("zip", "y", "absent")))
    assert flat.record({"zip": 98101.0, "y": 1.0}) == ({"zip": "98101"}, "1", None, None)


@pytest.mark.parametrize(
    ("value", "shown"), [(1e16, "10000000000000000"), (-0.5, "-0.5"), (False, "false"), ("a", "a")]
)
def test_text(value, shown):
    assert text(value) == shown


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0.0, 0.0),
        ("1970-01-01", 0.0),
        ("1970-01-01T00:00:00", 0.0),
        ("1970-01-01 01:00:00+01:00", 0.0),
        ("0001-01-01T00:00:00+14:00", -62135596800.0 - 14 * 3600),
    ],
)
def test_seconds(time, expected):
    assert seconds(time) == expected


@pytest.mark.parametrize("time", ["yesterday", "", True, float("nan"), float("inf")])
def test_no_time(time):
    with pytest.raises(Unfit) as caught:
        seconds(time)
    assert caught.value.reason == "type"


def test_a_detail_is_capped():
    with pytest.raises(Unfit) as caught:
        seconds("x" * 10_000)
    assert len(caught.value.detail) < 200
