"""The live view: drawn when due and different, never off a terminal, never in the learner's way."""

import io
import os
import sys

import pytest
from rich.console import Console

from lrcontrol.terminal import Live
from lrcontrol.terminal.live import FRAME, SPAN


class Clock:
    """A clock that stands until it is told to move."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def at_step(status, steps):
    first = status.models[0]
    return status._replace(models=(first._replace(loop=first.loop._replace(steps=steps)),))


def written(console):
    text = console.file.getvalue()
    console.file.seek(0)
    console.file.truncate()
    return text


def test_off_a_terminal_nothing_is_drawn(status, clock):
    console = Console(file=io.StringIO())
    with Live(console, clock) as live:
        live.show(status)
        assert not live.active
    assert written(console) == ""


def test_a_dumb_terminal_gets_no_view(status, clock):
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    with Live(console, clock) as live:
        live.show(status)
    assert "fare" not in written(console)


def test_a_frame_is_drawn_when_due_and_different(status, clock, terminal):
    console = terminal(100)
    with Live(console, clock) as live:
        assert live.active
        written(console)
        live.show(at_step(status, 1000))
        assert "1,000" in written(console)
        live.show(at_step(status, 2000))
        assert written(console) == ""  # too soon
        clock.now += FRAME
        live.show(at_step(status, 3000))
        assert "3,000" in written(console)


def test_nothing_is_written_while_nothing_changes(status, clock, terminal):
    console = terminal(100)
    with Live(console, clock) as live:
        live.show(at_step(status, 5))
        written(console)
        for _ in range(50):
            clock.now += FRAME
            live.show(at_step(status, 5))
        assert written(console) == ""


def test_records_a_second_over_the_last_frames(status, clock, terminal):
    console = terminal(100)
    with Live(console, clock) as live:
        for second in range(30):
            live.show(at_step(status, 500 * second if second < 10 else 5000))
            clock.now += 1.0
            if second == 9:
                assert " 500 " in written(console)
        assert "  0 " in written(console)  # it stalled, and the view says so


def test_a_model_that_recovered_is_not_called_diverged_for_ever(status, clock, terminal):
    def after(lost, **loop):
        first = status.models[0]
        changed = first.loop._replace(loss_nonfinite=lost, **loop)
        return status._replace(models=(first._replace(loop=changed),))

    console = terminal(100)
    with Live(console, clock) as live:
        live.show(after(0))
        clock.now += FRAME
        live.show(after(7))
        assert "diverged" in written(console)
        for steps in range(SPAN):
            clock.now += FRAME
            live.show(after(7, steps=20000 + steps))
        last = written(console).rpartition("last decision")[2]
        assert "0.125" in last
        assert "diverged" not in last


def test_a_model_that_never_had_a_finite_loss_has_diverged(status, clock, terminal):
    first = status.models[0]
    lost = first._replace(loop=first.loop._replace(loss_nonfinite=64, loss_count=0, fast=0.0))
    console = terminal(100)
    with Live(console, clock) as live:
        live.show(status._replace(models=(lost,)))
        assert "diverged" in written(console)


def test_the_cursor_is_left_visible(status, clock, terminal):
    console = terminal(100)
    with Live(console, clock):
        shown = written(console)
        assert shown.endswith("\x1b[?25h")  # the last word: a kill -9 now leaves a cursor


def test_without_colour(status, clock, terminal):
    console = terminal(120, color_system="truecolor", _environ={"NO_COLOR": "1"})
    with Live(console, clock) as live:
        live.show(status)
        plain = written(console)
    assert "diverged" in plain
    assert "\x1b[36m" not in plain  # no cyan rate
    assert "\x1b[31m" not in plain


def test_a_terminal_that_hangs_up_ends_the_view_only(status, clock):
    ours, theirs = os.openpty()
    file = open(theirs, "w")  # noqa: SIM115 - closing it fails, as it should
    console = Console(file=file, force_terminal=True, width=100)
    with Live(console, clock) as live:
        live.show(status)
        os.close(ours)
        clock.now += FRAME
        live.show(at_step(status, 1))
        assert not live.active
        clock.now += FRAME
        live.show(status)  # and it stays ended
    with pytest.raises(OSError, match="Input/output"):
        file.close()


def test_standard_error_in_a_file_is_left_alone(clock, terminal):
    before = sys.stderr  # pytest's capture: not a terminal
    with Live(terminal(80), clock):
        assert sys.stderr is before
