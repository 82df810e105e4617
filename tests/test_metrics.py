"""The metrics page: what it holds, what it leaves out, how large it can get."""

import subprocess
from math import inf, nan
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from lrcontrol.control.base import Action, Reason
from lrcontrol.metrics import Collector, build_registry, render
from lrcontrol.status import (
    DURATION_BUCKETS,
    Decision,
    LoopStatus,
    Member,
    ModelStatus,
    SourceStatus,
    Status,
)

LOOP = LoopStatus(
    steps=128,
    rejected={"bounds": 2},
    loss_sum=32.0,
    loss_count=127,
    loss_nonfinite=1,
    baseline_sum=64.0,
    baseline_count=128,
    fast=0.2,
    slow=0.25,
    noise=0.05,
    rate=0.02,
    asked=0.5,
    low=1e-6,
    high=0.02,
    rates={"weights": 0.02, "intercept": 0.002},
    decisions={("raise", "setpoint"): 2, ("lower", "nonfinite"): 1},
    last=Decision(128, "raise", "setpoint", "high", 0.01, 0.5, 0.02, {"p": 0.3, "i": -0.1}),
    drifts=3,
    rung="cooling",
    rulings={
        "lower": 1,
        "freeze": 0,
        "thaw": 0,
        "roll_back": 2,
        "safe": 0,
        "release": 0,
        "drift": 3,
    },
    metrics={"mae": 0.4},
)
MODEL = ModelStatus(
    "fare",
    LOOP,
    detector="ADWIN",
    drift_at=1_700_000_100.0,
    changed_at=1_700_000_200.0,
    control_seconds=0.25,
    control_count=2,
    learn_seconds=0.0128,
    learn_buckets=tuple(128 * (edge >= 1e-4) for edge in (*DURATION_BUCKETS, inf)),
)
SOURCE = SourceStatus(
    "rides", "file", 132, 4096, {"decode": 2}, True, False, 7, 500, 1_700_000_300.0, 1_600_000_000.0
)
STATUS = Status((MODEL,), (SOURCE,), 1_700_000_000.0, 40.0, True)


def page(status):
    return render(build_registry(lambda: status))[0].decode()


def samples(status):
    registry = CollectorRegistry()
    registry.register(Collector(lambda: status, clock=lambda: 42.0, wall=lambda: 1_700_000_400.0))
    text = render(registry)[0].decode()
    return {
        (s.name.removeprefix("lrcontrol_"), *(v for k, v in sorted(s.labels.items()))): s.value
        for family in parse(text)
        for s in family.samples
    }


def model(loop=LOOP, **changes):
    return Status((MODEL._replace(loop=loop, **changes),))


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (("ready",), 1),
        (("start_timestamp_seconds",), 1_700_000_000),
        (("last_turn_timestamp_seconds",), 1_700_000_398),
        (("source_records_total", "rides"), 132),
        (("source_read_bytes_total", "rides"), 4096),
        (("source_records_rejected_total", "decode", "rides"), 2),
        (("source_lag_records", "rides"), 7),
        (("source_connected", "rides"), 1),
        (("source_last_record_timestamp_seconds", "rides"), 1_700_000_300),
        (("source_last_event_timestamp_seconds", "rides"), 1_600_000_000),
        (("learn_steps_total", "fare"), 128),
        (("learn_failures_total", "fare"), 0),
        (("records_total", "fare", "learned"), 128),
        (("records_total", "fare", "rejected"), 2),
        (("records_rejected_total", "fare", "bounds"), 2),
        (("learn_duration_seconds_bucket", "5e-05", "fare"), 0),
        (("learn_duration_seconds_bucket", "0.0001", "fare"), 128),
        (("learn_duration_seconds_bucket", "+Inf", "fare"), 128),
        (("learn_duration_seconds_count", "fare"), 128),
        (("learn_duration_seconds_sum", "fare"), 0.0128),
        (("metric_value", "mae", "fare"), 0.4),
        (("loss_sum", "fare"), 32),
        (("loss_count", "fare"), 127),
        (("loss_nonfinite_total", "fare"), 1),
        (("baseline_loss_sum", "fare"), 64),
        (("baseline_loss_count", "fare"), 128),
        (("loss_ewma", "fast", "fare"), 0.2),
        (("loss_ewma", "slow", "fare"), 0.25),
        (("loss_trend_ratio", "fare"), -0.2),
        (("loss_noise_ratio", "fare"), 0.2),
        (("learning_rate", "weights", "fare"), 0.02),
        (("learning_rate", "intercept", "fare"), 0.002),
        (("learning_rate_requested", "fare"), 0.5),
        (("learning_rate_min", "fare"), 1e-6),
        (("learning_rate_max", "fare"), 0.02),
        (("controller_decisions_total", "raise", "fare", "setpoint"), 2),
        (("divergence_level", "fare"), 3),
        (("divergence_rulings_total", "fare", "roll_back"), 2),
        (("controller_decisions_total", "lower", "fare", "nonfinite"), 1),
        (("controller_saturated", "low", "fare"), 0),
        (("controller_saturated", "high", "fare"), 1),
        (("controller_term", "fare", "p"), 0.3),
        (("controller_term", "fare", "i"), -0.1),
        (("controller_last_change_timestamp_seconds", "fare"), 1_700_000_200),
        (("controller_duration_seconds_sum", "fare"), 0.25),
        (("controller_duration_seconds_count", "fare"), 2),
        (("drift_events_total", "ADWIN", "fare"), 3),
        (("drift_last_timestamp_seconds", "ADWIN", "fare"), 1_700_000_100),
        (("model_state", "running", "fare"), 1),
    ],
)
def test_shows_each_number_of_the_status(sample, value):
    assert samples(STATUS)[sample] == pytest.approx(value)


def test_a_page_follows_the_status_it_is_asked_at():
    newest = [STATUS]
    registry = build_registry(lambda: newest[0])
    assert b'lrcontrol_learn_steps_total{model="fare"} 128.0' in render(registry)[0]
    newest[0] = model(LOOP._replace(steps=192))
    assert b'lrcontrol_learn_steps_total{model="fare"} 192.0' in render(registry)[0]


def test_a_failed_model_says_so():
    failed = samples(model(state="failed"))
    assert failed["learn_failures_total", "fare"] == 1
    assert failed["model_state", "failed", "fare"] == 1
    assert failed["model_state", "running", "fare"] == 0


def test_a_stopping_daemon_is_not_ready():
    assert samples(STATUS._replace(stopping=True))["ready",] == 0


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_nothing_that_is_not_finite_is_shown(bad):
    loop = LOOP._replace(
        loss_sum=bad, baseline_sum=bad, fast=bad, slow=bad, noise=bad, asked=bad,
        rates={"weights": bad}, metrics={"mae": bad}, last=LOOP.last._replace(terms={"p": bad}),
    )  # fmt: skip
    shown = samples(model(loop, control_seconds=bad))
    assert not [key for key, value in shown.items() if not -inf < value < inf]
    gone = {key[0] for key in samples(STATUS)} - {key[0] for key in shown}
    assert {"loss_sum", "loss_count", "learning_rate", "loss_trend_ratio", "metric_value"} <= gone


def test_what_has_no_value_yet_is_absent():
    shown = samples(Status((ModelStatus("fare", LoopStatus()),), (SourceStatus("rides"),)))
    absent = {
        "loss_ewma", "loss_trend_ratio", "loss_noise_ratio", "drift_events_total",
        "drift_last_timestamp_seconds", "controller_last_change_timestamp_seconds",
        "source_lag_records", "source_last_event_timestamp_seconds", "last_turn_timestamp_seconds",
        "start_timestamp_seconds",
    }  # fmt: skip
    assert not absent & {key[0] for key in shown}


def test_what_is_counted_is_there_at_zero_from_the_start():
    shown = samples(Status((ModelStatus("fare", LoopStatus()),), (SourceStatus("rides"),)))
    for reason in ("decode", "schema", "type", "too_large"):
        assert shown["source_records_rejected_total", reason, "rides"] == 0
    for reason in ("nonfinite", "bounds", "type", "target", "too_many"):
        assert shown["records_rejected_total", "fare", reason] == 0
    for action in get_args(Action):
        assert shown["controller_decisions_total", action, "fare", "drift"] == 0
    assert shown["learn_duration_seconds_bucket", "+Inf", "fare"] == 0
    assert shown["source_last_record_timestamp_seconds", "rides"] == 0


def crowd(models, decisions):
    full = LOOP._replace(
        decisions=dict.fromkeys(decisions, 1),
        metrics=dict.fromkeys(("mae", "rmse", "r2"), 0.5),
        last=LOOP.last._replace(terms=dict.fromkeys(("p", "i", "d", "slew"), 0.1)),
    )
    return Status(
        tuple(MODEL._replace(name=f"model {n}", loop=full) for n in range(models)),
        tuple(SOURCE._replace(name=f"source {n}") for n in range(models)),
        *STATUS[2:],
    )


def series(status):
    return [line for line in page(status).splitlines() if not line.startswith("#")]


COMBINATIONS = [(action, reason) for action in get_args(Action) for reason in get_args(Reason)]


def test_four_models_on_four_sources_stay_under_500_series():
    five_reasons = [pair for pair in COMBINATIONS if pair[1] in get_args(Reason)[:5]]
    assert len(series(crowd(4, five_reasons))) <= 500


def test_a_model_and_a_source_have_no_more_series_than_documented():
    two, one = (len(series(crowd(count, COMBINATIONS))) for count in (2, 1))
    assert two - one <= 10 + 77 + len(COMBINATIONS)
    assert two - 2 * (two - one) <= 16  # the daemon's own


def with_members(members):
    return STATUS._replace(models=(MODEL._replace(loop=LOOP._replace(members=members)),))


def test_members_are_shown_until_they_would_be_too_many():
    members = tuple(Member(f"{rate:g}", rate, float(rate == 0.1), 0.2) for rate in (0.01, 0.1))
    few = series(with_members(members))
    assert 'lrcontrol_member_rate{member="0.1",model="fare"} 0.1' in few
    assert 'lrcontrol_member_weight{member="0.01",model="fare"} 0.0' in few
    assert not [line for line in few if line.startswith("lrcontrol_series_left_out")]
    many = series(with_members(tuple(Member(str(i), 0.1) for i in range(300))))
    assert "lrcontrol_series_left_out 600.0" in many
    assert not [line for line in many if "member=" in line]
    assert len(many) <= 500


def test_a_name_with_quotes_and_newlines_stays_one_label():
    odd = 'a"b\\c\nd'
    shown = samples(Status((MODEL._replace(name=odd),)))
    assert shown["learn_steps_total", odd] == 128


def test_promtool_finds_nothing_to_say(promtool):
    command = [promtool, "check", "metrics"]
    text = page(STATUS).encode()
    checked = subprocess.run(command, input=text, capture_output=True, timeout=30, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_the_shipped_scrape_configuration_is_valid(promtool):
    shipped = Path(__file__).parent.parent / "config" / "prometheus.yml"
    command = [promtool, "check", "config", str(shipped)]
    checked = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr


def test_openmetrics_is_given_to_those_who_take_it():
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    text, content_type = render(build_registry(lambda: STATUS), accept)
    assert content_type.startswith("application/openmetrics-text")
    families = {family.name: family.type for family in openmetrics(text.decode())}
    assert families["lrcontrol_model_state"] == "stateset"
    assert families["lrcontrol_loss"] == "summary"
