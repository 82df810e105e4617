"""Linear and logistic streams whose truth changes on a schedule, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from random import Random
from typing import Literal, NamedTuple

from lrcontrol.record import Features, Record

Truth = Literal["linear", "logistic"]
Drift = Literal["none", "abrupt", "gradual", "recurring", "scale_change", "label_noise"]

#: Records drawn from one random generator. A generator a record would cost more than the record;
#: one for all would have to draw every record before the one that is resumed at.
BLOCK = 256


class Schedule(NamedTuple):
    """When the truth changes and how; see ``Synthetic`` for what the numbers mean."""

    drift: Drift
    at: int
    width: int
    every: int
    factor: float

    def chance(self, index: int) -> float:
        """Return the chance, 0..1, that record ``index`` follows the second concept.

        >>> gradual = Schedule("gradual", at=100, width=50, every=1, factor=1.0)
        >>> [gradual.chance(index) for index in (99, 100, 125, 150)]
        [0.0, 0.0, 0.5, 1.0]
        """
        if self.drift == "abrupt":
            return float(index >= self.at)
        if (
            self.drift == "gradual"
        ):  # a straight line: River's sigmoid overflows far from its middle
            return min(1.0, max(0.0, (index - self.at) / self.width))
        if self.drift == "recurring":
            return float(index >= self.at and (index - self.at) // self.every % 2 == 0)
        return 0.0

    def scale(self, index: int) -> float:
        """Return what features are multiplied by at record ``index``."""
        return self.factor if self.drift == "scale_change" and index >= self.at else 1.0

    def noise(self, index: int) -> float:
        """Return what the noise of the target is multiplied by at record ``index``."""
        return self.factor if self.drift == "label_noise" and index >= self.at else 1.0


class Drifting(NamedTuple):
    """A stream without end: ``features`` standard normal features x, target from s = w.x + noise.

    ``linear``: y = s. ``logistic``: y is whether s > 0, so that the noise decides near the border.
    The weights w of the two concepts are standard normal too. Record i depends on the seed and i.
    """

    truth: Truth
    features: int
    noise: float
    seed: int
    schedule: Schedule

    def after(self, position: int) -> Iterator[Record]:
        """Yield record ``position`` (from 0) and all that follow."""
        blocks = (self._block(number) for number in count(position // BLOCK))
        records = (record for block in blocks for record in block)
        return islice(records, position % BLOCK, None)

    def _block(self, number: int) -> Iterator[Record]:
        random = Random(f"{self.seed} block {number}")
        concepts = [self._weights(0), self._weights(1)]
        names = [f"x{i}" for i in range(self.features)]
        for index in range(number * BLOCK, (number + 1) * BLOCK):
            yield self._record(random, index, concepts, names)

    def _weights(self, concept: int) -> list[float]:
        random = Random(f"{self.seed} concept {concept}")
        return [random.gauss(0, 1) for _ in range(self.features)]

    def _record(
        self, random: Random, index: int, concepts: list[list[float]], names: list[str]
    ) -> Record:
        schedule = self.schedule
        values = [random.gauss(0, 1) for _ in names]
        weights = concepts[random.random() < schedule.chance(index)]
        s = sum(w * value for w, value in zip(weights, values, strict=True))
        s += random.gauss(0, 1) * self.noise * schedule.noise(index)
        scale = schedule.scale(index)
        x: Features = {name: scale * value for name, value in zip(names, values, strict=True)}
        return Record(x, s if self.truth == "linear" else s > 0)
