"""Every key of the configuration as a page: ``python -m lrcontrol.config.reference``.

Generated from the dataclasses and their docstrings, so it cannot fall behind them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from lrcontrol.checks import Range
from lrcontrol.config.changes import LIVE, STEERED
from lrcontrol.config.components import Kind, NotFound
from lrcontrol.config.convert import FromNode
from lrcontrol.config.docs import parameters, summary
from lrcontrol.config.hints import Hint, Pattern, default_of, hints_of, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_data
from lrcontrol.control.base import PerRecord

INTRO = """\
# Configuration

Made by `python -m lrcontrol.config.reference > docs/configuration.md`; a test keeps it up to date.

`lrcontrol init` prints a file to start from, `lrcontrol validate FILE` says all that is wrong with
one, `lrcontrol config show FILE` what is in force, `lrcontrol config diff OLD NEW` what a reload
would change, and `lrcontrol schema` prints the JSON Schema for editors.

`${VAR}`, `${VAR:-default}` and `${VAR:?message}` take a value from the environment, `$$` is a
dollar sign. Durations and sizes are written with their unit: `250ms`, `30s`, `5m`, `64MiB`, `10GB`.
Secrets are shown as `***` wherever they could be seen. Numbers are those of YAML 1.2: `1e-5` is
one, `off` is text.

What says *yes* under *live* can be changed while the daemon runs, by SIGHUP, `lrcontrol reload` or
`POST /-/reload`: it holds from the next record on. With *yes¹* that is so for controllers that
decide once a period (all but auto, bank, trace, race and mixture). Everything else needs a restart,
and one such key that differs refuses the whole reload; so does any mistake.
"""
BOUNDS = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}
NAMES = {int: "integer", float: "number", str: "text", bool: "true or false"}


class Part(NamedTuple):
    """A chapter to come: its heading, the path of its keys, and what it describes."""

    title: str
    path: str
    of: Any


def reference() -> str:
    """Return the page, in Markdown."""
    chapters, told = [INTRO], set()
    waiting = [Part("The file", "", Settings)]
    while waiting:
        part = waiting.pop(0)
        key = part.of.name if isinstance(part.of, Kind) else part.of
        if key in told:
            continue
        told.add(key)
        own = _kind(part) if isinstance(part.of, Kind) else _section(part, waiting)
        chapters.append("\n".join(own))
        if isinstance(part.of, Kind):
            waiting = [*_components(part), *waiting]
    return "\n".join(chapters)


def _kind(part: Part) -> Iterator[str]:
    yield f"## {part.title}"
    yield ""
    names = ", ".join(f"[`{name}`](#{_slug(_titled(part, name))})" for name in part.of.table)
    yield f"`type` is one of {names}, what another package offers as `{part.of.group}`, or"
    yield "`module:Name` of a module under `allow`."
    yield ""


def _components(part: Part) -> list[Part]:
    found = []
    for name in part.of.table:
        try:
            found.append(Part(_titled(part, name), part.path, part.of.find(name)))
        except NotFound:  # an extra that is not installed
            continue
    return found


def _titled(part: Part, name: str) -> str:
    return f"{part.of.name.capitalize()} {name}"


def _section(part: Part, waiting: list[Part]) -> Iterator[str]:
    yield f"## {part.title}"
    yield ""
    yield _marked(summary(part.of))
    yield ""
    texts, hints = parameters(part.of), hints_of(part.of)
    own = [field for field in fields(part.of) if field.name in hints]
    inner = []
    if own:
        yield "| key | | default | live | |"
        yield "|---|---|---|---|---|"
    for field in own:
        path = f"{part.path}.{field.name}".lstrip(".")
        more = _beneath(path, hints[field.name])
        inner += more
        cells = (
            f"`{field.name}`",
            _link(more[0]) if more else _words(hints[field.name]),
            "" if more and not _is_null(field) else _default(field, hints[field.name]),
            "" if more else _live(path, part.of),
            _marked(texts.get(field.name, "")),
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    if own:
        yield ""
    waiting[:0] = inner


def _beneath(path: str, hint: Any) -> list[Part]:
    """Return the chapter of what is beneath a key, where that is more than a value."""
    apart = taken_apart(hint)
    if apart.arms is not None:
        return next((found for arm in apart.arms if (found := _beneath(path, arm))), [])
    if apart.origin is dict:
        return _beneath(f"{path}.<name>", apart.args[1])
    if apart.origin in KINDS:
        kind = KINDS[apart.origin]
        return [Part(f"{kind.name.capitalize()}s", path, kind)]
    bare: Any = apart.bare
    section = isinstance(bare, type) and is_dataclass(bare) and not issubclass(bare, FromNode)
    return [Part(f"`{path}`", path, bare)] if section else []


def _link(part: Part) -> str:
    return (
        f"[{part.title.lower() if isinstance(part.of, Kind) else 'section'}](#{_slug(part.title)})"
    )


def _slug(title: str) -> str:
    """Return what a heading is linked to by, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _words(hint: Any) -> str:
    apart = taken_apart(hint)
    if apart.arms is not None:
        return " or ".join(_words(arm) for arm in apart.arms)
    if isinstance(apart.bare, type) and issubclass(apart.bare, FromNode):
        return _marked(summary(apart.bare)).rstrip(".")
    if apart.unit is not None:
        return apart.unit.quantity + _range(apart)
    if apart.origin is Literal:
        return ", ".join(f"`{value}`" for value in apart.args)
    if apart.origin in (list, tuple):
        return f"list of: {_words(apart.args[0])}"
    if apart.origin is dict:
        return f"mapping of names to: {_words(apart.args[1])}"
    if pattern := next((extra for extra in apart.extras if isinstance(extra, Pattern)), None):
        return pattern.words
    return NAMES.get(apart.bare, "secret" if apart.bare.__name__ == "Secret" else "any") + _range(
        apart
    )


def _range(hint: Hint) -> str:
    ranges = [extra._asdict() for extra in hint.extras if isinstance(extra, Range)]
    told = [f"{BOUNDS[n]} {v:g}" for each in ranges for n, v in each.items() if v is not None]
    return f" {', '.join(told)}" if told else ""


def _is_null(field: Field[Any]) -> bool:
    return default_of(field) is None


def _default(field: Field[Any], hint: Any) -> str:
    default = default_of(field)
    if default is MISSING:
        return "*needed*"
    data = as_data(default, hint)
    return f"`{data if isinstance(data, str) else json.dumps(data)}`"


def _live(path: str, kind: Any) -> str:
    if any(fnmatchcase(path, pattern) for pattern in LIVE):
        return "yes"
    steered = any(fnmatchcase(path, pattern) for pattern in STEERED)
    return "yes¹" if steered and not issubclass(kind, PerRecord) else ""


def _marked(text: str) -> str:
    return text.replace("``", "`")


if __name__ == "__main__":
    sys.stdout.write(reference())
