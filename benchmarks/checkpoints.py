"""What checkpoints cost: time of the loop, pauses in it, and how long a stop and a start take.

- ``share_*``: processor time of a daemon that keeps checkpoints (as often as its defaults say) over
  one that keeps none, less 1: median over pairs, run in turn in one process. Target: <= 0.02.
- ``pause_p99_ms_*``: how long learning stands still for one (snapshot and pickle), on the thread
  that learns, in its own processor time; the size of the file beside it. Target: <= 50 up to 1 MB.
- ``stop_s``: from SIGTERM to exit 0 of a process that learns at full speed, its checkpoint
  ``stop_mb`` large; ``stop_behind``: records it had learned and not kept. Targets: <= 10, 0.
- ``start_s``: from the start of the process to its first 200 of /readyz, from that checkpoint;
  ``start_empty_s`` the same without one. Target: <= 5 s more.

    python benchmarks/checkpoints.py [--quick]
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
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from lrcontrol import log
from lrcontrol.assembly import assemble_model
from lrcontrol.checkpoint.content import Checkpoint, pack
from lrcontrol.checkpoint.frame import peek
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.signals import Stop
from lrcontrol.sources.base import EndOfStream
from lrcontrol.sources.synthetic import Synthetic

SCALER = "{class: preprocessing.StandardScaler}"
LINEAR = f"[{SCALER}, {{class: linear_model.LinearRegression, optimizer: {{class: optim.SGD}}}}]"
TREE = (
    "[{class: tree.HoeffdingTreeRegressor, grace_period: 50, "
    "leaf_model: {class: linear_model.LinearRegression, optimizer: {class: optim.SGD}}}]"
)
#: Pipeline, controller, and records of a run: a second or two each.
MODELS = {
    "linear": (LINEAR, "{type: bold_driver}", 100_000),
    "trace": (LINEAR, "{type: trace}", 250_000),
    "bank": (LINEAR, "{type: bank}", 150_000),
    "tree": (TREE, "{type: plateau}", 12_000),
}
#: Records whose tree is as large a checkpoint as pauses are asked for, and ten times that.
MEGABYTE, TEN = 600, 24_000
PATIENCE = 120.0


def text(model: str, records: int | None, folder: Path | None, listen: str = "null") -> str:
    """Return a configuration; without a folder no checkpoints are kept."""
    pipeline, controller, _ = MODELS[model]
    limit = "" if records is None else f", limit: {records}"
    kept = "" if folder is None else f"checkpoint: {{dir: {folder / 'state'}}}\n"
    return (
        f"version: 1\nsources:\n  in: {{type: synthetic, seed: 1, stream: linear{limit}}}\n"
        f"models:\n  m: {{pipeline: {pipeline}, controller: {controller}}}\n"
        f"{kept}http: {{listen: {listen}}}\nlog: {{level: error}}\n"
    )


def learned(model: str, records: int, folder: Path | None) -> float:
    """Let a daemon learn; return the processor seconds of everything it did."""
    daemon = Daemon(loads(text(model, records, folder)).settings, Stop(), once=True)
    before = time.process_time()
    daemon.run(lambda status: None)
    return time.process_time() - before


def share(model: str, pairs: int, scale: float) -> float:
    """Return the median share of the time that checkpoints take."""
    records = int(MODELS[model][2] * scale)
    found = []
    for pair in range(pairs + 1):  # the first is to warm up
        with tempfile.TemporaryDirectory() as top:
            order = (None, Path(top)) if pair % 2 else (Path(top), None)
            took = {kept is not None: learned(model, records, kept) for kept in order}
        found.append(took[True] / took[False] - 1.0)
    return round(statistics.median(found[1:]), 4)


def pauses(model: str, records: int, times: int) -> tuple[float, float]:
    """Return the 99th percentile of a pause in milliseconds, and the kilobytes of a checkpoint."""
    (settings,) = loads(text(model, None, None)).settings.models.values()
    served = assemble_model("m", settings)
    source = Synthetic(seed=1, stream="linear").build()
    source.open({})
    took, size = [], 0
    for step in range(0, records + 64 * times, 64):
        batch = source.poll(64, 0.0)
        if batch is None:
            raise EndOfStream
        served.learn(batch.messages)
        if step < records:
            continue
        before = time.thread_time()
        frame = pack(Checkpoint({"step": step}, {"m": served.loop}))
        took.append(time.thread_time() - before)
        size = sum(map(len, frame.sections.values()))
    return round(1000 * sorted(took)[int(0.99 * len(took))], 2), round(size / 1000, 1)


class Process:
    """A daemon in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.began = time.monotonic()
        self._config = folder / "c.yaml"
        command = [sys.executable, "-m", "lrcontrol", "run", str(self._config)]
        self._log = folder / "log"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        self.url = ""

    def ready(self) -> float:
        """Return the seconds from its start until it was ready."""
        while time.monotonic() - self.began < PATIENCE:
            try:
                self.url = self.url or _listening(self.process.pid)
                if self.url:
                    urlopen(f"{self.url}/readyz", timeout=PATIENCE).close()
                    return time.monotonic() - self.began
            except (HTTPError, URLError):
                pass
            time.sleep(0.02)
        self.process.kill()
        raise SystemExit(f"not ready in {PATIENCE:g} s:\n{self._log.read_text()[-2000:]}")

    def steps(self) -> int:
        """Return the records learned so far."""
        with urlopen(f"{self.url}/metrics", timeout=PATIENCE) as answer:
            page = answer.read().decode()
        found = re.search(r"^lrcontrol_learn_steps_total\S* (\S+)$", page, re.MULTILINE)
        return int(float(found[1])) if found else 0

    def stop(self) -> float:
        """Return the seconds from SIGTERM until it has ended well."""
        before = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(PATIENCE):
            raise SystemExit(f"it ended badly:\n{self._log.read_text()[-2000:]}")
        return time.monotonic() - before


def _listening(pid: int) -> str:
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed since
            inodes.add(os.readlink(descriptor))
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        if parts[3] == "0A" and f"socket:[{parts[9]}]" in inodes:
            return f"http://127.0.0.1:{int(parts[1].split(':')[1], 16)}"
    return ""


def ends(records: int) -> dict[str, float]:
    """Return how long a stop takes, and a start from what it left, with a large model."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        # Its last tenth is learned in the process that is stopped while it learns.
        (folder / "c.yaml").write_text(text("tree", None, folder, "127.0.0.1:0"))
        empty = Process(folder)
        start_empty = empty.ready()
        while empty.steps() < records:
            time.sleep(0.1)
        stop = empty.stop()
        newest = max((folder / "state").glob("ck-*"))
        kept = peek(newest.read_bytes())["meta"]
        learned_to = kept["counters"]["in"]["records"]
        again = Process(folder)
        start = again.ready()
        again.stop()
        return {
            "stop_s": round(stop, 2),
            "stop_mb": round(newest.stat().st_size / 1e6, 2),
            "stop_behind": learned_to - kept["step"],
            "start_s": round(start, 2),
            "start_empty_s": round(start_empty, 2),
        }


def main() -> None:
    """Measure, print each figure, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="less of each: under 50 s")
    quick = parser.parse_args().quick
    log.configure("error", "json")
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    figures: dict[str, float] = {}
    for model in MODELS:
        figures[f"share_{model}"] = share(model, 1 if quick else 7, 0.3 if quick else 1.0)
        print(f"share_{model:10} {figures[f'share_{model}']:+.4f}", flush=True)
    sizes = {"linear": 20_000, "trace": 20_000, "bank": 20_000, "tree": MEGABYTE}
    for model, records in sizes.items():
        pause, size = pauses(model, records, 40 if quick else 200)
        figures[f"pause_p99_ms_{model}"] = pause
        print(f"pause_{model:10} {pause:.2f} ms for {size:.0f} kB", flush=True)
    figures |= ends(MEGABYTE if quick else TEN)
    for name in ("stop_s", "stop_mb", "stop_behind", "start_s", "start_empty_s"):
        print(f"{name:16} {figures[name]}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
