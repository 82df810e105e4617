"""Durations and sizes: numbers that people write with a unit, ``30s`` and ``64MiB``.

A field declared ``Duration`` holds seconds (float) and one declared ``Size`` holds bytes (int), so
library users pass plain numbers; the unit exists in the configuration file only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, NamedTuple

from lrcontrol.checks import Range

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?)\s*([A-Za-z]+)", re.ASCII)
#: Longer texts are no quantity; Decimal is slow on very long ones.
LONGEST_QUANTITY = 40


class Unit(NamedTuple):
    """What a quantity is measured in; ``scales`` are units in the base unit, smallest first."""

    quantity: str
    example: str
    scales: Mapping[str, Decimal]
    #: Counted in whole numbers, so that a bare one is understood: bytes are, seconds are not.
    whole: bool

    def read(self, text: str) -> float | int:
        """Return ``text`` in the base unit, the nearest float or the exact whole number.

        Raises ValueError saying what was expected.
        """
        match = _QUANTITY.fullmatch(text) if len(text) <= LONGEST_QUANTITY else None
        if match is None or match[2] not in self.scales:
            raise ValueError(f"expected {self.expected}")
        exact = Decimal(match[1]) * self.scales[match[2]]
        if not self.whole:
            return float(exact)
        if exact != exact.to_integral_value():
            raise ValueError(f"expected {self.expected}, a whole number of them")
        return int(exact)

    @property
    def expected(self) -> str:
        """Say what can be written, for messages.

        >>> SIZE.expected
        'a size such as 64MiB (B, kB, KiB, MB, MiB, GB, GiB)'
        """
        return f"a {self.quantity} such as {self.example} ({', '.join(self.scales)})"

    def format(self, value: float) -> str:
        """Return ``value`` in the largest unit that shows it as a whole number.

        >>> DURATION.format(90.0), DURATION.format(0.25), DURATION.format(1.5e-4), SIZE.format(4096)
        ('90s', '250ms', '150us', '4KiB')
        """
        exact = Decimal(repr(value))
        whole = [(n, s) for n, s in self.scales.items() if exact and exact % s == 0]
        name, scale = whole[-1] if whole else next(iter(self.scales.items()))
        return f"{(exact / scale).normalize():f}{name}"


def _scales(**units: str) -> Mapping[str, Decimal]:
    return MappingProxyType({name: Decimal(scale) for name, scale in units.items()})


DURATION = Unit(
    "duration", "30s", _scales(us="1e-6", ms="1e-3", s="1", m="60", h="3600", d="86400"), False
)
SIZE = Unit(
    "size",
    "64MiB",
    _scales(
        B="1", kB="1e3", KiB="1024", MB="1e6", MiB=f"{2**20}", GB="1e9", GiB=f"{2**30}"
    ),
    True,
)  # fmt: skip

#: Seconds, >= 0; written ``30s`` or ``250ms`` in YAML (only ``0`` may go without a unit).
Duration = Annotated[float, Range(at_least=0), DURATION]
#: Bytes, >= 0; written ``64MiB`` or ``10kB`` in YAML, or as a bare number of bytes.
Size = Annotated[int, Range(at_least=0), SIZE]


def parse_duration(text: str) -> float:
    """Return the seconds in ``text``; the nearest float to the exact value.

    >>> parse_duration("250ms"), parse_duration("1.5h"), parse_duration("1d")
    (0.25, 5400.0, 86400.0)
    >>> parse_duration("5 min")
    Traceback (most recent call last):
    ...
    ValueError: expected a duration such as 30s (us, ms, s, m, h, d)
    """
    return DURATION.read(text)


def parse_size(text: str) -> int:
    """Return the bytes in ``text``. Raises ValueError where that is no whole number.

    ``kB``, ``MB`` and ``GB`` are powers of 1000, ``KiB``, ``MiB`` and ``GiB`` of 1024.

    >>> parse_size("64MiB"), parse_size("10kB"), parse_size("1.5KiB")
    (67108864, 10000, 1536)
    """
    return int(SIZE.read(text))
