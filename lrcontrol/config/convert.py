"""A node tree into frozen dataclasses: their fields are the keys, their types the rules.

Everything wrong is noted before anything is refused. What a value must be is said once, in the type
of the field: the same types give the JSON Schema (``schema``) and the checks of library users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from lrcontrol.checks import Invalid
from lrcontrol.config import values
from lrcontrol.config.components import Kind, NotFound
from lrcontrol.config.hints import WORDS, Hint, hints_of, is_required, taken_apart
from lrcontrol.config.nodes import List, Map, Mark, Node, Scalar, describe, join, plain
from lrcontrol.config.problems import REFUSED, Problems, nearest, refused
from lrcontrol.secret import Secret

#: Keys named in the message when nothing is near enough to an unknown one.
NAMES_SHOWN = 12


@runtime_checkable
class FromNode(Protocol):
    """A type that is made from its node as it stands, not from fields."""

    @classmethod
    def from_node(cls, node: Node, path: str, converter: Converter) -> Any:
        """Return the value, or REFUSED after noting why."""
        ...

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what its node must look like."""
        ...

    def as_data(self) -> Any:
        """Return what was written, as plain data."""
        ...


class Converter:
    """Turns nodes into values, noting problems and where each value was written.

    ``kinds`` says which field types are chosen by ``type:`` (a protocol -> the kind), ``allow`` the
    modules that may be imported by name. ``marks`` gives the place of each path converted, ``made``
    every section and spec that could be made, so that they can be looked at further even when
    something else in the file is wrong.
    """

    def __init__(
        self, problems: Problems, kinds: Mapping[Any, Kind], allow: tuple[str, ...] = ()
    ) -> None:
        self.problems = problems
        self.kinds = kinds
        self.allow = allow
        self.marks: dict[str, Mark] = {}
        self.made: dict[str, Any] = {}

    def convert(self, node: Node, hint: Any, path: str = "") -> Any:
        """Return the value of ``node`` as the type ``hint`` asks for it, or REFUSED."""
        self.marks[path] = node.mark
        apart = taken_apart(hint)
        if apart.origin in self.kinds:
            return self._component(node, self.kinds[apart.origin], path)
        if isinstance(apart.bare, type) and issubclass(apart.bare, FromNode):
            return self._noted(path, apart.bare.from_node(node, path, self))
        if apart.arms is not None:
            return self._union(node, apart, path)
        if apart.origin in (list, tuple):
            return self._list(node, apart, path)
        if apart.origin is dict:
            return self._dict(node, apart, path)
        if is_dataclass(apart.bare):
            return self.section(node, apart.bare, path)
        return plain(node) if hint is Any else self._value(node, apart, path)

    def refuse(self, node: Node, path: str, message: str, hint: str = "") -> Any:
        """Note a problem at ``node`` and return REFUSED."""
        self.problems.add(node.mark, path, message, hint)
        return REFUSED

    def _value(self, node: Node, hint: Hint, path: str) -> Any:
        try:
            if hint.unit is not None:
                value = values.quantity(node, hint.bare, hint.unit)
            elif hint.origin is Literal:
                value = values.choice(node, hint.args)
            else:
                value = values.scalar(node, hint.bare)
            return values.within(value, hint, node)
        except values.Wrong as error:
            mark = node.mark._replace(source="") if hint.bare is Secret else node.mark
            self.problems.add(mark, path, str(error), error.hint)
            return REFUSED

    def _list(self, node: Node, hint: Hint, path: str) -> Any:
        if not isinstance(node, List):
            return self.refuse(node, path, f"expected a list, got {describe(node)}")
        items = [self.convert(n, hint.args[0], join(path, i)) for i, n in enumerate(node.items)]
        return REFUSED if refused(items) else hint.origin(items)

    def _dict(self, node: Node, hint: Hint, path: str) -> Any:
        if not isinstance(node, Map):
            return self.refuse(node, path, f"expected a mapping, got {describe(node)}")
        name_hint, item_hint = hint.args
        pairs = [
            (
                self._value(name, taken_apart(name_hint), join(path, name.text)),
                self.convert(value, item_hint, join(path, name.text)),
            )
            for name, value in node.items
        ]
        return REFUSED if any(map(refused, pairs)) else dict(pairs)

    def _union(self, node: Node, hint: Hint, path: str) -> Any:
        arms = hint.arms or ()
        if len(arms) < len(hint.args) and isinstance(node, Scalar) and node.value is None:
            return None
        fitting = arms if len(arms) == 1 else [arm for arm in arms if _fits(node, arm)]
        if fitting:
            return self.convert(node, fitting[0], path)
        words = " or ".join(taken_apart(arm).words for arm in arms)
        return self.refuse(node, path, f"expected {words}, got {describe(node)}")

    def _component(self, node: Node, kind: Kind, path: str) -> Any:
        where = join(path, "type")
        if not isinstance(node, Map):
            hint = f"write {{type: {node.text}}}" if isinstance(node, Scalar) and node.text else ""
            message = f"expected a mapping with a type, got {describe(node)}"
            return self.refuse(node, path, message, hint)
        name = node.get("type")
        if name is None:
            return self.refuse(node, where, "missing", f"one of {', '.join(kind.names())}")
        if not (isinstance(name, Scalar) and isinstance(name.value, str)):
            message = f"expected the name of a {kind.name}, got {describe(name)}"
            return self.refuse(name, where, message)
        self.marks[where] = name.mark
        try:
            found = kind.find(name.value, self.allow)
        except NotFound as error:
            return self.refuse(name, where, str(error), error.hint)
        rest = tuple((key, value) for key, value in node.items if key.text != "type")
        return self.section(Map(node.mark, rest), found, path)

    def section(self, node: Node, kind: Any, path: str) -> Any:
        """Return a ``kind``, a dataclass, from a mapping of its fields, or REFUSED."""
        if not isinstance(node, Map):
            return self.refuse(node, path, f"expected a mapping, got {describe(node)}")
        hints = hints_of(kind)
        made = {key.text: self._field(key, value, hints, path) for key, value in node.items}
        for field in fields(kind):
            if field.name in hints and field.name not in made and is_required(field):
                made[field.name] = self.refuse(node, join(path, field.name), "missing")
        return REFUSED if refused(made.values()) else self._made(node, kind, made, path)

    def _noted(self, path: str, value: Any) -> Any:
        if value is not REFUSED:
            self.made[path] = value
        return value

    def _field(self, key: Scalar, value: Node, hints: Mapping[str, Any], path: str) -> Any:
        inner = join(path, key.text)
        if key.text in hints:
            return self.convert(value, hints[key.text], inner)
        listed = f"one of {', '.join(hints)}" if 0 < len(hints) <= NAMES_SHOWN else ""
        return self.refuse(key, inner, "unknown key", nearest(key.text, hints) or listed)

    def _made(self, node: Map, kind: Any, made: dict[str, Any], path: str) -> Any:
        try:
            return self._noted(path, kind(**made))
        except Invalid as error:
            for name, message in error.problems:
                self.refuse(node.get(name) or node, join(path, name), message)
        except ValueError as error:
            self.refuse(node, path, str(error))
        return REFUSED


def _fits(node: Node, arm: Any) -> bool:
    hint = taken_apart(arm)
    if isinstance(node, Scalar):
        known = hint.bare in WORDS
        return values.is_a(node.value, hint.bare) if known else hint.origin is Literal
    return hint.origin in ((list, tuple) if isinstance(node, List) else (dict,))
