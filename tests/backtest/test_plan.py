"""What is run, and everything that is wrong with what was asked for."""

from dataclasses import replace
from itertools import pairwise
from math import log10

import pytest

from lrcontrol.backtest.plan import coarse_first, plan, problems, rates, starts_for
from lrcontrol.config.specs import Steps
from lrcontrol.control import PID, Fixed, Limits
from lrcontrol.control.trace import Trace


def test_the_grid_is_even_in_logs_and_ends_where_it_says():
    grid = rates(33)
    assert (grid[0], grid[-1]) == (1e-6, 1e2)
    steps = [log10(b / a) for a, b in pairwise(grid)]
    assert steps == pytest.approx([0.25] * 32)


@pytest.mark.parametrize("count", [2, 9, 17, 33, 100])
def test_from_coarse_to_fine_each_once(count):
    order = coarse_first(list(range(count)))
    assert sorted(order) == list(range(count))
    assert order[:2] == [0, count - 1]


def test_starts_are_ours_within_the_limits_and_the_files_own(model):
    assert starts_for(model) == [1e-5, 1e-3, 1e-2, 1e-1, 1e1]
    narrow = replace(model, limits=Limits(low=1e-4, high=1.0))
    assert starts_for(narrow) == [1e-3, 1e-2, 1e-1]


def test_the_configured_controller_first_then_hindsight_then_what_is_compared(model):
    asked = ["fixed:2e-2", "adam", "river-default", "pid", "pid:0.5"]
    runs = plan(model, [0.1, 1.0], asked, 9)
    assert [(r.name, r.start) for r in runs if r.group == "configured"] == [
        ("bold_driver", 0.1),
        ("bold_driver", 1.0),
    ]
    assert sorted(r.start for r in runs if r.group == "hindsight") == rates(9)
    assert [(r.name, r.start) for r in runs if r.group == "compared"] == [
        ("fixed", 0.02),
        ("adam", None),
        ("river-default", None),
        ("pid", 0.1),
        ("pid", 1.0),
        ("pid", 0.5),
    ]
    assert [r.group for r in runs[:2]] == ["configured"] * 2


def test_what_runs_is_the_model_with_only_its_control_exchanged(model):
    for run in plan(model, [0.1], ["pid", "fixed:100"], 9):
        assert run.settings.pipeline is model.pipeline
        assert run.settings.period == 16
    by_name = {run.name: run.settings for run in plan(model, [0.1], ["pid"], 9)}
    assert isinstance(by_name["pid"].controller, PID)
    assert by_name["pid"].drift is model.drift
    assert isinstance(by_name["fixed"].controller, Fixed)


def test_the_grid_is_clamped_too_where_a_regressors_controller_clamps(model):
    def clamped(model):
        return [run.start for run in plan(model, [0.1], [], 9) if run.group == "clamped"]

    assert not clamped(model)
    assert sorted(clamped(replace(model, controller=Trace()))) == rates(9)
    assert not clamped(replace(model, controller=Trace(clamp=False)))
    logistic = Steps.of([{"class": "linear_model.LogisticRegression"}])
    assert not clamped(replace(model, controller=Trace(), pipeline=logistic))


def test_everything_wrong_is_said(model):
    asked = ["fixed:x", "adm", "warmup", "sgd:3", "pid:20", "fixed:2e4", "bold_drivr:1", "pid"]
    said = list(problems(model, [1e-9, 0.1], asked))
    assert said == [
        "--starts 1e-09 is outside the model's limits, 1e-06 to 10",
        "--compare fixed:x: starts within 1e-09 to 10000, not from x",
        "--compare adm: unknown; did you mean adam?",
        "--compare warmup: cannot go without then; configure it in a file of its own",
        "--compare sgd:3: takes no rate",
        "--compare pid:20: starts within 1e-06 to 10, not from 20",
        "--compare fixed:2e4: starts within 1e-09 to 10000, not from 2e4",
        "--compare bold_drivr:1: unknown; did you mean bold_driver?",
        "--compare pid: starts within 1e-06 to 10, not from 1e-09",
    ]


def test_an_unknown_name_with_nothing_near_is_told_what_there_is(model):
    (said,) = problems(model, [0.1], ["zzzzzz"])
    assert "one of sgd, adam, adagrad, rmsprop, river-default, auto, fixed" in said


def test_an_optimizer_that_has_no_place_in_the_model_is_a_problem(model):
    counting = Steps.of([{"class": "naive_bayes.GaussianNB"}])
    (said,) = problems(replace(model, pipeline=counting), [0.1], ["adam"])
    assert said.startswith("--compare adam: no part of GaussianNB")
