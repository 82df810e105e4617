import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.units import DURATION, SIZE, parse_duration, parse_size


@given(st.floats(min_value=0, max_value=1e9, allow_subnormal=False).filter(lambda s: s >= 1e-30))
def test_a_formatted_duration_is_read_back_to_the_same_float(seconds):
    text = DURATION.format(seconds)
    if len(text) <= 40:
        assert parse_duration(text) == seconds


@given(st.integers(min_value=0, max_value=2**60))
def test_a_formatted_size_is_read_back_to_the_same_number(size):
    assert parse_size(SIZE.format(size)) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("30s", 30),
        ("5m", 300),
        ("6h", 21600),
        ("1d", 86400),
        ("0.1s", 0.1),
        ("7us", 7e-6),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "s", "-1s", "1h30m", "5min", "1S", "1_0s", "٣s", "nan s"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="expected a duration such as 30s"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "64", "64mb", "1K", "1M", "-1kB", "9" * 50 + "B"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="expected a size such as 64MiB"):
        parse_size(text)


def test_half_a_byte_is_refused():
    with pytest.raises(ValueError, match="a whole number of them"):
        parse_size("1.5B")
