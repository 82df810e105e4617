import pytest

from lrcontrol.config.changes import Change, changes, own_law
from lrcontrol.config.load import loads
from lrcontrol.control import PID, Bank, Plateau, Warmup

TEXT = """
version: 1
sources:
  rides: {type: file, path: rides.ndjson}
models:
  fare:
    pipeline:
      - class: preprocessing.StandardScaler
      - class: linear_model.LinearRegression
        optimizer: {class: optim.SGD}
    controller: {type: pid}
"""


def settings(*overrides, text=TEXT, **environ):
    return loads(text, overrides, environ).settings


def changed(*overrides, before=()):
    return changes(settings(*before), settings(*overrides))


def paths(found):
    return [change.path for change in found]


def test_the_same_again_is_no_change():
    assert changed() == ((), ())


@pytest.mark.parametrize(
    "same",
    [
        "models.fare.period=64",
        "models.fare.limits={low: 1e-6, high: 10}",
        "http.stall_after=30000ms",
        "models.fare.inputs=[rides]",
        "models.fare.drift={class: drift.ADWIN, clock: 1}",
        "checkpoint={}",
    ],
)
def test_what_goes_without_saying_may_be_said(same):
    assert changed(same) == ((), ())


LIVE = [
    "log.level=debug",
    "log.format=json",
    "http.stall_after=10s",
    "http.hosts=[learner.example]",
    "http.tokens.write=0123456789abcdef",
    "checkpoint.cadence.records=500",
    "checkpoint.retention.last=9",
    "models.fare.horizons.slow=4096",
    "models.fare.bounds.max_abs=1e6",
    "models.fare.bounds.max_features=10",
    "models.fare.bounds.max_text=10",
    "models.fare.period=32",
    "models.fare.limits.high=1.0",
    "models.fare.controller.kp=0.1",
    "models.fare.divergence.lower=0.25",
    "models.fare.divergence.standard.factor=9.0",
]
COLD = [
    "allow=[mine]",
    "sources.rides.path=other.ndjson",
    "models.fare.initial_rate=0.5",
    "models.fare.metrics=[MAE]",
    "models.fare.drift=null",
    "models.fare.divergence=null",
    "models.fare.bounds.max_names=10",
    "models.fare.bounds.outliers=null",
    "models.fare.bounds.outliers.spread=5.0",
    "models.fare.compiled=true",
    "models.fare.loss=absolute",
    "models.fare.pipeline.1.optimizer.class=optim.Adam",
    "http.listen=127.0.0.1:1",
    "checkpoint.dir=/var/lib/lrcontrol/state",
]


@pytest.mark.parametrize("override", LIVE)
def test_what_is_live(override):
    found = changed(override)
    assert paths(found.live) == [override.partition("=")[0]]
    assert found.cold == ()


@pytest.mark.parametrize("override", COLD)
def test_what_needs_a_restart(override):
    found = changed(override)
    (path,) = paths(found.cold)
    assert override.startswith(path)
    assert found.live == ()


def test_another_controller_is_one_change_and_cold():
    found = changed("models.fare.controller={type: plateau, patience: 3}")
    assert found.cold == (Change("models.fare.controller.type", "pid", "plateau"),)
    assert found.live == ()


def test_limits_of_another_controller_are_only_told_where_given():
    found = changed("models.fare.controller.type=auto", "models.fare.limits={high: 2}")
    assert "models.fare.limits.high" in paths(found.cold)
    found = changed("models.fare.controller.type=auto")
    assert paths(found.cold) == ["models.fare.controller.type"]


@pytest.mark.parametrize(
    "field",
    ["period=32", "limits={high: 1}", "controller.fallback=false", "divergence.lower=0.25"],
)
def test_a_controller_in_a_kernel_keeps_what_it_was_made_with(field):
    bank = "models.fare.controller.type=bank"
    found = changed(bank, f"models.fare.{field}", before=[bank])
    assert found.cold
    assert found.live == ()


def test_what_a_controller_wraps_may_change_its_numbers_and_not_its_kind():
    warm = "models.fare.controller={type: warmup, then: {type: %s}}"
    found = changed(warm % "pid, kp: 0.9", before=[warm % "pid"])
    assert paths(found.live) == ["models.fare.controller.then.kp"]
    found = changed(warm % "plateau", before=[warm % "pid"])
    assert paths(found.cold) == ["models.fare.controller.then.type"]


def test_a_wrapped_controller_that_is_not_ours_is_left_alone():
    class Theirs(PID):
        pass

    assert not own_law(Warmup(Theirs()))
    assert not own_law(Warmup(Bank()))
    assert own_law(Warmup(Plateau()))


def test_what_comes_and_goes_is_one_change():
    other = TEXT.replace("rides:", "trips:")
    found = changes(settings(), settings(text=other))
    assert paths(found.cold) == ["sources.rides", "sources.trips", "models.fare.inputs"]
    gone, came, _ = found.cold
    assert str(gone) == "sources.rides: {type: file, ...} -> null"
    assert str(came) == "sources.trips: null -> {type: file, ...}"


def test_a_secret_is_never_shown():
    token = "http.tokens.write=%s"
    found = changed(token % ("a" * 32), before=[token % ("b" * 32)])
    (change,) = found.live
    assert change == ("http.tokens.write", "***", "***")
    assert str(change) == "http.tokens.write: changed"


def test_a_variable_of_the_environment_counts_by_its_value():
    text = TEXT + "log: {level: '${LEVEL:-info}'}\n"
    one, two = settings(text=text), settings(text=text, LEVEL="debug")
    assert changes(settings(), one) == ((), ())
    assert [str(c) for c in changes(one, two).live] == ["log.level: info -> debug"]
