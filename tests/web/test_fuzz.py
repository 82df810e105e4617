"""Everything that the OpenAPI document allows, and much that it does not, sent to a real daemon."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from daemons import TOKEN, daemon

SETTINGS = Path(__file__).with_name("schemathesis.toml")
#: Cases an operation, those without parameters have one: two runs make some 300. With more than
#: that, the document is covered systematically too (``LRCONTROL_FUZZ=400``: 10,000 cases).
FEW = 10
EXAMPLES = int(os.environ.get("LRCONTROL_FUZZ", FEW))
#: Seconds of patience with a run.
LONGEST = 60 + 30 * EXAMPLES


def schemathesis():
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("schemathesis", path=beside)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("schemathesis is not installed: pip install schemathesis")
    return found or pytest.skip("schemathesis is not installed")


def test_nothing_breaks_it_and_every_answer_is_as_described(tmp_path, record_property):
    program = schemathesis()
    document = tmp_path / "openapi.json"
    tokens = {"write": TOKEN, "read": TOKEN[::-1]}
    with daemon(tmp_path, tokens=tokens) as running:
        document.write_text(json.dumps(running.ask("/api/v1/openapi.json", TOKEN)[1]))
        sent = ["-H", f"Authorization: Bearer {TOKEN}"]
        run = [program, "--config-file", SETTINGS, "run", document, "--url", running.address]
        cases = [fuzzed(run, tmp_path), fuzzed([*run, *sent], tmp_path)]
    record_property("cases without and with a token", cases)
    assert min(cases) > 10 * FEW


def fuzzed(run, folder):
    """Return how many cases were tried, none of them with an answer it should not have had."""
    options = [
        "--phases", "fuzzing" if EXAMPLES == FEW else "coverage,fuzzing",
        "--max-examples", str(EXAMPLES), "--continue-on-failure", "--request-timeout", "10",
        "--exclude-path", "/api/v1/events",  # it never ends
    ]  # fmt: skip
    command = [*run, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, cwd=folder)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) generated", done.stdout)[1])
