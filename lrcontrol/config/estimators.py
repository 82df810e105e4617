"""River objects from their description: ``{class: linear_model.LinearRegression, l2: 1e-6}``.

Nothing is evaluated and no function is called but the constructors of allowed classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from inspect import Parameter
from numbers import Number
from types import MappingProxyType
from typing import Any

from lrcontrol.config.arguments import (
    as_taken,
    is_required,
    misfit,
    parameters_of,
    takes_any,
    takes_list,
)
from lrcontrol.config.classes import find_class
from lrcontrol.config.components import NotFound
from lrcontrol.config.nodes import List, Map, Node, Scalar, describe, join
from lrcontrol.config.problems import REFUSED, Problems, nearest, refused
from lrcontrol.config.seeds import unseeded

#: What ``compose.SelectType`` may select by; nowhere else is a name taken for a type.
TYPES: Mapping[str, type] = MappingProxyType(
    {"number": Number, "str": str, "bool": bool, "int": int, "float": float}
)
#: Any number does; one is named so that the message can be copied.
SEED = "set seed, such as seed: 42"


class Builder:
    """Builds what nodes describe; notes what is wrong and goes on with the rest."""

    def __init__(self, problems: Problems, allow: Iterable[str] = ()) -> None:
        self._problems = problems
        self._allow = tuple(allow)

    def steps(self, node: List, path: str) -> Any:
        """Return the pipeline of a list of steps (a single step is itself), or REFUSED."""
        from river import base, compose

        built = [self.value(step, join(path, i)) for i, step in enumerate(node.items)]
        for i, (part, step) in enumerate(zip(built, node.items, strict=True)):
            if part is not REFUSED and not isinstance(part, base.Estimator):
                built[i] = self._refuse(step, join(path, i), "is no estimator or transformer")
        if not built or refused(built):
            return REFUSED
        if len(built) == 1:
            return built[0]
        return self._called(compose.Pipeline, built, {}, node, path)

    def value(self, node: Node, path: str, parameter: Parameter | None = None) -> Any:
        """Return what ``node`` stands for as an argument: plain data, an object, or a pipeline."""
        if isinstance(node, Map):
            if node.get("class") is not None:
                return self.object(node, path)
            made = {key.text: self.value(v, join(path, key.text)) for key, v in node.items}
            return REFUSED if refused(made.values()) else made
        if isinstance(node, List):
            a_pipeline = is_step(node) and not takes_list(parameter)
            return self.steps(node, path) if a_pipeline else self._items(node, path)
        if isinstance(node.value, float) and math.isnan(node.value):
            return self._refuse(node, path, "must be a number, got nan")
        return node.value

    def object(self, node: Map, path: str) -> Any:
        """Return the object of a ``{class: ..., ...arguments}`` mapping, or REFUSED."""
        name = node.get("class") or node
        if not (isinstance(name, Scalar) and isinstance(name.value, str)):
            return self._refuse(name, join(path, "class"), f"expected a name, got {describe(name)}")
        try:
            kind = find_class(name.value, self._allow)
        except NotFound as error:
            return self._refuse(name, join(path, "class"), str(error), error.hint)
        arguments = self._arguments(kind, name, node, path)
        if arguments is REFUSED:
            return REFUSED
        variadic = (p.name for p in parameters_of(kind).values() if p.kind is p.VAR_POSITIONAL)
        first = arguments.pop(next(variadic, ""), ())
        built = self._called(kind, first, arguments, name, path)
        return built if built is REFUSED else self._seeded(built, arguments, name, path)

    def _items(self, node: List, path: str) -> Any:
        items = [self.value(item, join(path, i)) for i, item in enumerate(node.items)]
        return REFUSED if refused(items) else items

    def _arguments(self, kind: type, name: Scalar, node: Map, path: str) -> Any:
        parameters = parameters_of(kind)
        made = {
            key.text: self._argument(kind, key, value, path)
            for key, value in node.items
            if key.text != "class"
        }
        for missing in (p for p in parameters.values() if is_required(p) and p.name not in made):
            hint = f"{kind.__name__} needs it"
            made[missing.name] = self._refuse(name, join(path, missing.name), "missing", hint)
        if "seed" in parameters and made.get("seed") is None:
            made["seed"] = self._refuse(name, join(path, "seed"), "runs would differ", SEED)
        return REFUSED if refused(made.values()) else made

    def _argument(self, kind: type, key: Scalar, value: Node, path: str) -> Any:
        from river import compose

        parameters = parameters_of(kind)
        parameter, inner = parameters.get(key.text), join(path, key.text)
        if parameter is None and not takes_any(parameters.values()):
            hint = nearest(key.text, parameters) or f"{kind.__name__} takes {_listed(parameters)}"
            return self._refuse(key, inner, "unknown argument", hint)
        if parameter is None or parameter.kind is not Parameter.VAR_POSITIONAL:
            return self._fitted(value, inner, parameter)
        if not isinstance(value, List):
            return self._refuse(value, inner, f"expected a list, got {describe(value)}")
        if kind is compose.SelectType:
            types = list(self._types(value, inner))
            return REFUSED if refused(types) else types
        return self._items(value, inner)

    def _fitted(self, node: Node, path: str, parameter: Parameter | None) -> Any:
        made = as_taken(self.value(node, path, parameter), parameter)
        problem = "" if made is REFUSED else misfit(made, parameter)
        if not problem:
            return made
        is_object = is_step(node)
        got = f"a {type(made).__name__}" if is_object else describe(node)
        return self._refuse(node, path, f"{problem}, got {got}")

    def _types(self, node: List, path: str) -> Iterator[Any]:
        for i, item in enumerate(node.items):
            name = item.value if isinstance(item, Scalar) else None
            if isinstance(name, str) and name in TYPES:
                yield TYPES[name]
            else:
                message = f"expected one of {', '.join(TYPES)}, got {describe(item)}"
                yield self._refuse(item, join(path, i), message)

    def _called(
        self, kind: type, first: Iterable[Any], rest: Mapping[str, Any], node: Node, path: str
    ) -> Any:
        try:
            return kind(*first, **rest)
        except Exception as error:  # whatever a constructor raises is a fault of its arguments
            message = f"{kind.__name__} cannot be made: {type(error).__name__}: {error}"
            return self._refuse(node, path, message)

    def _seeded(self, built: Any, given: Mapping[str, Any], node: Node, path: str) -> Any:
        kind: Any = type(built)
        for name in parameters_of(kind):
            value = None if name in given else getattr(built, name, None)
            for part in unseeded(value):
                message = f"runs would differ: {part} has no seed"
                return self._refuse(node, join(path, name), message, f"give {name} with a seed")
        return built

    def _refuse(self, node: Node, path: str, message: str, hint: str = "") -> Any:
        self._problems.add(node.mark, path, message, hint)
        return REFUSED


def is_step(node: Node) -> bool:
    """Return whether ``node`` describes a step: an object, or a pipeline (a list of steps)."""
    if isinstance(node, Map):
        return node.get("class") is not None
    return isinstance(node, List) and bool(node.items) and all(map(is_step, node.items))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "no arguments"
