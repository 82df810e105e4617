"""What the types of a dataclass say about its section, for reading, checking and describing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from lrcontrol.secret import Secret
from lrcontrol.units import Unit


class Pattern(NamedTuple):
    """What a text must look like; put into ``Annotated[str, ...]``."""

    regex: str
    words: str


#: A single value's type in words.
WORDS: Mapping[Any, str] = {
    int: "an integer",
    float: "a number",
    str: "text",
    bool: "true or false",
    Secret: "text",
}


class Hint(NamedTuple):
    """A field's type taken apart: ``bare`` without its annotations, which are ``extras``."""

    bare: Any
    extras: tuple[Any, ...] = ()

    @property
    def unit(self) -> Unit | None:
        """The unit its values are written with, if any."""
        return next((extra for extra in self.extras if isinstance(extra, Unit)), None)

    @property
    def origin(self) -> Any:
        """The generic type behind ``list[str]``, else the type itself."""
        return get_origin(self.bare) or self.bare

    @property
    def args(self) -> tuple[Any, ...]:
        """What a generic type is of."""
        return get_args(self.bare)

    @property
    def arms(self) -> tuple[Any, ...] | None:
        """The alternatives of a union without None, else None."""
        if self.origin not in (Union, UnionType):
            return None
        return tuple(arm for arm in self.args if arm is not NoneType)

    @property
    def words(self) -> str:
        """What a value must be, in words."""
        return WORDS.get(self.bare) or ("a mapping" if self.origin is dict else "a list")


def taken_apart(hint: Any) -> Hint:
    """Return what a type hint says.

    >>> from lrcontrol.units import Duration
    >>> taken_apart(Duration).bare, taken_apart(Duration).unit.example
    (<class 'float'>, '30s')
    """
    if get_origin(hint) is Annotated:
        bare, *extras = get_args(hint)
        return Hint(bare, tuple(extras))
    return Hint(hint)


@cache
def hints_of(kind: Any) -> Mapping[str, Any]:
    """Return the type of each field of a dataclass that can be given, with its annotations."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind) if field.init}


def default_of(field: Field[Any]) -> Any:
    """Return what a field is when it is left out, MISSING if it cannot be."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def is_required(field: Field[Any]) -> bool:
    """Return whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING
