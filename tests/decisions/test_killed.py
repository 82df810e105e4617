"""A daemon killed again and again: its log in the end is that of one that never was."""

from __future__ import annotations

from pathlib import Path

from commands import PATIENCE, run, start, until

from lrcontrol.decisions import Entry
from lrcontrol.decisions.rederive import entries, replayed
from lrcontrol.decisions.rotated import series

CONFIG = """
version: 1
sources:
  in: {{type: synthetic, seed: 3, stream: linear, drift: abrupt, at: 9000, limit: 30000}}
models:
  fare:
    pipeline:
      - class: preprocessing.StandardScaler
      - class: linear_model.LinearRegression
        optimizer: {{class: optim.SGD}}
    controller: {{type: bold_driver}}
    initial_rate: 0.3
  side:
    pipeline:
      - class: linear_model.LinearRegression
    controller: {{type: pid}}
    period: 96
checkpoint: {{dir: {folder}/kept, cadence: {{records: 3000}}}}
decisions: {{path: {folder}/log, max_bytes: 128KiB, files: 20}}
http: {{listen: null}}
log: {{format: json}}
"""


def configured(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(folder=folder))
    return path


def decided(folder: Path) -> list[tuple[object, ...]]:
    """Return every decision of the log but for its number and time, which are of a process."""
    return [e[2:] for e in entries(series(folder / "log")) if isinstance(e, Entry)]


def test_the_log_of_a_daemon_that_was_killed_is_that_of_one_that_was_not(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run("run", configured(whole), "--once")[0] == 0
    config = configured(killed)
    for least in (200, 450):
        process = start("run", config, "--once")
        until(lambda: process.poll() is not None or told_so_far(killed) >= least)  # noqa: B023
        assert process.poll() is None, "killed too late to tell anything"
        process.kill()
        process.communicate(timeout=PATIENCE)
    assert run("run", config, "--once")[0] == 0
    assert len(decided(whole)) >= 30_000 // 64 + 30_000 // 96
    assert decided(killed) == decided(whole)
    replay = replayed(series(killed / "log"))
    assert replay.agrees
    verdicts = replay.models.values()
    assert sum(v.derived + v.told["ladder"] for v in verdicts) >= 0.9 * len(decided(whole))
    assert all(v.told["order"] == 0 for v in verdicts)


def told_so_far(folder: Path) -> int:
    """Return how many decisions were written, without looking at them."""
    files = series(folder / "log")
    return sum(f.read_bytes().count(b'{"number":') for f in files if f.exists())
