"""What can still be read of a configuration with mistakes: the rest, the bad parts as they were.

A reload then says at once what is wrong in the file and what in it a running daemon cannot take
over, and nobody mends the one only to be told of the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from lrcontrol.config.document import parse
from lrcontrol.config.load import settle
from lrcontrol.config.nodes import List, Map, Mark, Node, Scalar
from lrcontrol.config.problems import ConfigError, Problem
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_yaml, effective
from lrcontrol.secret import MASK

#: Times that parts are put back: one mistake may hide another (a new source that cannot be made,
#: and the model that would read it), but three deep nobody follows.
ROUNDS = 3


def salvage(
    root: Node,
    problems: Iterable[Problem],
    current: Settings,
    environ: Mapping[str, str] = os.environ,
) -> Settings | None:
    """Return the settings of a tree with what has ``problems`` put back to what is in force.

    Only to be compared, not to be run with: secrets that were wrong are left out. None where too
    much is wrong to tell the rest.
    """
    now = _without_secrets(effective(current))
    for _ in range(ROUNDS):
        for problem in problems:
            root = _put_back(root, problem.path.split("."), now)
        try:
            return settle(root, environ).settings
        except ConfigError as error:
            problems = error.problems
    return None


def _without_secrets(data: Any) -> Any:
    if isinstance(data, dict):
        return {n: _without_secrets(v) for n, v in data.items() if v != MASK}
    return [_without_secrets(item) for item in data] if isinstance(data, list) else data


def _put_back(node: Node, path: list[str], now: Any) -> Node:
    """Return a node with what is at ``path`` in it as it is in ``now``, left out if not there."""
    if not isinstance(node, Map):
        return node
    (first, *rest), known = path, now if isinstance(now, dict) else {}
    there = node.get(first)
    if first not in known:
        return Map(node.mark, tuple(pair for pair in node.items if pair[0].text != first))
    if rest and isinstance(there, Map):
        put = _put_back(there, rest, known[first])
    else:  # the field itself, or a list, of which an item alone cannot be put back
        put = _node(known[first])
    if there is None:
        return Map(node.mark, (*node.items, (Scalar(node.mark, first, first), put)))
    return Map(node.mark, tuple((k, put if k.text == first else v) for k, v in node.items))


def _node(data: Any) -> Node:
    root = parse(as_yaml([data]))
    assert isinstance(root, List)
    return root.items[0]


def mark_at(root: Node, path: str) -> Mark:
    """Return where ``path`` is written, or else the section that it would be in.

    >>> root = parse("model:\\n  period: 1\\n  limits: {low: 1}", "c.yaml")
    >>> mark_at(root, "model.limits.low").line, mark_at(root, "model.limits.high").line
    (3, 3)
    """
    mark = root.mark
    for part in path.split("."):
        node = root.get(part) if isinstance(root, Map) else None
        if node is None:
            return mark
        root, mark = node, node.mark
    return mark
