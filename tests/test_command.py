"""The command line: what it prints, and what it leaves with."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys

import jsonschema
import pytest
import yaml
from commands import LINEAR, PATIENCE, run, start


@pytest.fixture
def linear(tmp_path):
    path = tmp_path / "linear.yaml"
    path.write_text(LINEAR)
    return path


RECORDS = b'{"a": 1.0, "y": 2.0}\n' * 100


def test_a_pipe_is_learned_to_its_end_and_summed_up(linear):
    code, out, err = run("run", linear, said=RECORDS)
    assert code == 0, err
    (row,) = [line for line in out.splitlines() if line.startswith("m ")]
    assert row.split()[:4] == ["m", "fixed", "100", "0"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_ends_it_with_the_summary(linear, number):
    process = start("run", linear)
    process.stdin.write(RECORDS)
    process.stdin.flush()
    for line in process.stderr:
        if b'"started"' in line:
            break
    process.send_signal(number)
    assert process.wait(timeout=5.0) == 0  # as promised, and though the pipe is still open
    assert b"\nm " in process.stdout.read()
    process.communicate()


def test_a_signal_before_river_is_there_is_heard(linear):
    # -v names every module as it is imported: the handlers are in place from lrcontrol.signals on
    process = start("run", linear, env={**os.environ, "PYTHONVERBOSE": "1"})
    for line in process.stderr:
        if b"import 'lrcontrol.cli'" in line or b"import 'click" in line:
            break
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err[-2000:]


def test_a_second_signal_ends_it_at_once():
    code = (
        "import os, signal\n"
        "from lrcontrol.signals import Stop\n"
        "stop = Stop().install()\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "assert stop.requested and stop.signal == 'SIGTERM'\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "raise AssertionError('still here')\n"
    )
    process = subprocess.run([sys.executable, "-c", code], check=False)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_bad_configuration_starts_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    path = tmp_path / "bad.yaml"
    path.write_text(LINEAR.replace("initial_rate: 0.01", "initial_rate: -1\n    perod: 3"))
    code, out, err = run("run", path, "--set", f"http.listen=127.0.0.1:{port}", said=RECORDS)
    assert code == 78
    assert out == ""
    assert f"{path}:11:19 models.m.initial_rate: must be > 0, got -1" in err
    assert f"{path}:12:5 models.m.perod: unknown key (did you mean period?)" in err
    assert "listening" not in err


def test_a_taken_port_is_a_clear_failure(linear):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, err = run("run", linear, "--set", f"http.listen={address}")
    assert code == 1
    assert address in err
    assert "http.listen" in err


def test_standard_input_takes_the_place_of_the_source(tmp_path):
    path = tmp_path / "file.yaml"
    source = "{type: file, path: /nowhere.csv, format: ndjson, fields: {label: z}}"
    path.write_text(LINEAR.replace("{type: lines, format: ndjson}", source))
    code, out, err = run("run", path, "--source", "stdin", said=RECORDS.replace(b'"y"', b'"z"'))
    assert code == 0, err
    assert "\nm      fixed           100" in out


def test_the_quick_start_needs_no_file():
    code, out, err = run("run", "--once", "--set", "http.listen=null", "--set", "log.format=json")
    assert code == 0, err
    rows = {line.split()[0]: line for line in out.splitlines() if line}
    assert {"controlled", "left_at_10", "river_default"} <= set(rows)


def test_validate_says_ok_or_everything(linear):
    code, out, _ = run("validate", linear)
    assert (code, out) == (0, f"{linear}: ok\n")
    linear.write_text(LINEAR + "modles: {}\nlogs: {}\n")
    code, out, _ = run("validate", linear, "--format", "json")
    assert code == 78
    assert [p["path"] for p in json.loads(out)] == ["modles", "logs"]


def test_the_schema_describes_what_init_writes(tmp_path):
    code, out, _ = run("init")
    assert code == 0
    path = tmp_path / "new.yaml"
    path.write_text(out)
    assert run("validate", path)[0] == 0
    code, shown, _ = run("config", "show", path)
    assert code == 0
    jsonschema.validate(yaml.safe_load(shown), json.loads(run("schema")[1]))


def test_version():
    code, out, _ = run("version")
    assert code == 0
    assert out.startswith("lrcontrol ")


def test_a_daemon_whose_input_has_ended_goes_on_answering(tmp_path):
    (tmp_path / "some.ndjson").write_bytes(RECORDS)
    path = tmp_path / "stays.yaml"
    source = f"{{type: file, path: {tmp_path}/some.ndjson}}"
    path.write_text(LINEAR.replace("{type: lines, format: ndjson}", source))
    process = start("run", path)
    for line in process.stderr:
        if b'"input ended"' in line:
            break
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=5.0)
    assert process.returncode == 0
    assert b"100" in out
