import gc
import logging
import pickle
import tracemalloc
from pathlib import Path

import pytest
from tuned import stream

from lrcontrol import log
from lrcontrol.assembly import loop_of
from lrcontrol.config.load import load
from lrcontrol.config.problems import ConfigError
from lrcontrol.operating.reload import Parts, apply, plan

TEXT = """\
version: 1
sources:
  rides: {type: file, path: %s}
models:
  fare:
    pipeline:
      - class: linear_model.LinearRegression
        optimizer: {class: optim.SGD}
    controller: {type: bold_driver}
    drift: null
    period: 64
    limits: {low: 1e-6, high: 1.0}
http:
  tokens: {write: "%s"}
"""
TOKEN = "sixteen letters and more"


@pytest.fixture
def file(tmp_path):
    (tmp_path / "rides.ndjson").touch()
    path = tmp_path / "c.yaml"
    path.write_text(TEXT % (tmp_path / "rides.ndjson", TOKEN))
    return path


@pytest.fixture
def settings(file):
    return load(file, environ={}).settings


def edit(file, *pairs):
    text = file.read_text()
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)


def told(file, settings):
    with pytest.raises(ConfigError) as refused:
        plan(file, (), settings, {})
    return refused.value.problems


def loop(settings):
    model = settings.models["fare"]
    return loop_of(model, model.build())


def test_one_bad_and_one_cold_field_are_told_together(file, settings):
    edit(file, ("period: 64", "period: 0"), ("rides.ndjson", "trips.ndjson"))
    (Path(settings.sources["rides"].path).parent / "trips.ndjson").touch()
    cold, bad = told(file, settings)
    assert (bad.path, bad.line) == ("models.fare.period", 11)
    assert (cold.path, cold.line) == ("sources.rides.path", 3)
    assert cold.message.startswith("needs a restart (")


def test_what_validate_finds_in_this_place_is_told_too(file, settings):
    edit(file, ("rides.ndjson", "nowhere.ndjson"), ("drift: null", "drift: {class: drift.ADWIN}"))
    missing, cold = told(file, settings)
    assert missing.path == "sources.rides.path"
    assert "nowhere.ndjson" in missing.message
    assert cold.path == "models.fare.drift"


def test_a_file_that_is_no_yaml_is_told(file, settings):
    edit(file, ("version: 1", "version: ["))
    (problem,) = told(file, settings)
    assert problem.file == str(file)


def test_all_that_is_cold_is_told_at_once(file, settings):
    edit(file, ("drift: null", "initial_rate: 0.1"), ("version: 1", "version: 1\nallow: [mine]"))
    found = told(file, settings)
    places = [("allow", 2), ("models.fare.drift", 6), ("models.fare.initial_rate", 11)]
    assert [(p.path, p.line) for p in found] == places


def test_no_secret_is_in_what_is_told(file, settings):
    edit(file, (TOKEN, "another token that nobody knows"), ("tokens:", "listen: null\n  tokens:"))
    text = "\n".join(map(str, told(file, settings)))
    assert "http.listen" in text
    assert "token that" not in text
    planned = plan(file, ("http.listen=127.0.0.1:9477",), settings, {})
    assert [str(c) for c in planned.changes.live] == ["http.tokens.write: changed"]
    assert TOKEN not in repr(planned)
    assert "nobody knows" not in repr(planned)


@pytest.mark.parametrize("slip", ["wirte: hunter2, write:", "write: hunter2, write:"])
def test_no_line_with_a_secret_is_in_what_is_told(file, settings, slip):
    edit(file, ("write:", slip))
    text = "\n".join(map(str, told(file, settings)))
    assert "http.tokens" in text
    assert "hunter2" not in text
    assert TOKEN not in text


def test_the_same_file_changes_nothing(file, settings):
    planned = plan(file, (), settings, {})
    assert planned.changes == ((), ())
    assert planned.settings == settings


def test_what_the_daemon_was_started_with_goes_on_to_count(file):
    started = load(file, ("models.fare.period=7",), {}).settings
    assert plan(file, ("models.fare.period=7",), started, {}).changes == ((), ())
    (change,) = plan(file, (), started, {}).changes.live
    assert str(change) == "models.fare.period: 7 -> 64"


def test_standard_input_goes_on_to_be_the_source(file):
    started = load(file, (), {}, stdin=True).settings
    assert plan(file, (), started, {}, stdin=True).changes == ((), ())


def test_planning_touches_nothing(file, settings):
    running = loop(settings)
    edit(file, ("period: 64", "period: 16"))
    before = running.period, running.limits, running.guard.bounds
    plan(file, (), settings, {})
    assert (running.period, running.limits, running.guard.bounds) == before


def test_a_plan_is_carried_out_where_it_says(file, settings):
    running, heard = loop(settings), []
    edit(
        file,
        ("period: 64", "period: 16"),
        ("high: 1.0", "high: 0.5"),
        (TOKEN, "another token that nobody knows"),
    )

    class Kept:
        def retune(self, checkpoints):
            heard.append(checkpoints)

    planned = plan(file, ("checkpoint.cadence.records=5",), settings, {})
    apply(planned, Parts({"fare": running}, Kept()))
    assert running.period == 16
    assert running.limits.high == running.learner.limits.high == running.hand.limits.high == 0.5
    assert heard == [planned.settings.checkpoint]
    assert planned.settings.http.tokens.write == "another token that nobody knows"


def test_a_model_whose_section_is_as_it_was_is_left_alone(file, settings):
    running = loop(settings)
    before = running.limits
    apply(plan(file, ("log.level=warning",), settings, {}), Parts({"fare": running}))
    assert running.limits is before


def test_the_level_of_the_log_follows(file, settings):
    log.configure("info", "json")
    planned = plan(file, ("log.level=debug",), settings, {})
    apply(planned, Parts({}))
    assert logging.getLogger("lrcontrol").level == logging.DEBUG


def test_many_reloads_leave_everything_as_it_was(file, settings):
    running = loop(settings)
    running.learn(stream(100))
    before, sizes = pickle.dumps(running), []
    tracemalloc.start()
    for number in range(150):
        apply(plan(file, (), settings, {}), Parts({"fare": running}))
        if number in (50, 149):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert pickle.dumps(running) == before
    assert sizes[1] - sizes[0] < 64 * 1024  # one set of settings is 20 KiB
