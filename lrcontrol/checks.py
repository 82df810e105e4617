"""Value checks that a component declares on its own fields.

A component is a frozen dataclass: its fields are its YAML keys and its constructor arguments. A
range is declared once, in the field's type, and serves three readers: ``check`` (called in
``__post_init__``, so library users get it too), the JSON Schema, and the configuration's messages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints


class Range(NamedTuple):
    """The interval a number must lie in: ``above``/``below`` are open, the other two closed."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def problem(self, value: float) -> str | None:
        """Return what is wrong with ``value`` in words, or None."""
        if isinstance(value, float) and not math.isfinite(value):
            return f"must be finite, got {value}"
        if self.above is not None and not value > self.above:
            return f"must be > {self.above:g}, got {value:g}"
        if self.at_least is not None and not value >= self.at_least:
            return f"must be >= {self.at_least:g}, got {value:g}"
        if self.below is not None and not value < self.below:
            return f"must be < {self.below:g}, got {value:g}"
        if self.at_most is not None and not value <= self.at_most:
            return f"must be <= {self.at_most:g}, got {value:g}"
        return None


Positive = Annotated[float, Range(above=0)]
Fraction = Annotated[float, Range(above=0, below=1)]
Count = Annotated[int, Range(at_least=1)]
Natural = Annotated[int, Range(at_least=0)]


class Invalid(ValueError):
    """One or more fields hold a value their component cannot work with.

    ``problems`` is a list of ``(field, message)``; the configuration adds file, line and column.
    """

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems))
        self.problems = problems


def check(component: Any, *problems: tuple[str, bool, str]) -> None:
    """Raise ``Invalid`` naming every field of ``component`` that is out of its declared range.

    ``problems`` adds checks over several fields: ``(field, is_wrong, message)``.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Cut:
    ...     factor: Fraction = 0.5
    ...     def __post_init__(self) -> None:
    ...         check(self)
    >>> Cut(factor=2.0)
    Traceback (most recent call last):
    ...
    lrcontrol.checks.Invalid: factor: must be < 1, got 2
    """
    found = [*_out_of_range(component), *((f, text) for f, wrong, text in problems if wrong)]
    if found:
        raise Invalid(*found)


def _out_of_range(component: Any) -> Iterator[tuple[str, str]]:
    for name, interval in _ranges(component.__class__):
        value = getattr(component, name)
        message = None if value is None else interval.problem(value)
        if message:
            yield name, message


@cache
def _ranges(kind: type) -> tuple[tuple[str, Range], ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple((name, r) for name, hint in hints.items() for r in _declared(hint))


def _declared(hint: Any) -> Iterator[Range]:
    if get_origin(hint) is Annotated:
        yield from (extra for extra in get_args(hint)[1:] if isinstance(extra, Range))
        return
    for part in get_args(hint):  # Annotated[float, ...] | None
        yield from _declared(part)
