"""River objects as the settings hold them: written down, checked in shape, built afresh on demand.

Building imports River, which takes seconds, so it is left until somebody asks for the object.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Self

from lrcontrol.config.classes import written_wrong
from lrcontrol.config.components import allowed
from lrcontrol.config.convert import Converter
from lrcontrol.config.estimators import Builder
from lrcontrol.config.nodes import List, Map, Node, Scalar, describe, join, of, plain
from lrcontrol.config.problems import REFUSED, Problems
from lrcontrol.config.seeds import unseeded

_OBJECT = {
    "type": "object",
    "required": ["class"],
    "properties": {"class": {"type": "string", "pattern": r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$"}},
}


@dataclass(frozen=True, eq=False)
class Spec(ABC):
    """What is built, as written; equal when the same was written, wherever.

    Abstract or final: each kind says what shape it needs and how it is built.
    """

    node: Node
    path: str = ""
    allow: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Any, allow: Iterable[str] = ()) -> Self:
        """Return the spec of plain data, for use without a file. Raises ConfigError."""
        problems = Problems()
        made = cls.from_node(of(data), "", Converter(problems, {}, tuple(allow)))
        problems.raise_errors()
        assert isinstance(made, cls)
        return made

    @classmethod
    def from_node(cls, node: Node, path: str, converter: Converter) -> Any:
        """Return the spec, or REFUSED after noting what is wrong with its shape."""
        spec = cls(node, path, converter.allow)
        before = len(converter.problems.found)
        spec._look(converter.problems)
        return REFUSED if len(converter.problems.found) > before else spec

    @classmethod
    @abstractmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what its node must look like."""

    @abstractmethod
    def _look(self, problems: Problems) -> None:
        """Note what is wrong with the shape, without importing anything."""

    @abstractmethod
    def _build(self, problems: Problems) -> Any:
        """Return a fresh object, or REFUSED after noting why."""

    def build(self) -> Any:
        """Return a fresh object; raises ConfigError with everything wrong with it.

        Imports River, and the modules under ``allow`` that it names.
        """
        problems = Problems()
        built = self._build(problems)
        problems.raise_errors()
        return built

    def as_data(self) -> Any:
        """Return what was written, as plain data."""
        return plain(self.node)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.as_data() == other.as_data()

    def __hash__(self) -> int:
        return hash(repr(self.as_data()))


class Steps(Spec):
    """A pipeline: a list of ``{class: ..., ...arguments}``; a list in the list is one too."""

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what its node must look like."""
        return {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/step"}}

    def _look(self, problems: Problems) -> None:
        _look_at_steps(self.node, self.path, problems)

    def _build(self, problems: Problems) -> Any:
        assert isinstance(self.node, List)
        return Builder(problems, self.allow).steps(self.node, self.path)


class Part(Spec):
    """A single object, ``{class: drift.ADWIN, delta: 0.01}``."""

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what its node must look like."""
        return _OBJECT

    def _look(self, problems: Problems) -> None:
        _look_at_class(self.node, self.path, problems)

    def _build(self, problems: Problems) -> Any:
        assert isinstance(self.node, Map)
        return Builder(problems, self.allow).object(self.node, self.path)


class Metric(Spec):
    """A River metric by name, ``MAE``, or with arguments, ``{class: metrics.ROCAUC, ...}``."""

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what its node must look like."""
        return {"anyOf": [{"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]*$"}, _OBJECT]}

    def _look(self, problems: Problems) -> None:
        _look_at_class(self._full, self.path, problems)

    def _build(self, problems: Problems) -> Any:
        node = self._full
        assert isinstance(node, Map)
        return Builder(problems, self.allow).object(node, self.path)

    @property
    def _full(self) -> Node:
        node = self.node
        if isinstance(node, Scalar) and isinstance(node.value, str):
            name = replace(node, value=f"metrics.{node.value}")
            return Map(node.mark, ((replace(node, text="class"), name),))
        return node


class Factory(Spec):
    """A function without arguments that returns a model, ``package.module:function``."""

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what its node must look like."""
        return {"type": "string", "pattern": r"^[A-Za-z]\w*(\.[A-Za-z]\w*)*:[A-Za-z]\w*$"}

    def _look(self, problems: Problems) -> None:
        module, _, function = self._parts
        if not module or not function or function.startswith("_"):
            message = f"expected package.module:function, got {describe(self.node)}"
            problems.add(self.node.mark, self.path, message)
        elif not allowed(module, self.allow):
            message = f"module {module!r:.60} is not allowed"
            problems.add(self.node.mark, self.path, message, "add it under allow:")

    def _build(self, problems: Problems) -> Any:
        from river import base

        module, _, function = self._parts
        try:
            model = getattr(import_module(module), function)()
        except Exception as error:  # the user's own code, so anything can be raised
            return self._refuse(problems, f"failed: {type(error).__name__}: {error}")
        if not isinstance(model, base.Estimator):
            return self._refuse(problems, f"returned a {type(model).__name__}, not an estimator")
        without = ", ".join(unseeded(model))
        if without:
            return self._refuse(problems, f"runs would differ: {without} without a seed")
        return model

    @property
    def _parts(self) -> tuple[str, str, str]:
        value = self.node.value if isinstance(self.node, Scalar) else None
        return value.partition(":") if isinstance(value, str) else ("", "", "")

    def _refuse(self, problems: Problems, message: str) -> Any:
        problems.add(self.node.mark, self.path, message)
        return REFUSED


def _look_at_steps(node: Node, path: str, problems: Problems) -> None:
    if not isinstance(node, List) or not node.items:
        message = f"expected a list of steps, got {describe(node)}"
        problems.add(node.mark, path, message, "- class: linear_model.LinearRegression")
        return
    for i, item in enumerate(node.items):
        inner = join(path, i)
        if isinstance(item, List):
            _look_at_steps(item, inner, problems)
        else:
            _look_at_class(item, inner, problems)


def _look_at_class(node: Node, path: str, problems: Problems) -> None:
    where = join(path, "class")
    name = node.get("class") if isinstance(node, Map) else None
    if not isinstance(node, Map):
        hint = f"write {{class: {node.text}}}" if isinstance(node, Scalar) and node.text else ""
        message = f"expected a mapping with a class, got {describe(node)}"
        problems.add(node.mark, path, message, hint)
    elif name is None:
        problems.add(node.mark, where, "missing")
    elif not (isinstance(name, Scalar) and isinstance(name.value, str)):
        problems.add(name.mark, where, f"expected a name, got {describe(name)}")
    elif problem := written_wrong(name.value):
        problems.add(name.mark, where, problem)
