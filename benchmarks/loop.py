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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from river import base, compose, drift, linear_model, metrics, optim, preprocessing

from lrcontrol.control import BoldDriver
from lrcontrol.daemon import BLOCK, VIEW
from lrcontrol.decisions.ring import Ring
from lrcontrol.intake import Intake
from lrcontrol.loop import Loop
from lrcontrol.metrics import build_registry, render
from lrcontrol.record import Record
from lrcontrol.served import Served, Timed
from lrcontrol.sources.file import File
from lrcontrol.status import Status

SCRAPE_EVERY = 1.0  # seconds: fifteen times as often as Prometheus does by default

Side = Callable[[Sequence[Any]], None]
Items = Callable[[int], Sequence[Any]]  # seed -> what both sides are given


class Size(NamedTuple):
    """How much is measured: fresh pairs of models, rounds a pair, records a round."""

    trials: int
    rounds: int
    rows: int


QUICK = Size(5, 3, 700)
FULL = Size(11, 6, 1500)


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
        timed = Timed(BoldDriver())
        loop = Loop(model, timed, initial_rate=0.001, detector=drift.ADWIN(clock=1))
        self.served = Served("m", "bold_driver", "ADWIN", loop, time.perf_counter)
        self.status = Status()
        self.registry = build_registry(lambda: self.status)
        self.scraped = time.monotonic()
        self.decisions = Ring()

    def block(self, records: Sequence[Record], intake: Intake | None = None) -> None:
        """Learn a block and do what the daemon does after it."""
        self.served.learn(records)
        for made in self.served.loop.made():
            self.decisions.add(time.time(), "m", made)
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


def ratio(pair: Callable[[], tuple[Side, Side]], items: Items, size: Size) -> float:
    """Return the median of time(a) / time(b) over rounds of several fresh pairs (a, b).

    Fresh ones, because where a model's objects happen to lie in memory is worth 2 % either way for
    as long as they live. The first round of a pair is its warm-up.
    """
    ratios = []
    for trial in range(size.trials):
        a, b = pair()
        for i in range(size.rounds + 1):
            given = items(trial * (size.rounds + 1) + i)
            seconds = {side: _seconds(side, given) for side in ((a, b) if i % 2 else (b, a))}
            ratios += [seconds[a] / seconds[b]] * (i > 0)
    return statistics.median(ratios)


def _seconds(side: Side, given: Sequence[Any]) -> float:
    before = time.thread_time()
    side(given)
    return time.thread_time() - before


def in_memory(features: int, scaler: type | None, size: Size) -> float:
    """Return the ratio for records that are already decoded."""

    def pair() -> tuple[Side, Side]:
        return bare(pipeline(scaler)), Everything(pipeline(scaler)).records

    return ratio(pair, lambda seed: stream(features, size.rows, seed), size)


def from_json(features: int, size: Size, folder: Path) -> float:
    """Return the ratio for files of JSON lines."""

    def pair() -> tuple[Side, Side]:
        return bare_json(pipeline()), Everything(pipeline()).file

    def file(seed: int) -> Sequence[str]:
        path = folder / f"{seed}.ndjson"
        lines = (json.dumps({**x, "y": y}) for x, y, _, _ in stream(features, size.rows, seed))
        path.write_text("\n".join(lines) + "\n")
        return [str(path)]

    return ratio(pair, file, size)


def main() -> None:
    """Run all cases and print a line each, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under 50 s")
    size = QUICK if parser.parse_args().quick else FULL
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"median of {size.trials} x {size.rounds} paired rounds of {size.rows} records")
    print("throughput in units of the bare River loop's; higher is faster")
    cases: dict[str, Callable[[], float]] = {
        "generic_d5": lambda: in_memory(5, Scaler, size),
        "generic_d10": lambda: in_memory(10, Scaler, size),
        "generic_d50": lambda: in_memory(50, Scaler, size),
        "scaler_d10": lambda: in_memory(10, preprocessing.StandardScaler, size),
        "scaler_d50": lambda: in_memory(50, preprocessing.StandardScaler, size),
        "linear_d10": lambda: in_memory(10, None, size),
    }
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        cases["json_d10"] = lambda: from_json(10, size, Path(folder))
        for name, case in cases.items():
            print(f"{name:12}", end=" ", flush=True)
            figures[name] = round(case(), 3)
            print(f"{figures[name]:.3f}x", flush=True)
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main()
