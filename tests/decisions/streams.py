"""Loops and a log beside them, as the daemon has them, for the tests of the decision log."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from river import linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import CONTROLLERS, Cosine, Warmup
from lrcontrol.decisions import Ring
from lrcontrol.decisions.basis import basis_of
from lrcontrol.decisions.journal import DecisionLog

RATE = 0.01


def records(count: int, seed: int = 1, skip: int = 0) -> Iterator[Record]:
    """Give a noisy linear stream whose weights turn around every 3,000 records."""
    of = random.Random(seed)
    for n in range(count + skip):
        x = {"a": of.gauss(0, 1), "b": of.gauss(0, 3)}
        sign = 1.0 if (n // 3000) % 2 else -1.0
        y = sign * (2.0 * x["a"] - x["b"]) + of.gauss(0, 0.5)
        if n >= skip:
            yield Record(x, y)


def controller(name: str) -> Any:
    """Return a controller by its name, with its own defaults."""
    return Warmup(Cosine(t_0=500)) if name == "warmup" else CONTROLLERS[name]()


def loop_of(name: str, **given: Any) -> Loop:
    """Return a loop around a linear regression."""
    model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    return Loop(model, controller(name), initial_rate=RATE, **given)


class Logged:
    """Loops by name, each turn of whose decisions goes into one log, numbered by one ring."""

    def __init__(self, path: Path, loops: dict[str, Loop], **given: Any) -> None:
        self.loops = loops
        self.ring = Ring()
        settings = {"max_bytes": 1 << 26, "files": 4, "wall": lambda: 7.0, **given}
        self.log = DecisionLog(path, bases=self.bases, **settings)

    def bases(self) -> dict[str, Any]:
        """Return what each model's decisions rest on now."""
        return {name: basis_of(loop, RATE) for name, loop in self.loops.items()}

    def learn(self, name: str, given: list[Record], block: int = 64) -> None:
        """Let a model learn in blocks, logging after each."""
        for start in range(0, len(given), block):
            self.loops[name].learn(given[start : start + block])
            self.keep(name)

    def keep(self, name: str) -> None:
        """Log what a model decided since the last call."""
        made = self.loops[name].made()
        self.log.append([self.ring.add(7.0, name, one) for one in made])


def told() -> tuple[list[str], Callable[[str], None]]:
    """Return a list and what adds to it."""
    heard: list[str] = []
    return heard, heard.append
