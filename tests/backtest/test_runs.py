"""A run is what the daemon, or River's own loop, would have done on the same records."""

import math
import pickle
from dataclasses import replace

import pytest
from river import metrics

from lrcontrol.assembly import assemble_model
from lrcontrol.backtest.plan import plan
from lrcontrol.backtest.records import read, sources_of
from lrcontrol.backtest.runs import POINTS, execute
from lrcontrol.config.specs import Steps
from lrcontrol.control.trace import Trace
from lrcontrol.record import Record

LINEAR = [
    {"class": "preprocessing.StandardScaler"},
    {
        "class": "linear_model.LinearRegression",
        "optimizer": {"class": "optim.SGD", "lr": 0.1},
        "intercept_lr": 0.1,
    },
]


@pytest.fixture
def records(settings, model, data, go_on):
    return read(sources_of(settings, model, data), 1000, go_on).records


def one(model, compare=(), group="compared", start=0.1):
    return next(r for r in plan(model, [start], list(compare), 9) if r.group == group)


def test_a_controlled_run_is_what_the_daemon_would_do(model, records, go_on):
    result = execute(one(model, group="configured"), records, go_on)
    served = assemble_model("m", replace(model, initial_rate=0.1))
    for i in range(0, len(records), 64):
        served.learn(records[i : i + 64])
    loop = served.loop.status
    assert result.loss == pytest.approx(loop.loss_sum / loop.loss_count, rel=1e-12)
    assert result.baseline == pytest.approx(loop.baseline_sum / loop.baseline_count, rel=1e-12)
    assert result.rate == loop.rate
    assert result.records == len(records)
    assert result.path[0] == (0, 0.1)
    assert result.path[-1] == (len(records), loop.rate)
    assert result.seconds > 0


@pytest.mark.parametrize("name", ["river-default", "adagrad"])
def test_an_unsteered_run_is_rivers_own_loop(model, records, go_on, name):
    from lrcontrol.backtest.optimizers import with_optimizer

    result = execute(one(model, [name]), records, go_on)
    plain = model.build()
    plain = plain if name == "river-default" else with_optimizer(plain, name)
    score = metrics.MSE()
    for x, y, _, _ in records:
        score.update(y, plain.predict_one(x))
        plain.learn_one(x, y)
    assert result.loss == pytest.approx(score.get(), rel=1e-12)
    assert math.isnan(result.rate)
    assert result.path == ()


def test_a_clamped_run_is_rivers_own_loop_cut_to_the_labels_seen(model, records, go_on):
    clamping = replace(model, controller=Trace())
    runs = [r for r in plan(clamping, [0.1], [], 9) if r.group == "clamped"]
    run = next(r for r in runs if r.start == pytest.approx(1e-1))
    plain = replace(model, pipeline=Steps.of(LINEAR)).build()
    score, low, high = metrics.MSE(), math.inf, -math.inf
    for x, y, _, _ in records:
        prediction = plain.predict_one(x)
        score.update(y, min(max(prediction, low), high) if low <= high else prediction)
        plain.learn_one(x, y)
        low, high = min(low, y), max(high, y)
    result = execute(run, records, go_on)
    assert result.loss == pytest.approx(score.get(), rel=1e-12)
    assert result.rate == run.start
    assert result.loss < execute(run._replace(group="hindsight"), records, go_on).loss


def test_a_schedule_of_the_users_stays_in_force_where_nobody_steers(model, records, go_on):
    schedule = {"class": "optim.schedulers.InverseScaling", "learning_rate": 0.1}
    linear = {
        "class": "linear_model.LinearRegression",
        "optimizer": {"class": "optim.SGD", "lr": schedule},
    }
    own = replace(model, pipeline=Steps.of([linear]))
    free = execute(one(own, ["river-default"]), records, go_on)
    held = execute(one(own, ["fixed:0.1"]), records, go_on)
    assert free.loss != held.loss


@pytest.mark.parametrize("count", [1, 2, 199, 200, 201, 300, 1000])
def test_the_path_has_both_ends_and_is_capped(model, records, go_on, count):
    several = (list(records) * 4)[:count]
    path = execute(one(model, group="configured"), several, go_on).path
    assert len(path) <= POINTS
    assert (path[0][0], path[-1][0]) == (0, count)
    assert [step for step, _ in path] == sorted({step for step, _ in path})


def test_progress_is_told_record_by_record_and_a_stop_is_heard(model, records):
    told = []
    run = one(model, group="configured")
    assert execute(run, records, lambda n: bool(told.append(n))) is not None
    assert sum(told) == len(records)
    assert execute(run, records, lambda n: True) is None


def test_a_diverged_run_is_a_result(model, records, go_on):
    result = execute(one(model, ["fixed:100"]), records, go_on)
    assert result.diverged
    assert not result.counts
    assert not result.failure


@pytest.mark.parametrize("compare", ["fixed:0.1", "river-default"])
def test_a_model_that_raises_goes_on_as_it_would_in_the_daemon(model, go_on, compare):
    # A word among numbers that are multiplied.
    mean = Steps.of(
        [
            {"class": "feature_extraction.PolynomialExtender", "degree": 2},
            {"class": "linear_model.LinearRegression"},
        ]
    )
    words = [Record({"a": 1.0}, 1.0)] * 5 + [Record({"a": 1.0, "word": "b"}, 1.0)]
    result = execute(one(replace(model, pipeline=mean), [compare]), words, go_on)
    if compare == "river-default":  # as it comes, nobody takes the record out
        assert "TypeError" in result.failure
        assert not result.counts
    else:
        assert (result.rejected, result.records, result.failure) == ({"failed": 1}, 5, "")


def test_what_the_guard_refuses_is_the_same_for_every_run(model, records, go_on):
    bad = [*records[:50], Record({"a": math.inf, "b": 1.0}, 1.0), *records[50:]]
    for compare in ("fixed:0.1", "adam"):
        result = execute(one(model, [compare]), bad, go_on)
        assert result.rejected == {"nonfinite": 1}
        assert result.records == len(records)


def test_runs_and_results_travel_between_processes(model, records, go_on):
    run = pickle.loads(pickle.dumps(one(model, group="configured")))
    result = execute(run, records, go_on)
    assert pickle.loads(pickle.dumps(result)) == result
