"""A record that kills the process is found, put aside, and the stream goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent


def test_a_record_that_kills_the_process_is_put_aside_after_a_few_starts():
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    said = subprocess.run(
        [sys.executable, "-m", "faults.killer"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(r"starts (\d+) learned (\d+) aside (\d+)", said.stdout)
    assert found, said.stdout + said.stderr
    starts, learned, aside = map(int, found.groups())
    assert (learned, aside) == (499, 1)
    assert starts <= 40  # fewer where checkpoints are not written without a pause
    letters = [line for line in said.stdout.splitlines() if line.startswith("letter")]
    assert letters == ['letter killed {"a": 1.0, "y": -1.0}']
    assert '"position":' in said.stderr
    assert "record put aside" in said.stderr
