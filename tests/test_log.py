"""Log lines: one form for every library, valid and harmless whatever is in them."""

import json
import logging
import math
import os
import subprocess
import sys
import warnings
from datetime import UTC, datetime

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.log import (
    ENTRIES,
    TEXT,
    _renderer,
    configure,
    plain,
    printable,
)
from lrcontrol.secret import Secret


@pytest.fixture(autouse=True)
def as_before():
    """Take the test runner's own handlers out, and put everything back afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("lrcontrol")
    handlers, level, our_level = root.handlers, root.level, ours.level
    root.handlers = []
    yield
    root.handlers = handlers
    root.setLevel(level)
    ours.setLevel(our_level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def written(capsys):
    return capsys.readouterr().err.splitlines()


def test_a_json_line_has_time_level_event_first(capsys):
    configure("info", "json")
    structlog.get_logger("lrcontrol").info("started", models=["fare"], rate=1e-5)
    (line,) = written(capsys)
    fields = json.loads(line)
    assert list(fields)[:3] == ["timestamp", "level", "event"]
    stamp = datetime.fromisoformat(fields.pop("timestamp"))
    assert stamp.tzinfo == UTC
    assert fields == {
        "level": "info",
        "event": "started",
        "logger": "lrcontrol",
        "models": ["fare"],
        "rate": 1e-5,
    }


def test_auto_is_json_where_standard_error_is_no_terminal(capsys):
    configure()
    structlog.get_logger("lrcontrol").info("started")
    assert json.loads(written(capsys)[0])["event"] == "started"


def test_console_lines_are_for_people(capsys):
    configure("info", "console")
    structlog.get_logger("lrcontrol").warning("message rejected", reason="decode")
    (line,) = written(capsys)
    assert "message rejected" in line
    assert "reason=decode" in line
    assert "\x1b" not in line  # no colour off a terminal


@pytest.mark.parametrize(
    ("level", "events"),
    [
        ("debug", ["d", "i", "w", "e"]),
        ("info", ["i", "w", "e"]),
        ("warning", ["w", "e"]),
        ("error", ["e"]),
    ],
)
def test_level(capsys, level, events):
    configure(level, "json")
    log = structlog.get_logger("lrcontrol.daemon")
    log.debug("d"), log.info("i"), log.warning("w"), log.error("e")
    assert [json.loads(line)["event"] for line in written(capsys)] == events


def test_an_unknown_level_or_format_is_refused():
    with pytest.raises(ValueError, match="no level 'loud'"):
        configure("loud")
    with pytest.raises(ValueError, match="no format 'xml'"):
        configure("info", "xml")


def test_the_last_call_counts(capsys):
    configure("debug", "console")
    configure("warning", "json")
    log = structlog.get_logger("lrcontrol")
    log.info("dropped")
    log.warning("kept")
    (line,) = written(capsys)
    assert json.loads(line)["event"] == "kept"


def test_other_libraries_come_out_of_the_same_handler_from_warning_on(capsys):
    configure("debug", "json")
    other = logging.getLogger("asyncio")
    other.warning("%s is odd", "this")
    other.info("Running on ...")
    (line,) = written(capsys)
    fields = json.loads(line)
    assert (fields["event"], fields["level"], fields["logger"]) == (
        "this is odd",
        "warning",
        "asyncio",
    )


def test_warnings_become_lines(capsys):
    configure("info", "json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)  # again inside: catch_warnings saved the former hook
        warnings.warn("overflow encountered in exp", RuntimeWarning, stacklevel=1)
        logging.captureWarnings(False)
    assert "overflow encountered in exp" in json.loads(written(capsys)[0])["event"]


@pytest.mark.parametrize("format", ["json", "console"])
def test_an_exception_brings_its_traceback(capsys, format):
    configure("info", format)
    try:
        raise ValueError("weights\x1b[31m went bad")
    except ValueError as error:
        structlog.get_logger("lrcontrol").error("model failed", exc_info=error)
    text = capsys.readouterr().err
    told = json.loads(text)["exception"] if format == "json" else text
    assert "Traceback (most recent call last):\n" in told
    assert "ValueError: weights\\x1b[31m went bad" in told
    assert "\x1b" not in told


def test_a_console_line_cannot_be_forged(capsys):
    configure("info", "console")
    structlog.get_logger("lrcontrol").info("a\nfake line", detail="b\n2026 [error] forged \x1b[2J")
    assert len(written(capsys)) == 1


def test_the_stream_is_looked_up_at_each_line(capsys, monkeypatch, tmp_path):
    configure("info", "json")
    with open(tmp_path / "err", "w+") as elsewhere:
        monkeypatch.setattr(sys, "stderr", elsewhere)
        structlog.get_logger("lrcontrol").info("there")
        elsewhere.seek(0)
        assert json.loads(elsewhere.read())["event"] == "there"


def test_a_full_disk_behind_standard_error_stops_nothing():
    script = (
        "from lrcontrol.log import configure; import structlog; configure('info', 'json');"
        "structlog.get_logger('lrcontrol').info('lost'); print('alive')"
    )
    with open("/dev/full", "w") as full:
        ended = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=full)
    assert (ended.returncode, ended.stdout) == (0, b"alive\n")


def test_colour_on_a_terminal_only_where_it_is_wanted():
    script = (
        "from lrcontrol.log import configure; import structlog; configure();"
        "structlog.get_logger('lrcontrol').info('here')"
    )

    def on_a_terminal(**environ):
        ours, theirs = os.openpty()
        with open(theirs, "w") as terminal:
            env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | environ
            command = [sys.executable, "-c", script]
            subprocess.run(command, stderr=terminal, env=env, check=True)
            text = os.read(ours, 4096)
        os.close(ours)
        return text

    assert b"\x1b[" in on_a_terminal()
    assert b"\x1b[" not in on_a_terminal(NO_COLOR="1")


scalars = (
    st.text(st.characters())  # lone surrogates too
    | st.binary()
    | st.floats()
    | st.integers()
    | st.none()
    | st.booleans()
)
values = scalars | st.lists(st.lists(scalars)) | st.dictionaries(st.text() | st.integers(), scalars)


@given(st.dictionaries(st.text(), values))
def test_whatever_is_in_it_a_line_is_strict_json(fields):
    line = _renderer("json")(None, "info", plain(None, "info", fields))
    assert line.isascii()
    assert "\n" not in line
    msgspec.json.decode(line)  # refuses NaN and lone surrogates, which json.loads lets through


def test_what_is_not_finite_is_a_word():
    event = {"a": math.nan, "b": -math.inf, "c": [math.inf], "d": 0.5}
    assert plain(None, "", event) == {"a": "nan", "b": "-inf", "c": ["inf"], "d": 0.5}


def test_everything_is_capped():
    event = plain(None, "", {"text": "x" * 10**6, "list": range(5), "many": [*range(10**4)]})
    assert len(event["text"]) == TEXT + len(" ... ")
    assert len(event["many"]) == ENTRIES
    assert event["list"] == "range(0, 5)"
    assert len(plain(None, "", {"n": 1 << 10**6})["n"]) <= TEXT + len(" ... ")


def test_a_secret_stays_one():
    event = {"token": Secret("hunter2"), "auth": {"token": Secret("hunter2")}}
    assert plain(None, "", event) == {"token": "***", "auth": {"token": "***"}}


def test_printable_keeps_letters_of_any_script():
    assert printable("prix €, 価格") == "prix €, 価格"
    assert printable("a\tb\ud800") == "a\\tb\\ud800"
    assert printable("a\nb", keep="\n") == "a\nb"
