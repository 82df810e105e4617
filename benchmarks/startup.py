"""How soon the daemon learns its first record, and how much memory the quick start takes.

Seconds from the start of the process until its own ``/metrics`` counts a learned record, to within
a look at it (0.05 s): the median over runs, one run left out as warm-up.

- ``quick_start_s``: ``lrcontrol run``, three models on a bundled dataset. Target: under 3 s.
- ``pipe_s``: ``lrcontrol run SHORT.yaml`` with one record in standard input, which stays open.
- ``quick_start_mb``: most memory (resident) of the quick start, run to its end. Target: under 200.

Measure in an environment that holds lrcontrol and what it needs, nothing else: River also imports
pandas and scikit-learn where they are there, which takes 0.4 s and 40 MB.

    python benchmarks/startup.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

LRCONTROL = [sys.executable, "-m", "lrcontrol"]
ANY_PORT = ["--set", "http.listen=127.0.0.1:0"]
LEARNED = re.compile(r'^lrcontrol_learn_steps_total\{model="\w+"\} [1-9]', re.MULTILINE)
#: Seconds between two looks: the daemon renews what it shows no sooner.
LOOK = 0.05
#: Seconds for what takes three.
PATIENCE = 60.0
SHORT = """
version: 1
sources: {pipe: {type: lines}}
models:
  model:
    pipeline:
      - {class: preprocessing.StandardScaler}
      - {class: linear_model.LinearRegression, optimizer: {class: optim.SGD}}
"""


def first_learned(arguments: list[str], said: bytes) -> float:
    """Return the seconds from the start of the process to its first learned record."""
    began = time.monotonic()
    pipe = subprocess.PIPE
    command = [*LRCONTROL, "run", *arguments, *ANY_PORT]
    with subprocess.Popen(command, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe) as daemon:
        assert daemon.stdin is not None
        daemon.stdin.write(said)
        daemon.stdin.flush()
        address = _address(daemon)
        while not LEARNED.search(_metrics(address)):
            if time.monotonic() - began > PATIENCE:
                daemon.kill()
                raise SystemExit(f"{' '.join(command)}: nothing learned in {PATIENCE:g} s")
            time.sleep(LOOK)
        seconds = time.monotonic() - began
        daemon.send_signal(signal.SIGTERM)
    return seconds


def _address(daemon: subprocess.Popen[bytes]) -> str:
    assert daemon.stderr is not None
    said = []
    for line in daemon.stderr:  # ends with the process
        if b'"listening"' in line:
            return str(json.loads(line)["address"])
        said.append(line.decode())
    raise SystemExit("the daemon did not start:\n" + "".join(said))


def _metrics(address: str) -> str:
    with urlopen(f"{address}/metrics", timeout=PATIENCE) as answer:
        page: bytes = answer.read()
    return page.decode()


def peak_memory() -> float:
    """Return the most resident memory of the quick start, run to its end, in MB."""
    quiet = subprocess.DEVNULL
    command = [*LRCONTROL, "run", "--once", *ANY_PORT]
    daemon = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    _, status, usage = os.wait4(daemon.pid, 0)
    daemon.returncode = os.waitstatus_to_exitcode(status)
    if daemon.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {daemon.returncode}")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return kilobytes / 1000


def median(name: str, runs: int, arguments: list[str], said: bytes = b"") -> float:
    """Return the median of ``runs`` runs after one, printing each."""
    print(f"{name:14}", end=" ", flush=True)
    seconds = []
    for _ in range(runs + 1):
        seconds.append(first_learned(arguments, said))
        print(f"{seconds[-1]:.2f}", end=" ", flush=True)
    print(f"-> {statistics.median(seconds[1:]):.2f} s")
    return round(statistics.median(seconds[1:]), 3)


def main() -> None:
    """Measure, print a line for each figure, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="3 runs of each: under 50 s")
    runs = 3 if parser.parse_args().quick else 5
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    figures: dict[str, Any] = {"quick_start_s": median("quick_start_s", runs, [])}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "short.yaml")
        config.write_text(SHORT)
        figures["pipe_s"] = median("pipe_s", runs, [str(config)], b'{"x": 1.0, "y": 2.0}\n')
    figures["quick_start_mb"] = round(peak_memory(), 1)
    print(f"quick_start_mb {figures['quick_start_mb']:.1f} MB")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
