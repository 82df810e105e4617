"""What the results say beside hindsight, in numbers and as JSON."""

import json
from math import inf, isnan, nan

import pytest
from backtested import backtest, result, usual

from lrcontrol.backtest.report import as_data


def test_the_best_fixed_rate_is_the_least_loss_of_those_that_count():
    lost = [
        result("fixed", "hindsight", 1.0, 0.5, nonfinite=1),
        result("fixed", "hindsight", 2.0, 0.5, failure="ValueError: no"),
        result("fixed", "hindsight", 3.0, nan),
        result("fixed", "hindsight", 4.0, inf),
        result("fixed", "compared", 0.3, 0.2),
    ]
    made = backtest(*usual(), *lost)
    assert (made.best.start, made.best.loss) == (0.1, 1.0)
    assert backtest(*lost).best is None
    assert [row.start for row in made.hindsight] == [1e-6, 0.1, 1.0, 2.0, 3.0, 4.0, 100.0]


def test_excess_is_in_percent_of_it_and_at_or_below_beats_it():
    made = backtest(*usual())
    better, worse = made.steered
    assert made.excess(better) == pytest.approx(-10.0)
    assert made.excess(worse) == pytest.approx(50.0)
    assert made.beats(better)
    assert not made.beats(worse)
    assert made.beats(made.best)
    assert isnan(made.excess(result("pid", "configured", 1.0, 0.1, nonfinite=3)))
    assert not made.beats(result("pid", "configured", 1.0, nan))


@pytest.mark.parametrize("loss", [0.0, nan])
def test_without_a_best_rate_nothing_is_compared(loss):
    made = backtest(result("fixed", "hindsight", 0.1, loss), *usual()[:2])
    assert all(isnan(made.excess(row)) for row in made.steered)


def test_time_is_in_that_of_a_fixed_rate():
    made = backtest(*usual())
    assert [made.time_ratio(row) for row in made.steered] == [2.0, 1.5]
    assert isnan(backtest(*usual()[:1]).time_ratio(usual()[0]))


def test_the_report_is_json_with_null_for_what_is_no_number():
    made = backtest(*usual(), rejected={"decode": 2}, cut=True)
    data = json.loads(json.dumps(as_data(made), allow_nan=False))
    assert data["data"] == {
        "origin": "rides.csv",
        "digest": "d1935",
        "records": 4,
        "cut": True,
        "rejected": {"decode": 2},
        "refused": {},
    }
    assert data["best_fixed"] == {"rate": 0.1, "loss": 1.0}
    assert data["no_skill_loss"] == 2.0
    assert data["complete"]
    assert set(data["versions"]) == {"lrcontrol", "river", "python"}
    runs = {(run["name"], run["start"]): run for run in data["runs"]}
    assert runs["pid", 0.01]["path"] == [[0, 0.01], [4, 0.01]]
    assert runs["pid", 0.01]["beats_hindsight"]
    assert runs["fixed", 100.0]["diverged"]
    assert runs["fixed", 100.0]["excess_percent"] is None
    assert runs["adam", None]["rate"] is None


def test_an_interrupted_backtest_says_so():
    data = as_data(backtest(planned=9))
    assert (data["complete"], data["best_fixed"], data["no_skill_loss"]) == (False, None, None)
