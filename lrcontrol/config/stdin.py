"""``--source stdin``: standard input in place of the source that a file describes."""

from __future__ import annotations

from dataclasses import fields

from lrcontrol.config.nodes import Map, Mark, Node, Scalar
from lrcontrol.config.problems import ConfigError, Problem
from lrcontrol.sources.lines import Lines

MARK = Mark("--source", 1, 1, "stdin")
#: What a section says of its records, not of where they come from, holds for standard input too.
KEPT = frozenset(field.name for field in fields(Lines)) - {"path"}


def from_stdin(root: Node) -> Node:
    """Return the tree with its only source reading standard input, its name and fields kept.

    Raises ConfigError when there is not exactly one source.
    """
    sources = root.get("sources") if isinstance(root, Map) else None
    if not isinstance(root, Map) or not isinstance(sources, Map) or len(sources.items) != 1:
        told = "stdin can take the place of one source, but the file has not exactly one"
        raise ConfigError([Problem(*MARK[:3], "sources", told)])
    name, section = sources.items[0]
    replaced = Map(sources.mark, ((name, _reading_stdin(section)),))
    return Map(root.mark, tuple((k, replaced if v is sources else v) for k, v in root.items))


def _reading_stdin(section: Node) -> Node:
    kept = section.items if isinstance(section, Map) else ()
    kind = (Scalar(MARK, "type", "type"), Scalar(MARK, "lines", "lines"))
    return Map(section.mark, (kind, *((k, v) for k, v in kept if k.text in KEPT)))
