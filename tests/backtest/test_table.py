"""The table that a person reads, on a terminal and off it."""

import io

from backtested import backtest, result, usual
from rich.console import Console

from lrcontrol.backtest.table import print_backtest


def printed(made, **options):
    out = io.StringIO()
    print_backtest(made, Console(file=out, width=100, color_system=None, **options))
    return out.getvalue()


def test_every_run_but_the_grid_has_a_line():
    assert printed(backtest(*usual())) == (
        "fare: 4 records of rides.csv\n"
        "\n"
        "                         rate  loss   excess  skill   time  beats best\n"
        "best fixed rate           0.1     1   +0.0 %  0.500  1.00x           -\n"
        "pid              0.01 -> 0.05   0.9  -10.0 %  0.550  2.00x         yes\n"
        "pid                 10 -> 0.2   1.5  +50.0 %  0.250  1.50x          no\n"
        "adam                  its own  1.25  +25.0 %  0.375  1.00x          no\n"
        "no skill                    -     2        -  0.000      -           -\n"
        "\n"
        "hindsight: 3 fixed rates from 1e-06 to 100, 1 diverged; time in that of one of them\n"
        "pid: -10.0 % to +50.0 % beside the best of them; beats it from 1 of 2 starts\n"
    )


def test_a_controller_that_clamps_is_told_beside_hindsight_that_does():
    clamped = [result("fixed", "clamped", rate, loss) for rate, loss in ((0.1, 0.75), (1, 0.8))]
    said = printed(backtest(*usual(), *clamped))
    (line,) = [line for line in said.splitlines() if line.startswith("same, clamped")]
    assert line.split()[2:] == ["0.1", "0.75", "-25.0", "%", "0.625", "1.00x", "-"]
    told = "clamped to the labels seen, as pid is: +20.0 % to +100 % beside the best of those"
    assert said.splitlines()[-1] == told


def test_a_terminal_gets_the_same_figures():
    shown = printed(backtest(*usual()), force_terminal=True)
    for text in ("best fixed rate", "0.01 -> 0.05", "-10.0 %", "beats it from 1 of 2 starts"):
        assert text in shown


def test_what_was_left_out_is_said():
    rows = [row._replace(rejected={"nonfinite": 1}) for row in usual()]
    example = "rides.csv at 9: decode: no"
    said = printed(backtest(*rows, cut=True, rejected={"decode": 2}, example=example))
    assert "4 records of rides.csv (cut there, more with --limit)" in said
    assert "rejected: 2 decode; first rides.csv at 9: decode: no" in said
    assert "refused by the guard: 1 nonfinite" in said


def test_failed_and_diverged_runs_are_shown_as_such():
    rows = [
        *usual(),
        result("race", "compared", 1.0, 0.4, failure="ValueError: no\x1b[31m"),
        result("race", "compared", 2.0, 1e9),
    ]
    said = printed(backtest(*rows))
    lines = {line.split()[1]: line.split() for line in said.splitlines() if line[:4] == "race"}
    assert lines["1"][4:] == ["failed", "-", "-", "1.00x", "no"]
    assert lines["2"][4:] == ["diverged", "-", "-", "1.00x", "no"]
    assert "race from 1 failed: ValueError: no?[31m" in said


def test_a_best_rate_at_the_end_of_the_grid_is_doubted():
    said = printed(backtest(*usual(), result("fixed", "hindsight", 100.0, 0.1)))
    assert "a rate further out may be better still" in said
    assert "further out" not in printed(backtest(*usual()))


def test_an_interrupted_backtest_shows_what_there_is():
    said = printed(backtest(*usual()[:2], planned=9))
    assert "interrupted: 2 of 9 runs were made" in said
    assert "there is nothing to compare with" in said
    assert "pid" in said


def test_a_controller_that_always_diverges_is_not_praised():
    rows = [*usual()[2:], result("pid", "configured", 10.0, 1e9)]
    assert "pid came to no loss from any start" in printed(backtest(*rows))
