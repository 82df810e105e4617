"""Looking at a daemon from the command line: status, top, explain, and its log replayed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner
from commands import PATIENCE, until

from lrcontrol.cli import cli
from lrcontrol.commands.frame import sparkline

if TYPE_CHECKING:
    from conftest import Running


def test_the_status_is_a_table_with_what_matters(daemon: Running) -> None:
    told = daemon.run("status").output.splitlines()
    assert told[0].startswith(f"lrcontrol 0.1.0 at {daemon.url}: ready, since 20")
    assert told[1].split()[:5] == ["model", "state", "mode", "by", "records"]
    fare, side = told[2].split(), told[3].split()
    assert fare[:4] == ["fare", "running", "automatic", "pid"]
    assert side[:4] == ["side", "running", "automatic", "trace"]
    assert float(fare[7]) > 0.5, "it has skill"
    assert told[-1].startswith(("checkpoint ", "no checkpoint yet"))


def test_health_is_an_exit_code_for_a_container(daemon: Running) -> None:
    well = daemon.run("status", "--health", token=False)
    assert (well.exit_code, well.output) == (0, "ok\n")
    assert daemon.run("status", "--ready", token=False).exit_code == 0
    status = cli.get_command(click.Context(cli), "status")
    away = CliRunner().invoke(status, ["--health", "--url", "http://127.0.0.1:1"])
    assert away.exit_code == 1
    assert "no daemon answers" in away.output


def test_explain_says_why_of_every_model(daemon: Running) -> None:
    told = daemon.run("explain", "--last", "3").output
    assert "fare learns at a rate of " in told
    assert "moved by pid, between 0.0001 and 0.05." in told
    assert "side learns at a rate of " in told
    assert told.count("The last 3 decisions:") == 2
    assert "Of late it loses" in told
    assert all(len(line) <= 100 for line in told.splitlines())
    one = daemon.run("explain", "side", "--last", "0").output
    assert "fare" not in one
    assert "The last" not in one


def test_a_frame_of_top_has_every_model_its_rate_and_the_moves(daemon: Running) -> None:
    frame = daemon.run("top", "--once").output
    assert "fare         " in frame
    assert any(bar in frame for bar in "▁▂▃▄▅▆▇█")
    assert " -> " in frame


def test_top_follows_on_a_terminal_until_somebody_leaves_it(daemon: Running) -> None:
    ours, theirs = os.openpty()
    told = {"LRCONTROL_URL": daemon.url, "LRCONTROL_TOKEN_FILE": f"{daemon.folder}/token"}
    size = {"TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lrcontrol", "top", "--every", "0.2"],
        stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env={**os.environ, **told, **size},
    )  # fmt: skip
    os.close(theirs)
    assert process.stderr is not None
    try:
        seen = b""
        while seen.count(b"lrcontrol 0.1.0 at") < 2:
            seen += os.read(ours, 65536)
        assert "▁" in seen.decode(errors="replace")
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(OSError):  # the other end is gone
            while os.read(ours, 65536):
                pass
        code, errors = process.wait(PATIENCE), process.stderr.read()
        process.stderr.close()
        os.close(ours)
    assert (code, errors) == (0, b"")


def test_the_log_of_the_daemon_is_replayed_and_explained(daemon: Running) -> None:
    path = daemon.folder / "decisions.ndjson"
    until(lambda: path.read_bytes().count(b'"fare"') > 20)
    copy = daemon.folder / "copy.ndjson"
    copy.write_bytes(path.read_bytes())
    well = daemon.run("replay", "decisions", str(copy))
    assert well.exit_code == 0, well.output
    assert "taken again and the same to the bit" in well.output
    assert "of a controller that decides on each record" in well.output
    data = json.loads(daemon.run("replay", "decisions", str(copy), "--format", "json").output)
    assert data["agrees"]
    assert data["models"]["fare"]["derived"] >= 10
    explained = daemon.run("explain", "fare", "--log", str(copy)).output
    assert "moved by pid, between 0.0001 and 0.05." in explained
    assert "side" not in explained


def test_a_log_that_was_changed_disagrees(daemon: Running) -> None:
    text = (daemon.folder / "decisions.ndjson").read_bytes()
    lines = text[: text.rindex(b"\n") + 1].splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if b'"model":"fare"' in line and n > 12)
    start = lines[at].index(b'"applied":') + 10
    lines[at] = lines[at][:start] + b"0.5" + lines[at][lines[at].index(b",", start) :]
    copy = daemon.folder / "changed.ndjson"
    copy.write_bytes(b"".join(lines))
    changed = daemon.run("replay", "decisions", str(copy))
    assert changed.exit_code == 1
    assert "DISAGREE, the first: decision" in changed.output


def test_a_log_that_is_empty_explains_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    explain = cli.get_command(click.Context(cli), "explain")
    empty = CliRunner().invoke(explain, ["--log", str(tmp_path / "log")])
    assert empty.exit_code == 1
    assert "the log holds no decisions" in empty.output


def test_a_sparkline_is_on_a_log_scale_and_keeps_noise_low() -> None:
    assert sparkline([1e-6, 1e-4, 1e-2, 1.0], 4) == "▁▃▆█"
    assert sparkline([0.1, 0.101, 0.1], 3) == "▄▄▄"
    assert len(sparkline([float(n + 1) for n in range(1000)], 40)) == 40
    assert sparkline([1.0, 1.0, 1.0, 100.0], 2) == "▁█"
