import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.config.document import parse
from lrcontrol.config.nodes import plain
from lrcontrol.config.scalars import resolve


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_back_as_it_is_written(number):
    assert resolve(repr(number)) == number
    assert plain(parse(f"rate: {number!r}")) == {"rate": number}


@given(st.integers(min_value=-(10**200), max_value=10**200))
def test_an_integer_is_read_back_exactly(number):
    read = resolve(str(number))
    assert read == number
    assert type(read) is int


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5),
        ("1E5", 1e5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("+12", 12),
        ("017", 17),  # decimal in YAML 1.2; octal in 1.1
        ("0o17", 15),
        ("0xfF", 255),
        ("True", True),
        ("FALSE", False),
        ("Null", None),
        ("", None),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
    ],
)
def test_the_core_schema_of_yaml_1_2(text, value):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "off",
        "yes",
        "on",
        "n",
        "1:30",
        "1_000",
        "0b11",
        "2026-01-01",
        "nan",
        "inf",
        "1e",
        "e5",
        "--1",
        "0x",
        "0o8",
        "tRUE",
        "<<",
        "=",
        "٣",
    ],
)
def test_everything_else_is_text(text):
    assert resolve(text) == text


def test_not_a_number_is_read_so_that_a_range_can_refuse_it():
    assert math.isnan(resolve(".nan"))


@pytest.mark.parametrize("text", ["9" * 5_000, "0x" + "f" * 5_000, "0o" + "7" * 5_000])
def test_a_whole_number_beyond_any_float_is_infinite(text):
    assert resolve(text) == math.inf
