"""What control costs: each controller's whole loop against the bare River loop, and Vowpal Wabbit.

Both sides see the same records in one process and in turn; a figure is the median over rounds of
(time of ours / time of River's) in thread CPU time: 1.0 is as fast as River, 0.1 ten times faster.
Ours is ``Loop.learn`` in blocks of 64 with its guard, losses and decisions; River's is predict,
score, learn on StandardScaler and a linear model with SGD (``bank Adam``: with Adam), on sparse
text logistic regression without a scaler.

- ``d5`` .. ``d200``: dictionaries of that many numbers. ``text``: 30 words of 5,000 a record.
- ``json``: ten numbers a line, from bytes; River's side takes ``json.loads``.
- ``file``: the same lines from a file through source, decoder and loop, in wall time against
  Vowpal Wabbit's own file mode on the same numbers in its text format (where it is installed:
  ``pip install vowpalwabbit``), and in CPU time against River and ``json.loads``.

    python benchmarks/speed.py [--quick]
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from river import linear_model, optim, preprocessing

from lrcontrol import Limits, Loop, Record
from lrcontrol.control import Bank, Fixed, Mixture, Trace
from lrcontrol.control.base import Controller
from lrcontrol.intake import Intake
from lrcontrol.sources.file import File

BLOCK = 64  # as in the daemon
RATE = 0.001  # stable on 200 standardised features
WORDS, PRESENT = 5000, 30
#: The trace law in plain Python: a range that was given is heeded there only.
PYTHON = Limits(low=1e-9, high=9.9e3, slew=None)
WIDTHS = ("d5", "d10", "d50", "d200", "text")

Side = Callable[[Sequence[Any]], None]


class Contender(NamedTuple):
    """One of ours: its controller, how it is looped, and the optimizer of both sides."""

    controller: Controller[Any]
    options: Mapping[str, Any] = MappingProxyType({})
    optimizer: Callable[..., Any] = optim.SGD


CONTENDERS = {
    "plain": Contender(Fixed(), {"compiled": True}),
    "trace": Contender(Trace()),
    "trace in Python": Contender(Trace(), {"limits": PYTHON}),
    "bank of 16 SGD": Contender(Bank()),
    "bank of 28 Adam": Contender(Bank(), optimizer=optim.Adam),
    "mixture small": Contender(Mixture(size="small")),
    "mixture large": Contender(Mixture(size="large")),
}


def model(width: str, optimizer: Callable[..., Any] = optim.SGD) -> Any:
    """Return the River model that both sides begin with."""
    if width == "text":
        return linear_model.LogisticRegression(optimizer(RATE), intercept_lr=RATE)
    linear = linear_model.LinearRegression(optimizer(RATE), intercept_lr=RATE)
    return preprocessing.StandardScaler() | linear


def stream(width: str, rows: int, seed: int) -> list[Record]:
    """Return normal features with a noisy linear target, or bags of words with a noisy label."""
    rng = random.Random(seed)
    records = []
    if width == "text":
        weights = [rng.gauss(0, 1) for _ in range(WORDS)]
        for _ in range(rows):
            words = sorted({int(rng.paretovariate(0.5)) % WORDS for _ in range(PRESENT)})
            z = sum(weights[word] for word in words) + rng.gauss(0, 1)
            records.append(Record({f"w{word}": 1.0 for word in words}, z > 0.0))
        return records
    weights = [rng.gauss(0, 1) for _ in range(int(width[1:]))]
    for _ in range(rows):
        values = [round(rng.gauss(0, 1), 4) for _ in weights]
        y = sum(w * v for w, v in zip(weights, values, strict=True)) + rng.gauss(0, 0.5)
        records.append(Record({f"f{i}": v for i, v in enumerate(values)}, round(y, 4)))
    return records


def bare(river: Any) -> Side:
    """Return River's own loop: predict, score, learn."""
    if isinstance(river, linear_model.LogisticRegression):

        def classes(records: Sequence[Record]) -> None:
            total = 0.0
            for x, y, _, _ in records:
                total += river.predict_proba_one(x)[y]
                river.learn_one(x, y)

        return classes

    def numbers(records: Sequence[Record]) -> None:
        total = 0.0
        for x, y, _, _ in records:
            error = y - river.predict_one(x)
            total += error * error
            river.learn_one(x, y)

    return numbers


def bare_lines(river: Any) -> Side:
    """Return River's own loop over JSON lines."""
    numbers = bare(river)

    def side(lines: Sequence[bytes]) -> None:
        for line in lines:
            x = json.loads(line)
            numbers([Record(x, x.pop("y"))])

    return side


def looped(contender: Contender, width: str) -> Loop:
    """Return the loop of one of ours."""
    river = model(width, contender.optimizer)
    return Loop(river, contender.controller, initial_rate=RATE, **contender.options)


def ours(loop: Loop) -> Side:
    """Return the loop, fed in blocks."""

    def side(records: Sequence[Record]) -> None:
        for start in range(0, len(records), BLOCK):
            loop.learn(records[start : start + BLOCK])

    return side


def ours_file(loop: Loop) -> Side:
    """Return source, decoder and loop over the files named."""

    def side(paths: Sequence[str]) -> None:
        for path in paths:
            intake = Intake("s", "file", File(path=path), time.time, _unexpected)
            intake.open({})
            while not intake.ended:
                loop.learn(intake.take(BLOCK, 0.0))
            intake.close()

    return side


def _unexpected(source: str, rejection: Any) -> None:
    raise SystemExit(f"{source} rejected {rejection}")


def lines_of(records: Sequence[Record]) -> Iterator[bytes]:
    """Yield records as JSON lines."""
    for x, y, _, _ in records:
        yield json.dumps({**x, "y": y}).encode()


def vowpal(path: str) -> None:
    """Learn a file in Vowpal Wabbit's own text format, by its own parser, squared loss."""
    workspace = import_module("vowpalwabbit").Workspace(f"-d {path} --quiet")
    workspace.finish()


def ratio(
    a: Callable[[int], None], b: Callable[[int], None], rounds: int, clock: Callable[[], float]
) -> float:
    """Return the median of time(a) / time(b), each called with the number of the round.

    The two go first in turn. Round 0 is a warm-up, compilation included.
    """
    ratios = []
    for i in range(rounds + 1):
        seconds = {}
        for side in (a, b) if i % 2 else (b, a):
            before = clock()
            side(i)
            seconds[side] = clock() - before
        ratios += [seconds[a] / seconds[b]] * (i > 0)
    return statistics.median(ratios)


def in_memory(contender: Contender, width: str, rows: int, rounds: int) -> float:
    """Return the ratio for records that are already decoded."""
    a, b = ours(looped(contender, width)), bare(model(width, contender.optimizer))
    given = [stream(width, rows, seed) for seed in range(rounds + 1)]
    return ratio(lambda i: a(given[i]), lambda i: b(given[i]), rounds, time.thread_time)


def from_file(
    contender: Contender, rows: int, rounds: int, folder: Path
) -> tuple[float, float | None]:
    """Return the ratios for JSON lines: to River and json.loads, and to Vowpal Wabbit."""
    a, b = ours_file(looped(contender, "d10")), bare_lines(model("d10", contender.optimizer))
    paths, texts, lines = [], [], []
    for seed in range(rounds + 1):
        records = stream("d10", rows, seed)
        lines.append(list(lines_of(records)))
        paths.append(folder / f"{seed}.ndjson")
        paths[-1].write_bytes(b"\n".join(lines[-1]) + b"\n")
        texts.append(folder / f"{seed}.vw")
        rendered = (
            f"{y} | " + " ".join(f"{k}:{v}" for k, v in x.items()) for x, y, _, _ in records
        )
        texts[-1].write_text("\n".join(rendered) + "\n")
    river = ratio(lambda i: a([str(paths[i])]), lambda i: b(lines[i]), rounds, time.thread_time)
    if find_spec("vowpalwabbit") is None:
        return river, None
    c = ours_file(looped(contender, "d10"))
    peer = ratio(
        lambda i: c([str(paths[i])]), lambda i: vowpal(str(texts[i])), rounds, time.perf_counter
    )
    return river, peer


def main() -> None:
    """Run all cases and print a line each, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under 50 s")
    quick = parser.parse_args().quick
    rows, rounds = (256, 3) if quick else (1024, 9)
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"median of {rounds} paired rounds of {rows} records; time in units of River's own loop")
    print(f"{'':17}" + "".join(f"{width:>8}" for width in (*WIDTHS, "file", "/ vw")))
    figures: dict[str, dict[str, float | None]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, contender in CONTENDERS.items():
            print(f"{name:17}", end="", flush=True)
            figures[name] = {}
            for width in WIDTHS:
                figures[name][width] = round(in_memory(contender, width, rows, rounds), 3)
                print(f"{figures[name][width]:7.3f}x", end="", flush=True)
            pair = from_file(contender, 8 * rows, rounds, Path(folder))
            for key, figure in zip(("file", "vw"), pair, strict=True):
                figures[name][key] = figure and round(figure, 3)
                print(f"{'-':>8}" if figure is None else f"{figure:7.3f}x", end="")
            print(flush=True)
    if not find_spec("vowpalwabbit"):
        print("vowpalwabbit is not installed: nothing to compare with")
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main()
