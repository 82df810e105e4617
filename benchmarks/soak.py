"""Whether a daemon stays as it is: a day of 100 records a second, at full speed.

A real process (`lrcontrol run`) reads a file of JSON lines again and again, one line in 500 of it
no record and one in 500 refused, with checkpoints, dead letters and the HTTP server on, scraped
once a second. After a warm-up of a tenth of the records:

- ``rss_growth``: resident memory in the last tenth over that after the warm-up. Target: <= 1.02.
- ``descriptors``, ``threads``: most in the last tenth less most in the second. Target: 0; a
  checkpoint under way holds one of each.
- ``speed``: records a second of CPU time in the last tenth over the first. Target: >= 0.95. CPU
  time and not the clock's, so that other processes do not count.
- ``checkpoint_growth``: the last checkpoint's size over the first after the warm-up.

    python benchmarks/soak.py [--quick] [--records 8640000] [--controller trace]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

#: Records in the file, which is read again and again.
FILE = 60_000
DAY = 8_640_000
QUICK = 600_000
#: Seconds between two looks, as of a Prometheus in a hurry.
LOOK = 1.0
TICK = os.sysconf("SC_CLK_TCK")
CONFIG = """
version: 1
sources: {in: {type: file, path: FOLDER/in.ndjson, repeat: TIMES}}
models:
  m:
    pipeline:
      - {class: preprocessing.StandardScaler}
      - {class: linear_model.LinearRegression, optimizer: {class: optim.SGD}}
    controller: {type: CONTROLLER}
checkpoint: {dir: FOLDER/state}
http: {listen: 127.0.0.1:0}
log: {level: warning}
"""


class Look(NamedTuple):
    """One look at the process."""

    records: int
    cpu: float  # seconds
    rss: int  # KiB
    descriptors: int
    threads: int
    checkpoint: int  # bytes of the newest
    written: int  # checkpoints


def write_input(path: Path) -> None:
    """Write the file: ten features, a target, and now and then what cannot be learned."""
    rng = random.Random(1)
    weights = [rng.gauss(0, 1) for _ in range(10)]
    with path.open("w") as out:
        for i in range(FILE):
            values = [rng.gauss(0, 1) for _ in weights]
            y = sum(w * v for w, v in zip(weights, values, strict=True)) + rng.gauss(0, 0.5)
            x = {f"f{at}": round(v, 6) for at, v in enumerate(values)}
            if i % 500 == 250:
                x["f3"] = 1e300
            out.write("no record\n" if i % 500 == 0 else json.dumps({**x, "y": y}) + "\n")


def look(pid: int, url: str) -> Look:
    """Return what the process and its metrics tell now."""
    with urlopen(f"{url}/metrics", timeout=60) as answer:
        page = answer.read().decode()
    status = Path(f"/proc/{pid}/status").read_text()
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    metric = {name: _metric(page, f"lrcontrol_{name}") for name in WANTED}
    return Look(
        metric["source_records_total"],
        (int(stat[11]) + int(stat[12])) / TICK,
        int(re.search(r"VmRSS:\s+(\d+)", status)[1]),  # type: ignore[index]
        len(os.listdir(f"/proc/{pid}/fd")),
        int(re.search(r"Threads:\s+(\d+)", status)[1]),  # type: ignore[index]
        metric["checkpoint_size_bytes"],
        metric["checkpoint_written_total"],
    )


WANTED = ("source_records_total", "checkpoint_size_bytes", "checkpoint_written_total")


def _metric(page: str, name: str) -> int:
    found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", page, re.MULTILINE)
    return int(float(found[1])) if found else 0


def run(folder: Path, records: int, controller: str) -> list[Look]:
    """Let a daemon read so many records; return the looks at it."""
    write_input(folder / "in.ndjson")
    text = CONFIG.replace("FOLDER", str(folder)).replace("TIMES", str(-(-records // FILE)))
    (folder / "soak.yaml").write_text(text.replace("CONTROLLER", controller))
    command = [sys.executable, "-m", "lrcontrol", "run", str(folder / "soak.yaml")]
    log = folder / "log"
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as daemon:
        try:
            return _watched(daemon, log, records)
        finally:
            daemon.terminate()


def _watched(daemon: subprocess.Popen[bytes], log: Path, records: int) -> list[Look]:
    looks: list[Look] = []
    url = ""
    while not looks or looks[-1].records < records:
        time.sleep(LOOK)
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon ended:\n{log.read_text()[-2000:]}")
        if not url:
            url = _listening(daemon.pid)
        if url:
            looks.append(look(daemon.pid, url))
    return looks


def _listening(pid: int) -> str:
    """Return where the process listens, "" before it does; its log is for warnings only."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed since
            inodes.add(os.readlink(descriptor))
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        if parts[3] == "0A" and f"socket:[{parts[9]}]" in inodes:
            return f"http://127.0.0.1:{int(parts[1].split(':')[1], 16)}"
    return ""


def figures(looks: list[Look], records: int) -> dict[str, float]:
    """Return the figures of a run."""

    def part(low: float, high: float) -> list[Look]:
        return [one for one in looks if low * records <= one.records <= high * records]

    def speed(of: list[Look]) -> float:
        return (of[-1].records - of[0].records) / (of[-1].cpu - of[0].cpu)

    first, second, last = part(0.0, 0.1), part(0.1, 0.2), part(0.9, 1.0)
    tenths = [part(at / 10, (at + 1) / 10) for at in range(1, 10)]
    rss = [statistics.median(one.rss for one in of) for of in tenths if of]
    print("resident MB, by tenths after the first:", *(round(each / 1024, 1) for each in rss))
    return {
        "records": looks[-1].records,
        "cpu_s": round(looks[-1].cpu, 1),
        "checkpoints": looks[-1].written,
        "rss_mb": round(rss[-1] / 1024, 1),
        "rss_growth": round(rss[-1] / rss[0], 4),
        "descriptors": max(o.descriptors for o in last) - max(o.descriptors for o in second),
        "threads": max(o.threads for o in last) - max(o.threads for o in second),
        "speed": round(speed(last) / speed(first[1:] or first), 3),
        "checkpoint_growth": round(last[-1].checkpoint / max(second[-1].checkpoint, 1), 4),
    }


def main() -> None:
    """Run it, print each figure, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} records: under 50 s")
    parser.add_argument("--records", type=int, default=DAY)
    parser.add_argument("--controller", default="trace")
    given = parser.parse_args()
    records = QUICK if given.quick else given.records
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        found = figures(run(Path(folder), records, given.controller), records)
    for name, value in found.items():
        print(f"{name:18} {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
