"""The list of sown bugs is in step with the code; nightly, every one of them is caught."""

from __future__ import annotations

import subprocess
import sys

import pytest
from faults.sown import BUGS, ROOT, copy, sow
from faults.tier import NIGHTLY


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_place_of_a_bug_is_there_and_its_tests_too(bug, tmp_path):
    path = tmp_path / bug.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((ROOT / "lrcontrol" / bug.file).read_text())
    sow(bug, tmp_path)
    compile(path.read_text(), bug.file, "exec")
    assert all((ROOT / test).exists() for test in bug.tests if test.endswith(".py"))


@pytest.mark.skipif(not NIGHTLY, reason="a minute a bug: in the nightly tier only")
def test_every_bug_is_caught():
    said = subprocess.run(
        [sys.executable, "-m", "tests.faults.sown"], cwd=ROOT, capture_output=True, check=False
    )
    assert said.returncode == 0, said.stdout.decode()


def test_a_copy_of_the_tree_is_whole(tmp_path):
    tree = copy(tmp_path)
    assert (tree / "lrcontrol" / "daemon.py").exists()
    assert (tree / "tests" / "faults" / "sown.py").exists()
