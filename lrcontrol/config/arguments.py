"""Constructor arguments against a class's signature: which there are, and of what plain type."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from inspect import Parameter
from typing import Any

from lrcontrol.config.nodes import Node, Scalar, describe

#: Annotations that say all there is to say about a scalar; others are left to the constructor.
_SCALARS: Mapping[str, Any] = {"int": int, "float": (int, float), "str": str, "bool": bool}
_WORDS: Mapping[str, str] = {
    "int": "an integer",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "None": "null",
}
#: Parameters that take a list of models, annotated or not, where elsewhere a list is a pipeline.
LISTS = frozenset({"models", "metrics"})


def parameters_of(kind: type) -> Mapping[str, Parameter]:
    """Return the parameters of a class's constructor by name; none where it cannot be read."""
    try:
        return inspect.signature(kind).parameters
    except ValueError:  # made in C
        return {}


def takes_any(parameters: Iterable[Parameter]) -> bool:
    """Return whether a constructor takes keywords that it does not name."""
    return any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters)


def is_required(parameter: Parameter) -> bool:
    """Return whether the constructor fails without it."""
    variadic = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return parameter.default is Parameter.empty and not variadic


def takes_list(parameter: Parameter | None) -> bool:
    """Return whether a list given to ``parameter`` is a list, and not the steps of a pipeline."""
    if parameter is None:
        return False
    annotation = str(parameter.annotation)
    return parameter.name in LISTS or annotation.startswith(("list", "Sequence", "typing.Sequence"))


def mismatch(node: Node, parameter: Parameter | None) -> str:
    """Return what is wrong with a scalar given to ``parameter``, or "".

    Goes by the annotation where that names plain types only, else by a number given as default:
    River's constructors store what they get, and fail hours later.
    """
    if parameter is None or not isinstance(node, Scalar):
        return ""
    names = [name.strip() for name in _annotation(parameter).split("|")]
    kinds = [_SCALARS[name] for name in names if name in _SCALARS]
    if not kinds or not {*names} <= {*_SCALARS, "None"} or _is_any(node, kinds, names):
        return ""
    words = " or ".join(_WORDS[name] for name in names)
    return f"expected {words}, got {describe(node)}"


def _annotation(parameter: Parameter) -> str:
    annotation, default = parameter.annotation, parameter.default
    if annotation is not Parameter.empty:
        return annotation.__name__ if isinstance(annotation, type) else str(annotation)
    plain_number = isinstance(default, int | float) and not isinstance(default, bool)
    return "float" if plain_number else "bool" if isinstance(default, bool) else ""


def _is_any(node: Scalar, kinds: list[Any], names: list[str]) -> bool:
    value = node.value
    if value is None:
        return "None" in names
    if isinstance(value, bool):
        return bool in kinds
    return any(isinstance(value, kind) for kind in kinds)
