"""``lrcontrol backtest`` as a person runs it: what it prints, writes and leaves with."""

import json
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from lrcontrol.commands.backtest import backtest
from lrcontrol.signals import Stop

#: Seconds for anything that takes a few on an idle machine.
PATIENCE = 120.0


def run(*arguments, stop=None):
    return CliRunner().invoke(backtest, [*map(str, arguments)], obj=stop)


def test_yesterdays_data_with_the_yaml_that_is_deployed(config, data, tmp_path):
    report = tmp_path / "report.json"
    done = run(config, "--data", data, "--grid", 9, "--starts", "1e-3,0.1",
               "--compare", "fixed:1e-2,adam", "--compare", "river-default",
               "--json", report)  # fmt: skip
    assert done.exit_code == 0, done.output
    rows = [line.split("  ")[0] for line in done.stdout.splitlines()]
    expected = ["best fixed rate", *["bold_driver"] * 2, "fixed", "adam", "river-default"]
    assert [row for row in rows if row in expected] == expected
    told = json.loads(report.read_text())
    assert told["complete"]
    assert told["data"]["records"] == 300
    assert len(told["runs"]) == 9 + 2 + 3
    best = min(r["loss"] for r in told["runs"] if r["group"] == "hindsight" and not r["diverged"])
    assert told["best_fixed"]["loss"] == best


def test_the_same_report_again_but_for_the_times(config, data, tmp_path):
    told = []
    for name in ("one.json", "two.json"):
        path = tmp_path / name
        assert run(config, "--data", data, "--grid", 9, "--json", path).exit_code == 0
        report = json.loads(path.read_text())
        for each in report["runs"]:
            del each["cpu_seconds"], each["time_ratio"]
        told.append(report)
    assert told[0] == told[1]


def test_a_source_that_can_be_read_needs_no_data(config):
    made_up = "sources.rides={type: synthetic, seed: 1, stream: linear}"
    done = run(config, "--set", made_up, "--limit", 200, "--grid", 9, "--starts", "0.1")
    assert done.exit_code == 0, done.output
    assert "200 records of rides (cut there, more with --limit)" in done.stdout


def test_a_pipe_needs_data(config):
    done = run(config)
    assert done.exit_code == 1
    assert "--data" in done.stderr


def test_all_that_is_wrong_is_told_before_anything_is_read(config, tmp_path):
    done = run(config, "--starts", "1e-9", "--compare", "adm,pid:x",
               "--json", tmp_path / "no" / "r.json", "--plot", "a.pdf")  # fmt: skip
    assert done.exit_code == 2
    for said in ("--starts 1e-09", "did you mean adam", "--compare pid:x", "no such folder",
                 "--plot a.pdf: the name must end in .png or .svg"):  # fmt: skip
        assert said in done.stderr


@pytest.mark.parametrize("starts", ["x", "0", "-1", "inf", "nan", "0.1,,1"])
def test_a_start_that_is_no_rate_is_refused(config, starts):
    done = run(config, f"--starts={starts}")
    assert done.exit_code == 2
    assert "is no rate > 0" in done.stderr


def test_the_nearest_model_is_named(config, data):
    assert "did you mean fare?" in run(config, "--model", "fares").stderr


def test_a_bad_configuration_leaves_with_its_problems(config):
    done = run(config, "--set", "models.fare.perod=3")
    assert done.exit_code == 78
    assert "did you mean period?" in done.stderr
    done = run(config, "--set", "models.fare.pipeline.1.class=linear_model.LinearRegresion")
    assert done.exit_code == 78
    assert "did you mean linear_model.LinearRegression?" in done.stderr


def test_a_model_that_cannot_be_steered_is_told_before_anything_is_read(config):
    done = run(config, "--set", "models.fare.pipeline.1.optimizer.class=optim.AdaDelta",
               "--data", config)  # fmt: skip
    assert done.exit_code == 78
    assert "never reads a rate" in done.stderr
    assert "decode" not in done.stderr


def test_a_stop_before_the_first_record_leaves_as_shells_expect(config, data):
    stop = Stop()
    stop._receive(signal.SIGINT, None)
    done = run(config, "--data", data, stop=stop)
    assert done.exit_code == 130


class Late:
    """A stop that is asked for while the runs are made."""

    signal = "SIGINT"
    looks = 0

    @property
    def requested(self):
        self.looks += 1
        return self.looks > 700


def test_a_stop_on_the_way_leaves_what_there_is(config, data, tmp_path):
    report = tmp_path / "r.json"
    done = run(config, "--data", data, "--json", report, stop=Late())
    assert done.exit_code == 130
    assert "of 22 runs were made" in done.stdout
    told = json.loads(report.read_text())
    assert not told["complete"]
    assert 1 <= len(told["runs"]) < 22


def test_a_picture_is_drawn(config, data, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "a.svg"
    done = run(config, "--data", data, "--grid", 9, "--starts", "0.1", "--plot", path)
    assert done.exit_code == 0, done.output
    assert path.read_text().startswith("<?xml")


def test_without_matplotlib_the_extra_is_named(config, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = run(config, "--plot", "a.png")
    assert done.exit_code == 2
    assert "pip install 'lrcontrol[plot]'" in done.stderr


def test_the_command_line_starts_without_what_only_a_backtest_needs():
    code = (
        "import sys, lrcontrol.commands.backtest\n"
        "heavy = {'river', 'rich', 'matplotlib', 'lrcontrol.assembly'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
