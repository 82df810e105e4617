"""YAML text into a tree of marked nodes, refusing what makes a configuration ambiguous or huge.

Read from PyYAML's events, not its nodes: anchors, aliases and depth show there before anything is
built or expanded, so a bomb costs no more than its own text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from lrcontrol.config.nodes import List, Map, Mark, Node, Scalar, join
from lrcontrol.config.problems import ConfigError, Problem, Problems
from lrcontrol.config.scalars import resolve

#: Bytes of the largest file read: a thousand models fit, and it is parsed in well under a second.
SIZE_LIMIT = 256 * 1024
#: Nesting of the deepest value; real files need about ten, and the reader recurses.
DEPTH_LIMIT = 32
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # six times faster where libyaml is there
_LINE_BREAK = re.compile("\r\n|\r|\n")
#: Unprintable, or a line break to YAML 1.1 but not 1.2 (U+0085, U+2028, U+2029): lines would shift.
FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_TAB_INDENT = re.compile(r"^ *(\t)\s*[^\s#]", re.MULTILINE)


def read(path: Path | str) -> Node:
    """Return the tree of a YAML file. Raises ConfigError when it cannot be read or parsed."""
    problems = Problems()
    try:
        with open(path, "rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise problems.stop(Mark(str(path)), "", f"cannot be read: {error.strerror}") from None
    return parse(data, str(path))


def parse(text: bytes | str, file: str = "<text>") -> Node:
    """Return the tree of a YAML text; an empty one is an empty mapping.

    Raises ConfigError with everything found: syntax errors, duplicate or non-string keys, anchors,
    aliases, tags, merge keys, several documents, more than 256 KiB, nesting beyond 32, bytes that
    are not UTF-8, control characters, tabs in the indentation.
    """
    problems = Problems()
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > SIZE_LIMIT:
        raise problems.stop(Mark(file), "", f"larger than {SIZE_LIMIT // 1024} KiB")
    decoded = _decode(data, file)
    lines = _LINE_BREAK.split(decoded)
    _refuse_characters(decoded, lines, file, problems)
    root = _Reader(decoded, lines, file, problems).document()
    problems.raise_errors()
    return root


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        line, column = _place(before, len(before))
        text = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise ConfigError([Problem(file, line, column, "", text)]) from None


def _place(text: str, at: int) -> tuple[int, int]:
    lines = _LINE_BREAK.split(text[:at])
    return len(lines), len(lines[-1]) + 1


def _refuse_characters(text: str, lines: list[str], file: str, problems: Problems) -> None:
    found = [
        (m.start(), f"character U+{ord(m[0]):04X} is not allowed") for m in _first(FORBIDDEN, text)
    ]
    found += [(m.start(1), "tab in the indentation: use spaces") for m in _first(_TAB_INDENT, text)]
    for at, message in found:
        line, column = _place(text, at)
        problems.add(Mark(file, line, column, lines[line - 1]), "", message)
    problems.raise_errors()


def _first(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    match = pattern.search(text)
    if match:
        yield match


class _Reader:
    """Builds nodes from events; goes on after what is merely forbidden, stops at bad syntax."""

    def __init__(self, text: str, lines: list[str], file: str, problems: Problems) -> None:
        self._events = yaml.parse(text, Loader=_LOADER)
        self._lines = lines
        self._file = file
        self._problems = problems

    def document(self) -> Node:
        event = self._skip_to_content()
        if isinstance(event, StreamEndEvent):
            return Map(Mark(self._file, 1, 1, self._lines[0]))
        root = self._node(event, "", 0)
        self._next()  # the document's end
        after = self._next()
        if isinstance(after, DocumentStartEvent):
            message = "a second document starts here: one file holds one configuration"
            raise self._problems.stop(self._at(after.start_mark), "", message)
        return root

    def _skip_to_content(self) -> Event:
        event = self._next()
        while not isinstance(event, NodeEvent | StreamEndEvent):
            event = self._next()
        return event

    def _next(self) -> Event:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None

    def _syntax(self, error: yaml.MarkedYAMLError) -> ConfigError:
        mark, context, started = error.problem_mark, error.context or "", error.context_mark
        place = self._at(mark) if mark else Mark(self._file)
        since = (
            f" {context}, which starts in line {started.line + 1}" if context and started else ""
        )
        in_flow = "${" in place.source and "flow" in context
        hint = (
            "a value with ${...} needs a line of its own, or quotes to be text" if in_flow else ""
        )
        return self._problems.stop(place, "", f"{error.problem}{since}", hint)

    def _at(self, mark: Any) -> Mark:
        if mark.line >= len(self._lines):  # the end of a text without a last line break
            return Mark(self._file, len(self._lines), len(self._lines[-1]) + 1, self._lines[-1])
        return Mark(self._file, mark.line + 1, mark.column + 1, self._lines[mark.line])

    def _node(self, event: Event, path: str, depth: int) -> Node:
        mark = self._at(event.start_mark)
        if depth > DEPTH_LIMIT:
            raise self._problems.stop(mark, "", f"nested deeper than {DEPTH_LIMIT}")
        self._refuse_sharing(event, mark, path)
        if isinstance(event, MappingStartEvent):
            return Map(mark, tuple(self._pairs(path, depth + 1)))
        if isinstance(event, SequenceStartEvent):
            return List(mark, tuple(self._items(path, depth + 1)))
        if isinstance(event, ScalarEvent):
            return self._scalar(event, mark)
        return Scalar(mark, "", None)  # an alias, refused above

    def _refuse_sharing(self, event: Any, mark: Mark, path: str) -> None:
        add = self._problems.add
        if isinstance(event, AliasEvent):
            add(mark, path, f"alias *{event.anchor}: aliases are not supported, write it out")
        elif event.anchor is not None:
            add(mark, path, f"anchor &{event.anchor}: anchors are not supported")
        elif getattr(event, "tag", None) is not None:
            add(mark, path, f"tag {event.tag}: tags are not supported")

    def _scalar(self, event: ScalarEvent, mark: Mark) -> Scalar:
        plain = not event.style
        return Scalar(mark, event.value, resolve(event.value) if plain else event.value, plain)

    def _items(self, path: str, depth: int) -> Iterator[Node]:
        index = 0
        while not isinstance(event := self._next(), CollectionEndEvent):
            yield self._node(event, join(path, index), depth)
            index += 1

    def _pairs(self, path: str, depth: int) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Mark] = {}
        while not isinstance(event := self._next(), CollectionEndEvent):
            key = self._node(event, path, depth)
            name = join(path, key.text) if isinstance(key, Scalar) else path
            inner: Any = self._next()
            value = self._node(inner, name, depth)
            if not self._is_name(key, path, seen):
                continue
            assert isinstance(key, Scalar)
            seen[key.text] = key.mark
            if isinstance(value, Map) and not inner.flow_style:
                value = Map(key.mark, value.items)  # a block starts at the key that owns it
            yield key, value

    def _is_name(self, key: Node, path: str, seen: dict[str, Mark]) -> bool:
        add = self._problems.add
        if not isinstance(key, Scalar):
            add(key.mark, path, "a key must be text")
        elif key.plain and key.text == "<<":
            add(key.mark, path, "merge keys (<<) are not supported: write the keys out")
        elif not isinstance(key.value, str):
            add(
                key.mark,
                path,
                f"a key must be text, got {key.text or 'nothing'}",
                f'write "{key.text}"',
            )
        elif key.text in seen:
            add(
                key.mark,
                join(path, key.text),
                f"duplicate key, first in line {seen[key.text].line}",
            )
        else:
            return True
        return False
