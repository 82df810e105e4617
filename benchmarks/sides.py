"""The two sides of the speed benchmark, and how they are compared: ours and River's own loop."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from river import linear_model, optim, preprocessing

from lrcontrol import Limits, Loop, Record
from lrcontrol.control import Bank, Fixed, Mixture, Trace
from lrcontrol.control.base import Controller

BLOCK = 64  # as in the daemon
RATE = 0.001  # stable on 200 standardised features
WORDS, PRESENT = 5000, 30
#: The trace law in plain Python: a range that was given is heeded there only.
PYTHON = Limits(low=1e-9, high=9.9e3, slew=None)

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
