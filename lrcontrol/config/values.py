"""A scalar node into the value its field's type asks for, or what is wrong with it in words."""

from __future__ import annotations

import re
from typing import Any

from lrcontrol.checks import Range
from lrcontrol.config.hints import WORDS, Hint, Pattern
from lrcontrol.config.nodes import Node, Scalar, describe
from lrcontrol.config.problems import nearest
from lrcontrol.config.scalars import resolve
from lrcontrol.secret import MASK, Secret
from lrcontrol.units import Unit


class Wrong(ValueError):
    """A value that does not fit; ``hint`` says what to write instead where that is known."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def scalar(node: Node, kind: Any) -> Any:
    """Return an int, float, str, bool or Secret. A bool is no number, a whole number is a float."""
    if isinstance(node, Scalar) and is_a(node.value, kind):
        return kind(node.value)
    shown = MASK if kind is Secret else describe(node)
    raise Wrong(f"expected {WORDS[kind]}, got {shown}", _rewrite(node, kind))


def is_a(value: Any, kind: Any) -> bool:
    """Return whether a scalar's value is of the type without any conversion but int to float.

    >>> is_a(1, float), is_a(True, int), is_a(1.0, int)
    (True, False, False)
    """
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, int | float if kind is float else str if kind is Secret else kind)


def _rewrite(node: Node, kind: Any) -> str:
    if not isinstance(node, Scalar) or node.value is None:
        return ""
    if kind is Secret:
        return "quote it"
    if kind is str:
        return f'write "{node.text}"'
    if not node.plain and is_a(resolve(node.text), kind):
        return "leave out the quotes"
    whole = isinstance(node.value, float) and node.value.is_integer()
    return f"write {int(node.value)}" if whole and kind is int else ""


def quantity(node: Node, kind: Any, unit: Unit) -> Any:
    """Return seconds or bytes; a bare number only where the unit goes without saying, or for 0."""
    value = node.value if isinstance(node, Scalar) else None
    if is_a(value, kind) and (unit.whole or value == 0):
        return kind(value)
    try:
        return unit.read(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Wrong(f"{error}, got {describe(node)}") from None


def choice(node: Node, choices: tuple[Any, ...]) -> Any:
    """Return the one of ``choices`` that was written."""
    value = node.value if isinstance(node, Scalar) else None
    if any(value == each and type(value) is type(each) for each in choices):
        return value
    names = [describe(Scalar(node.mark, "", each)) for each in choices]
    one_of = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    hint = nearest(value, map(str, choices)) if isinstance(value, str) else ""
    raise Wrong(f"expected {one_of}, got {describe(node)}", hint)


def within(value: Any, hint: Hint, node: Node) -> Any:
    """Return ``value`` if it lies in the declared range and looks as declared."""
    for extra in hint.extras:
        if isinstance(extra, Range) and (message := extra.problem(value)):
            raise Wrong(message)
        if isinstance(extra, Pattern) and not re.fullmatch(extra.regex, value):
            raise Wrong(f"expected {extra.words}, got {describe(node)}")
    return value
