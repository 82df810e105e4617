"""kill -9 at random instants: after restarts everything equals a run that was never killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from faults.tier import SEED, size

ROOT = Path(__file__).parent.parent.parent
KILLS = size(2000, 20_000)
#: Least share of the kills that fall into the write of a checkpoint.
INSIDE = 0.2
#: Seconds a kill may take on a busy machine, its share of everything included.
EACH = 5.0


def test_a_daemon_that_is_killed_again_and_again_ends_as_one_that_never_was():
    # In a process of its own: it forks, and this one may have threads.
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "tests.faults.kill", f"--kills={KILLS}", f"--seed={SEED}"]
    command.append(f"--jobs={os.cpu_count() or 1}")
    said = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=KILLS * EACH,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    found = re.search(r"(\d+) kills, (\d+)% inside a write, (\d+) ends", said.stdout)
    assert found, said.stdout
    kills, inside, ends = map(int, found.groups())
    assert kills >= KILLS
    assert inside >= 100 * INSIDE, said.stdout
    assert ends
