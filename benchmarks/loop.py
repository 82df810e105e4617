"""What the daemon's surroundings cost: the loop with everything on against the bare River loop.

Both sides see the same records in one process and in turn; each figure is the median over rounds of
(time of the bare loop / time of ours) in thread CPU time, so 1.0 is "free" and more is "faster".

- ``generic_d*``: a pipeline that gets no shortcut (the one-pass path is not taken).
- ``scaler_d*``: StandardScaler and a linear model, through the one-pass path.
- ``json_d10``: the same from a file of JSON lines, against ``json.loads`` and the bare loop.
- ``linear_d10``: a bare linear model without scaler, the dearest case there is: 4 us a record.

Everything on: source (``json_*``), decode, guard, loss, baseline, drift detector, controller,
limits, timing, the status for readers, and a Prometheus scrape a second.

    python benchmarks/loop.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from river import base, compose, drift, linear_model, metrics, optim, preprocessing

from lrcontrol.control import BoldDriver
from lrcontrol.daemon import BLOCK, VIEW
from lrcontrol.intake import Intake
from lrcontrol.loop import Loop
from lrcontrol.metrics import build_registry, render
from lrcontrol.record import Record
from lrcontrol.served import Served, Timed
from lrcontrol.sources.file import File
from lrcontrol.status import Status

SCRAPE_EVERY = 1.0  # seconds: fifteen times as often as Prometheus does by default

Side = Callable[[Sequence[Any]], None]


class Scaler(preprocessing.StandardScaler):
    """River's scaler under another name: same work, but no one-pass path."""


def pipeline(scaler: type | None = preprocessing.StandardScaler) -> base.Estimator:
    """Return the model under test at a rate that is stable on standardised features."""
    model = linear_model.LinearRegression(optim.SGD(0.001), intercept_lr=0.001)
    return model if scaler is None else compose.Pipeline(scaler(), model)


def stream(features: int, rows: int, seed: int) -> list[Record]:
    """Return standard normal features and a noisy linear target."""
    rng = random.Random(seed)
    weights = [rng.gauss(0, 1) for _ in range(features)]
    records = []
    for _ in range(rows):
        values = [rng.gauss(0, 1) for _ in weights]
        y = sum(w * v for w, v in zip(weights, values, strict=True)) + rng.gauss(0, 0.5)
        records.append(Record({f"f{i}": v for i, v in enumerate(values)}, y))
    return records


def bare(model: base.Estimator) -> Side:
    """Return River's own loop: predict, update a metric, learn."""
    metric = metrics.MAE()

    def side(records: Sequence[Record]) -> None:
        for x, y, _, _ in records:
            metric.update(y, model.predict_one(x))
            model.learn_one(x, y)

    return side


def bare_json(model: base.Estimator) -> Side:
    """Return River's own loop over a file of JSON lines."""
    metric = metrics.MAE()

    def side(path: Sequence[str]) -> None:
        with open(path[0], "rb") as lines:
            for line in lines:
                x = json.loads(line)
                y = x.pop("y")
                metric.update(y, model.predict_one(x))
                model.learn_one(x, y)

    return side


class Everything:
    """What the daemon does around a model, without its sockets."""

    def __init__(self, model: base.Estimator) -> None:
        timed = Timed(BoldDriver(), time.perf_counter)
        loop = Loop(model, timed, initial_rate=0.001, detector=drift.ADWIN(clock=1))
        self.served = Served("m", "bold_driver", "ADWIN", loop, timed, time.perf_counter)
        self.status = Status()
        self.registry = build_registry(lambda: self.status)
        self.scraped = time.monotonic()

    def block(self, records: Sequence[Record], intake: Intake | None = None) -> None:
        """Learn a block and do what the daemon does after it."""
        self.served.learn(records)
        sources = (intake.status,) if intake else ()
        now = time.monotonic()
        if now - self.status.turned >= VIEW:
            self.status = Status((self.served.status(time.time()),), sources, turned=now)
        if now - self.scraped >= SCRAPE_EVERY:
            render(self.registry)
            self.scraped = now

    def records(self, records: Sequence[Record]) -> None:
        """Learn records in blocks, as from a dataset."""
        for start in range(0, len(records), BLOCK):
            self.block(records[start : start + BLOCK])

    def file(self, path: Sequence[str]) -> None:
        """Learn a file of JSON lines through its source and decoder."""
        intake = Intake("s", "file", File(path=path[0]), time.time, _unexpected)
        intake.open({})
        while not intake.ended:
            records = intake.take(BLOCK, 0.0)
            if records:
                self.block(records, intake)
        intake.close()


def _unexpected(source: str, rejection: Any) -> None:
    raise AssertionError(f"{source} rejected {rejection}")


def ratio(a: Side, b: Side, rounds: Iterator[Sequence[Any]]) -> float:
    """Return the median over rounds of time(a) / time(b), the first round left out as warm-up."""
    ratios = []
    for i, items in enumerate(rounds):
        order = (a, b) if i % 2 else (b, a)
        seconds = {}
        for side in order:
            before = time.thread_time()
            side(items)
            seconds[side] = time.thread_time() - before
        ratios.append(seconds[a] / seconds[b])
    return statistics.median(ratios[1:])


def in_memory(features: int, scaler: type | None, rounds: int, rows: int) -> float:
    """Return the ratio for records that are already decoded."""
    ours = Everything(pipeline(scaler))
    return ratio(
        bare(pipeline(scaler)),
        ours.records,
        (stream(features, rows, seed) for seed in range(rounds + 1)),
    )


def from_json(features: int, rounds: int, rows: int, folder: Path) -> float:
    """Return the ratio for files of JSON lines."""
    ours = Everything(pipeline())
    return ratio(bare_json(pipeline()), ours.file, _files(features, rounds, rows, folder))


def _files(features: int, rounds: int, rows: int, folder: Path) -> Iterator[Sequence[str]]:
    for seed in range(rounds + 1):
        path = folder / f"{seed}.ndjson"
        lines = (json.dumps({**x, "y": y}) for x, y, _, _ in stream(features, rows, seed))
        path.write_text("\n".join(lines) + "\n")
        yield [str(path)]


def main() -> None:
    """Run all cases and print a line each, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under 50 s")
    rounds, rows = (15, 1000) if parser.parse_args().quick else (61, 2000)
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"median of {rounds} paired rounds of {rows} records; higher is faster")
    cases: dict[str, Callable[[], float]] = {
        "generic_d5": lambda: in_memory(5, Scaler, rounds, rows),
        "generic_d10": lambda: in_memory(10, Scaler, rounds, rows),
        "generic_d50": lambda: in_memory(50, Scaler, rounds, rows // 2),
        "scaler_d10": lambda: in_memory(10, preprocessing.StandardScaler, rounds, rows),
        "scaler_d50": lambda: in_memory(50, preprocessing.StandardScaler, rounds, rows // 2),
        "linear_d10": lambda: in_memory(10, None, rounds, rows),
    }
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        cases["json_d10"] = lambda: from_json(10, rounds, rows, Path(folder))
        for name, case in cases.items():
            print(f"{name:12}", end=" ", flush=True)
            figures[name] = round(case(), 3)
            print(f"{figures[name]:.3f}x", flush=True)
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main()
