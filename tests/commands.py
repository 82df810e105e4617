"""The command line as a person runs it: a process of its own, its output, its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds for anything that takes two or three on an idle machine.
PATIENCE = 60.0

LINEAR = """
version: 1
sources:
  in: {type: lines, format: ndjson}
models:
  m:
    pipeline:
      - class: linear_model.LinearRegression
        optimizer: {class: optim.SGD}
    controller: {type: fixed}
    initial_rate: 0.01
http: {listen: null}
log: {format: json}
"""


def start(*arguments: str | Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start ``lrcontrol``, its output in pipes."""
    command = [sys.executable, "-m", "lrcontrol", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, **options)


def run(*arguments: str | Path, said: bytes = b"", **variables: str) -> tuple[int, str, str]:
    """Run ``lrcontrol`` to its end; return exit code, standard output and standard error."""
    process = start(*arguments, env={**os.environ, **variables})
    out, err = process.communicate(said, PATIENCE)
    return process.returncode, out.decode(), err.decode()


def until(what: Callable[[], Any]) -> Any:
    """Return what ``what`` gives as soon as it is true; fails when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.01)  # between two looks, with a deadline
    raise AssertionError("it did not happen")
