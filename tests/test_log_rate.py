"""Log lines of a kind: few of them, and the rest counted."""

import pytest
import structlog

from lrcontrol.log import OTHERS, RateLimited


class Clock:
    """A clock that stands until it is told to move."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lines():
    """Return the lines that a structlog logger writes, as (event, fields)."""
    with structlog.testing.capture_logs() as captured:
        yield captured


def limited(clock, **arguments):
    return RateLimited(structlog.get_logger("lrcontrol"), clock, **arguments)


def test_at_most_so_many_lines_and_the_rest_is_counted(clock, lines):
    log = limited(clock, lines=2, interval=60.0)
    for position in range(100):
        log.warning("message rejected", key="decode", position=position)
    assert [line["position"] for line in lines] == [0, 1]
    assert lines[1]["silent_for"] == 60.0
    clock.now = 60.0
    log.warning("message rejected", key="decode", position=100)
    assert lines[2]["suppressed"] == 98
    clock.now = 120.0
    log.warning("message rejected", key="decode", position=101)
    assert "suppressed" not in lines[3]  # nothing was, in that interval


def test_kinds_have_their_own_allowance(clock, lines):
    log = limited(clock, lines=1)
    for key in ("decode", "type", "decode"):
        log.warning("message rejected", key=key)
        log.warning("record refused", key=key)
    assert len(lines) == 4


def test_flush_tells_what_was_left_out_once(clock, lines):
    log = limited(clock, lines=1)
    for _ in range(5):
        log.warning("message rejected", key=("rides", "decode"))
    log.warning("record refused", key="type")
    log.flush()
    log.flush()
    assert [line.get("suppressed") for line in lines] == [None, None, 4]
    assert lines[2]["key"] == "('rides', 'decode')"


def test_keys_from_the_stream_cannot_fill_the_memory_or_the_log(clock, lines):
    log = limited(clock, lines=1, kinds=10)
    for key in range(100_000):
        log.warning("message rejected", key=key)
    assert len(lines) == 11
    assert len(log._windows) == 11
    log.flush()
    assert (lines[-1]["key"], lines[-1]["suppressed"]) == (OTHERS, 99_989)
