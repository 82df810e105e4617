"""The unit, as systemd itself reads it; nothing here is run by one."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lrcontrol.commands import loading, run
from lrcontrol.keeping.keeper import LAST_WAIT
from lrcontrol.units import DURATION

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "lrcontrol.service"
#: Exposure that is let pass, in tenths; 0 is a service that may do nothing.
MOST_EXPOSED = 40
WRONG_USAGE = 2  # click's


@pytest.fixture(scope="module")
def analyze():
    """Return what systemd-analyze says of a unit: exit code and text."""
    found = shutil.which("systemd-analyze")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("systemd-analyze is not installed: apt-get install systemd")
    if found is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")

    def ask(*arguments):
        ended = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=60)
        return ended.returncode, ended.stdout + ended.stderr

    return ask


@pytest.fixture
def unit(tmp_path):
    """Return a copy of the unit with another program, one that is there, and other text."""

    def copied(*pairs):
        text = UNIT.read_text().replace("/opt/lrcontrol/bin/lrcontrol", sys.executable)
        for before, after in pairs:
            assert before in text
            text = text.replace(before, after)
        path = tmp_path / UNIT.name
        path.write_text(text)
        return str(path)

    return copied


def service():
    """Return the section of the service; of a key that is there twice, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read(UNIT)
    return parser["Service"]


def test_it_is_valid(analyze, unit):
    assert analyze("verify", unit()) == (0, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("WatchdogSec=30s", "WatchdogSec=soon"),
        ("Type=notify", "Type=notified"),
        ("Restart=always", "Restarts=always"),
        (sys.executable, "/opt/nothing"),
    ],
)
def test_a_slip_would_be_told(analyze, unit, before, after):
    assert analyze("verify", unit((before, after))) != (0, "")


def test_it_exposes_little(analyze, unit):
    code, text = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit())
    assert code == 0, text


def test_more_exposure_would_be_told(analyze, unit):
    bare = unit(("DynamicUser=yes", ""), ("SystemCallFilter=", "#"), ("Protect", "#"),
                ("Restrict", "#"), ("Private", "#"), ("CapabilityBoundingSet=", "#"))  # fmt: skip
    code, _ = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", bare)
    assert code == 1


def test_it_starts_again_but_not_where_that_would_end_the_same_way():
    assert service()["Restart"] == "always"
    known = {run.NO_CHECKPOINT, run.LOCKED, loading.BAD_CONFIG, WRONG_USAGE}
    assert {*map(int, service()["RestartPreventExitStatus"].split())} == known
    assert run.FAILED not in known


def test_the_stop_waits_for_the_last_checkpoint():
    assert DURATION.read(service()["TimeoutStopSec"]) > 2 * LAST_WAIT


def test_the_manager_is_told_by_the_daemon_itself():
    assert service()["Type"] == "notify"
    assert service()["NotifyAccess"] == "main"
    assert service()["ExecReload"].endswith("-HUP $MAINPID")


def test_what_it_writes_is_in_its_own_folders():
    assert service()["StateDirectory"] == "lrcontrol"
    assert service()["StateDirectoryMode"] == "0700"
    assert service()["Environment"] == "PYTHONDONTWRITEBYTECODE=1"
    assert "NUMBA_CACHE_DIR=%C/lrcontrol" in UNIT.read_text()
