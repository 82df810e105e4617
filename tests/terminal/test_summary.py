"""The summary: the same figures on a terminal and, one line a model, off it."""

import io
import os
import re

import pytest
from rich.console import Console

from lrcontrol.status import Status
from lrcontrol.terminal import print_summary, summary

STARTED = {"fare": 1e-6, "left_alone": 10.0}


def printed(status, **arguments):
    console = Console(file=io.StringIO(), width=arguments.pop("width", 20))
    print_summary(status, console, **arguments)
    return console.file.getvalue()


def test_plain_is_a_line_a_model_as_wide_as_it_is(status):
    text = printed(status, elapsed=2.0, start_rates=STARTED)
    assert text.splitlines() == [
        "model       controller  records  rejected      loss    recent  baseline  skill"
        "             rate  raised/lowered  drifts  state",
        "fare        pid           12345         0      0.25     0.125       0.5  0.500"
        "  1e-06 -> 0.0123            12/7       2  running",
        "left_alone  fixed         12345         0  diverged  diverged       0.5      -"
        "         10 -> 10            12/7       2  running: 3 losses were not finite",
        "broken      plateau       12345         0      0.25     0.125       0.5  0.500"
        "           0.0123            12/7       2  failed: ValueError: no such?[31m feature",
        "",
        "source  type   records  rejected           state",
        "rides   file     12345  12 decode, 1 type  stopped",
        "stdin   lines      777  0                  ended",
        "",
        "13,122 records in 2.0 s (6,561/s)",
    ]


def test_plain_is_the_same_whatever_the_width_and_the_clock(status):
    assert printed(status, width=20) == printed(status, width=300)
    assert printed(status).endswith("\n13,122 records\n")


def test_plain_is_ascii_whatever_the_names(status):
    named = status.models[0]._replace(name="prix_moyen_é[bold]", failure="\ud800 and \n")
    text = printed(status._replace(models=(named,)))
    assert text.isascii()
    assert "prix_moyen_\\xe9[bold]" in text  # an escape, and no markup


def test_a_model_that_was_interrupted_is_stopped(status):
    assert re.search(r"^fare .* stopped$", printed(status._replace(stopping=True)), re.M)


def test_metrics_are_shown_where_there_are_any(status, loop):
    scored = status.models[0]._replace(loop=loop._replace(metrics={"MAE": 0.23456, "R2": 0.5}))
    assert "MAE 0.2346, R2 0.5" in printed(status._replace(models=(scored,)))
    assert "metrics" not in printed(status)


def test_nothing_learned_prints_dashes_not_errors(status, loop):
    blank = status.models[0]._replace(loop=type(loop)())
    row = printed(status._replace(models=(blank,))).splitlines()[1]
    assert row.split() == ["fare", "pid", "0", "0", *"----", "0", "0/0", "0", "running"]


def test_an_empty_status_prints():
    assert printed(Status(), elapsed=0.0).endswith("\n0 records\n")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_a_table_row_is_one_line_on_any_terminal(status, terminal, width):
    console = terminal(width, color_system=None)
    print_summary(status, console, elapsed=1.0, start_rates=STARTED)
    rows = console.file.getvalue().splitlines()
    assert max(map(len, rows)) <= width
    assert [row[:4] for row in rows[2:5]] == ["fare", "left", "brok"]


def test_a_table_tells_what_went_wrong_and_what_it_left_out(status, terminal):
    console = terminal(90, color_system=None)
    print_summary(status, console)
    text = console.file.getvalue()
    assert "broken failed: ValueError: no such?[31m feature" in text
    assert "left_alone running: 3 losses were not finite" in text
    assert "no room for: baseline, raised/lowered, drifts" in text


def test_zeros_nobody_asked_about_do_not_take_room(status, loop, terminal):
    def titles(model):
        console = terminal(200, color_system=None)
        console.print(summary(status._replace(models=(model,))))
        return console.file.getvalue().splitlines()[0].split()

    quiet = status.models[0]._replace(loop=loop._replace(drifts=0))
    assert "drifts" not in titles(quiet)
    assert "rejected" not in titles(quiet)
    assert "rejected" in titles(quiet._replace(loop=loop._replace(rejected={"target": 1})))


def test_colour_only_where_it_is_wanted(status, terminal):
    wanted, unwanted = terminal(120, color_system="truecolor"), terminal(120, no_color=True)
    print_summary(status, wanted)
    print_summary(status, unwanted)
    assert "\x1b[1;31mdiverged" in wanted.file.getvalue()
    assert "31m" not in unwanted.file.getvalue().replace("?[31m", "")


def test_a_real_terminal_gets_the_table(status):
    ours, theirs = os.openpty()
    with open(theirs, "w") as file:
        print_summary(status, Console(file=file, width=120))
        assert "─".encode() in os.read(ours, 4096)
    os.close(ours)


def test_what_was_read_before_a_restart_is_not_this_process_s_speed(status):
    sources = (status.sources[0]._replace(records=12_000, before=10_000),)
    text = printed(status._replace(sources=sources), elapsed=2.0)
    assert text.endswith("\n12,000 records, 10,000 of them before the restart in 2.0 s (1,000/s)\n")
