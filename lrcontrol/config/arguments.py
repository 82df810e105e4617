"""Constructor arguments against a class's signature: which there are, and of what type."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

#: Parameters that take a list of models, annotated or not, where elsewhere a list is a pipeline.
LISTS = frozenset({"models", "metrics"})
_WORDS: Mapping[Any, str] = {
    int: "an integer",
    float: "a number",
    str: "text",
    bool: "true or false",
    NoneType: "null",
    Callable: "a function (which YAML has not)",
}


@cache
def parameters_of(kind: Any) -> Mapping[str, Parameter]:
    """Return the parameters of a class's constructor by name, annotated with what they mean.

    None where the constructor cannot be read; annotations that cannot be resolved are left out.
    """
    try:
        parameters = inspect.signature(kind).parameters
    except ValueError:  # made in C
        return {}
    try:
        hints = get_type_hints(kind.__init__)
    except (NameError, AttributeError, TypeError):  # names that exist for type checkers only
        hints = {}
    return {
        name: parameter.replace(annotation=hints.get(name, _guessed(parameter)))
        for name, parameter in parameters.items()
    }


def _guessed(parameter: Parameter) -> Any:
    """Return what a parameter without an annotation takes, where its default tells."""
    if isinstance(parameter.default, bool):
        return bool
    return float | None if isinstance(parameter.default, int | float) else Any


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
    return parameter.name in LISTS or any(_is_many(arm) for arm in _arms(parameter.annotation))


def as_taken(value: Any, parameter: Parameter | None) -> Any:
    """Return ``value``, a list as the tuple or set that ``parameter`` asks for."""
    if parameter is None or not isinstance(value, list):
        return value
    origins = [get_origin(arm) or arm for arm in _arms(parameter.annotation)]
    kind = next((each for each in (list, tuple, set) if each in origins), list)
    return kind(value)


def misfit(value: Any, parameter: Parameter | None) -> str:
    """Return what ``parameter`` takes, in words, if ``value`` is none of it, else "".

    River's constructors store what they get and fail hours later, so it is looked at here.
    """
    arms = () if parameter is None else _arms(parameter.annotation)
    if not arms or any(_fits(value, arm) for arm in arms):
        return ""
    return f"expected {' or '.join(dict.fromkeys(map(_word, arms)))}"


def _arms(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _is_many(hint: Any) -> bool:
    kind = get_origin(hint) or hint
    return _can_tell(kind) and kind is not object and issubclass(list, kind)


def _can_tell(kind: Any) -> bool:
    """Return whether ``isinstance`` says it: not with Any, type variables and protocols.

    Nor with Iterator, which River says where it means any iterable.
    """
    told = isinstance(kind, type) and kind not in (Any, Iterator)
    return told and not getattr(kind, "_is_protocol", False)


def _fits(value: Any, hint: Any) -> bool:
    kind = get_origin(hint) or hint
    if not _can_tell(kind):
        return True
    if isinstance(value, bool) and kind in (int, float):
        return False
    return isinstance(value, int | float if kind is float else kind)


def _word(hint: Any) -> str:
    kind = get_origin(hint) or hint
    return _WORDS.get(kind) or f"a {getattr(kind, '__name__', kind)}"
