"""``--set path=value``: single values put into the tree from the command line."""

from __future__ import annotations

from collections.abc import Sequence

from lrcontrol.config.document import parse
from lrcontrol.config.nodes import List, Map, Mark, Node, Scalar
from lrcontrol.config.problems import ConfigError, Problem, Problems

FILE = "--set"
ITEM = "- "


def override(root: Node, settings: Sequence[str]) -> Node:
    """Return ``root`` with each ``a.b.0.c=value`` of ``settings`` in place, later ones winning.

    The value is YAML (a scalar, or ``[...]`` and ``{...}``); mappings that are missing on the way
    are made. Marks name ``--set`` and count its uses as lines. Raises ConfigError.
    """
    problems = Problems()
    for number, setting in enumerate(settings, 1):
        path, equals, text = setting.partition("=")
        mark = Mark(FILE, number, 1, setting)
        if not equals or not all(path.split(".")):
            problems.add(mark, "", "expected path=value, such as models.fare.period=32")
            continue
        value = _value(text, mark, path)
        root = _put(root, path.split("."), value, mark, problems)
    problems.raise_errors()
    return root


def _value(text: str, mark: Mark, path: str) -> Node:
    # Parsed as the one item of a list, so that "a: b" is a mapping of its own.
    try:
        items = parse(f"{ITEM}{text}" if text else f'{ITEM}""', FILE)
    except ConfigError as error:
        raise ConfigError([_shown(p, mark, len(text), path) for p in error.problems]) from None
    assert isinstance(items, List)
    if len(items.items) != 1:
        raise Problems().stop(mark, path, "expected one value")
    return _at(items.items[0], mark, len(path) + 1 - len(ITEM))


def _shown(problem: Problem, mark: Mark, length: int, path: str) -> Problem:
    start = len(mark.source) - length
    column = start + max(problem.column - len(ITEM), 1)
    return problem._replace(line=mark.line, column=column, source=mark.source, path=path)


def _at(node: Node, mark: Mark, offset: int) -> Node:
    here = mark._replace(column=max(node.mark.column + offset, 1))
    if isinstance(node, Map):
        return Map(
            here, tuple((_key(k, mark, offset), _at(v, mark, offset)) for k, v in node.items)
        )
    if isinstance(node, List):
        return List(here, tuple(_at(item, mark, offset) for item in node.items))
    return Scalar(here, node.text, node.value, node.plain)


def _key(key: Scalar, mark: Mark, offset: int) -> Scalar:
    here = mark._replace(column=max(key.mark.column + offset, 1))
    return Scalar(here, key.text, key.value, key.plain)


def _put(node: Node | None, path: list[str], value: Node, mark: Mark, problems: Problems) -> Node:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(node, List):
        return _put_item(node, first, rest, value, mark, problems)
    if not isinstance(node, Map):
        node = Map(mark)
    key = Scalar(mark, first, first)
    inner = _put(node.get(first), rest, value, mark, problems)
    if node.get(first) is None:
        return Map(node.mark, (*node.items, (key, inner)))
    return Map(node.mark, tuple((k, inner if k.text == first else v) for k, v in node.items))


def _put_item(
    node: List, first: str, rest: list[str], value: Node, mark: Mark, problems: Problems
) -> Node:
    index = (
        int(first) if first.isascii() and first.isdigit() and len(first) < 9 else len(node.items)
    )
    if index >= len(node.items):
        message = f"{first} is no item of a list of {len(node.items)} (they count from 0)"
        problems.add(mark, "", message)
        return node
    inner = _put(node.items[index], rest, value, mark, problems)
    return List(node.mark, (*node.items[:index], inner, *node.items[index + 1 :]))
