"""What a YAML text is read into: a tree of values, each with the place where it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

Value = str | int | float | bool | None
#: Characters of a value or a key shown in a message; the caret shows where the rest is.
SHOWN = 60
_PLAIN_KEY = re.compile(r"[\w-]{1,60}")


class Mark(NamedTuple):
    """Where something is written: line and column count from 1 (0: nowhere), with the line."""

    file: str = ""
    line: int = 0
    column: int = 0
    source: str = ""


NOWHERE = Mark()


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; ``plain`` when written without quotes, so that ``text`` decides its type."""

    mark: Mark
    text: str
    value: Value
    plain: bool = True


@dataclass(frozen=True, slots=True)
class List:
    """Nodes in order."""

    mark: Mark
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """Nodes by name, in the order written; names are unique."""

    mark: Mark
    items: tuple[tuple[Scalar, Node], ...] = ()

    def get(self, name: str) -> Node | None:
        """Return the node called ``name``, or None."""
        return next((node for key, node in self.items if key.text == name), None)

    def names(self) -> Iterator[str]:
        """Return the names in order."""
        return (key.text for key, _ in self.items)


Node = Scalar | List | Map


def join(path: str, part: str | int) -> str:
    """Return the dotted path of ``part`` within ``path``; what could confuse is quoted.

    >>> join("models.m.pipeline", 1), join("", "a b")
    ('models.m.pipeline.1', "'a b'")
    """
    name = str(part)
    shown = name if _PLAIN_KEY.fullmatch(name) else shorten(repr(name))
    return f"{path}.{shown}" if path else shown


def shorten(text: str) -> str:
    """Return ``text`` cut to what a message has room for."""
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def describe(node: Node) -> str:
    """Say what ``node`` is, as messages do: 'x', 5, true, nothing, a list.

    >>> describe(of([])), describe(of(True)), describe(of("x"))
    ('a list', 'true', "'x'")
    """
    if isinstance(node, List):
        return "a list"
    if isinstance(node, Map):
        return "a mapping"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    return shorten(repr(node.value))


def of(data: Any, mark: Mark = NOWHERE) -> Node:
    """Return plain data (str, numbers, None, lists and dicts of them) as a tree without places."""
    if isinstance(data, dict):
        return Map(mark, tuple((Scalar(mark, k, k), of(v, mark)) for k, v in data.items()))
    if isinstance(data, list | tuple):
        return List(mark, tuple(of(item, mark) for item in data))
    return Scalar(mark, str(data), data, not isinstance(data, str))


def plain(node: Node) -> Any:
    """Return the tree as plain data; the reverse of ``of``.

    >>> plain(of({"class": "drift.ADWIN", "clock": 1}))
    {'class': 'drift.ADWIN', 'clock': 1}
    """
    if isinstance(node, Map):
        return {key.text: plain(value) for key, value in node.items}
    if isinstance(node, List):
        return [plain(item) for item in node.items]
    return node.value
