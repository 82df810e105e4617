"""Environment variables in scalars: ``${VAR}``, ``${VAR:-default}``, ``${VAR:?message}``, ``$$``.

Substituted after parsing, so that a value can neither bring YAML with it nor shift a line. Keys are
left alone: a name that changes with the environment would change metric labels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lrcontrol.config.nodes import List, Map, Node, Scalar, join
from lrcontrol.config.problems import Problems
from lrcontrol.config.scalars import resolve

_REFERENCE = re.compile(r"\$\$|\$\{([^}]*)(\}?)")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::([-?])(.*))?", re.ASCII | re.DOTALL)


class _Unusable(ValueError):
    """A reference that has no value; the message says why."""


def substitute(node: Node, environ: Mapping[str, str], problems: Problems, path: str = "") -> Node:
    """Return the tree with the variables of ``environ`` in place; notes what has no value.

    An unquoted scalar gets its type after substitution: ``port: ${PORT}`` can be an integer, while
    ``port: "${PORT}"`` is text.
    """
    if isinstance(node, Map):
        pairs = ((k, substitute(v, environ, problems, join(path, k.text))) for k, v in node.items)
        return Map(node.mark, tuple(pairs))
    if isinstance(node, List):
        items = enumerate(node.items)
        return List(
            node.mark, tuple(substitute(v, environ, problems, join(path, i)) for i, v in items)
        )
    return _scalar(node, environ, problems, path)


def _scalar(node: Scalar, environ: Mapping[str, str], problems: Problems, path: str) -> Scalar:
    if "$" not in node.text:
        return node
    try:
        text = expand(node.text, environ)
    except _Unusable as error:
        problems.add(node.mark, path, str(error))
        return node
    return Scalar(node.mark, text, resolve(text) if node.plain else text, node.plain)


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Return ``text`` with its references replaced. Raises ValueError for one without a value.

    >>> expand("${HOST:-localhost}:${PORT}, $$5, $HOME", {"PORT": "9092"})
    'localhost:9092, $5, $HOME'
    """
    return _REFERENCE.sub(lambda match: _value(match, environ), text)


def _value(match: re.Match[str], environ: Mapping[str, str]) -> str:
    if match[0] == "$$":
        return "$"
    inside = _INSIDE.fullmatch(match[1])
    if not match[2] or inside is None or "${" in match[1]:
        raise _Unusable(
            f"{match[0][:60]!r} is no reference: write ${{VAR}}, ${{VAR:-default}}, "
            "${VAR:?message}, or $$ for a dollar sign"
        )
    name, operator, rest = inside.groups()
    value = environ.get(name)
    if operator is None and value is not None:
        return value
    if value:  # as in a shell, :- and :? take an empty variable for an unset one
        return value
    if operator == "-":
        return str(rest)
    raise _Unusable(
        str(rest) if operator == "?" and rest else f"environment variable {name} is not set"
    )


def escape(text: str) -> str:
    """Return ``text`` so that ``expand`` gives it back.

    >>> escape("${A} $5")
    '$${A} $5'
    """
    return text.replace("$$", "$$$$").replace("${", "$${")
