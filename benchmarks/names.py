"""Whether names without end, of features or classes, are held: memory, speed, checkpoint.

A model learns records of 10 features that stay and 10 that never come again (a million names after
100,000 records), or of 100,000 classes; beside it the same model, the same number of records and
features, from a closed set of names. Each in a process of its own.

- ``memory_*``: MiB that the endless names take more. Target: <= 64.
- ``speed_*``: records a second of processor time, endless over closed, the two measured in turn
  and the median of the ratios. Target: >= 0.5. River's own Adam misses it by its formula, which
  moves every weight on every record (``adam``); in a kernel it costs less (``adam_compiled``).
- ``checkpoint_*``: size of the checkpoint in MiB, endless. Target: <= 64.

    python benchmarks/names.py [--quick] [--rounds 3] [--cases sgd adam adam_compiled trace classes]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from lrcontrol.assembly import assemble_model
from lrcontrol.checkpoint.content import Checkpoint, pack
from lrcontrol.config.load import loads
from lrcontrol.record import Record

SCALED = "[{class: preprocessing.StandardScaler}, {class: linear_model."
ADAM = f"{SCALED}LinearRegression, optimizer: {{class: optim.Adam}}}}]"
COMPILED = "_compiled"
#: Pipeline and controller; whether it is classes that have no end.
CASES = {
    "sgd": (f"{SCALED}LinearRegression, optimizer: {{class: optim.SGD}}}}]", "bold_driver", False),
    "adam": (ADAM, "pid", False),
    f"adam{COMPILED}": (ADAM, "pid", False),
    "trace": (f"{SCALED}LinearRegression, optimizer: {{class: optim.SGD}}}}]", "trace", False),
    "classes": (f"{SCALED}SoftmaxRegression, optimizer: {{class: optim.SGD}}}}]", "pid", True),
}
RECORDS, QUICK = 100_000, 4_000
#: How often each is measured: odd, for the median.
ROUNDS = 3
BLOCK = 64


def records(count: int, classes: bool, endless: bool) -> Iterator[list[Record]]:
    """Yield one block of records after the other."""
    rng = random.Random(1)
    for start in range(0, count, BLOCK):
        block = []
        for i in range(start, min(start + BLOCK, count)):
            x = {f"f{at}": rng.gauss(0, 1) for at in range(10)}
            s = x["f0"] - 0.5 * x["f1"]
            if classes:
                label = f"class {i}" if endless else f"class {i % 50}"
                block.append(Record(x, label))
                continue
            for at in range(10):
                x[f"g{10 * i + at}" if endless else f"g{at}"] = rng.gauss(0, 1)
            block.append(Record(x, s + rng.gauss(0, 0.3)))
        yield block


def measured(case: str, count: int, endless: bool) -> dict[str, float]:
    """Learn, in this process; return records a second, MiB that it took, MiB of a checkpoint."""
    pipeline, controller, classes = CASES[case]
    text = f"version: 1\nsources: {{in: {{type: lines}}}}\nmodels:\n  m: {{pipeline: {pipeline}, "
    text += f"compiled: {str(case.endswith(COMPILED)).lower()}, controller: {{type: {controller}}}"
    (settings,) = loads(f"{text}}}\n").settings.models.values()
    served = assemble_model("m", settings)
    blocks = records(count, classes, endless)
    served.learn(next(blocks))
    took, resident = 0.0, _resident()
    for block in blocks:
        before = time.process_time()
        served.learn(block)
        took += time.process_time() - before
    frame = pack(Checkpoint({}, {"m": served.loop}))
    return {
        "speed": count / took,
        "memory": _resident() - resident,
        "checkpoint": sum(map(len, frame.sections.values())) / 2**20,
        "learned": served.loop.status.steps,
    }


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def apart(case: str, count: int, endless: bool) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--one", case, str(count), str(int(endless))]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise SystemExit(said.stderr)
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure each case, print its figures, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} records: two minutes")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured")
    parser.add_argument("--cases", nargs="+", choices=CASES, help="only these")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one[0], int(given.one[1]), given.one[2] == "1")))
        return
    count = QUICK if given.quick else RECORDS
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    figures: dict[str, float] = {}
    for case in given.cases or CASES:
        turns = [(apart(case, count, False), apart(case, count, True)) for _ in range(given.rounds)]
        closed, endless = turns[0]
        found = {
            f"memory_{case}": round(median(e["memory"] - c["memory"] for c, e in turns), 1),
            f"speed_{case}": round(median(e["speed"] / c["speed"] for c, e in turns), 3),
            f"checkpoint_{case}": round(endless["checkpoint"], 2),
        }
        print(*(f"{name} {value}" for name, value in found.items()), flush=True)
        print(f"    {closed['learned']} and {endless['learned']} learned", flush=True)
        figures |= found
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
