"""What a component's docstring says about it and its fields, for the schema and the comments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import cache

_SECTION = re.compile(r"^Parameters\n-{4,}\n", re.MULTILINE)
#: What ends the section: the heading of the next one, or a paragraph that is no entry.
_ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*)\n(?P<text>(?:[ \t]+\S.*\n|[ \t]*\n)*)")


def summary(kind: type) -> str:
    """Return the first paragraph of a class's docstring in one line.

    >>> from lrcontrol.control.limits import Limits
    >>> summary(Limits)
    'Hold what a controller asks for within a range, a speed and a least move.'
    """
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())


@cache
def parameters(kind: type) -> Mapping[str, str]:
    """Return what the numpydoc ``Parameters`` section says of each field, each in one line.

    >>> from lrcontrol.control.limits import Limits
    >>> parameters(Limits)["high"]
    'Highest rate ever applied.'
    """
    doc = (inspect.getdoc(kind) or "") + "\n"
    start = _SECTION.search(doc)
    found: dict[str, str] = {}
    at = start.end() if start else len(doc)
    while entry := _ENTRY.match(doc, at):
        text = " ".join(entry["text"].split())
        if not text:
            break
        found.update(dict.fromkeys(entry["names"].split(", "), text))
        at = entry.end()
    return found
