"""Which number each class has: 0 for the first that came, 1 for the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from lrcontrol.kernels.arrays import Array

#: Classes that a ``Classes`` takes unless told otherwise; as many as a task keeps.
CAP = 1000


class TooManyClasses(ValueError):
    """A block brought more classes than there is room for; nothing was taken from it."""


class Classes:
    """The classes in the order of their appearance, ``cap`` >= 1 of them at most.

    >>> classes = Classes()
    >>> classes.numbers(["b", "a", "b"]).tolist(), list(classes)
    ([0.0, 1.0, 0.0], ['b', 'a'])
    """

    def __init__(self, cap: int = CAP) -> None:
        self.cap = cap
        self._numbers: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._numbers)

    def numbers(self, labels: Sequence[Any]) -> Array:
        """Return the labels' numbers (n), new ones included; raises TooManyClasses."""
        numbers = self._numbers
        known = len(numbers)
        for label in labels:
            numbers.setdefault(label, len(numbers))
        if len(numbers) > self.cap:
            for label in list(islice(numbers, known, None)):
                del numbers[label]
            raise TooManyClasses(
                f"more than {self.cap} classes: is the target a class, and not a number?"
            )
        return np.array([numbers[label] for label in labels], np.float64)
