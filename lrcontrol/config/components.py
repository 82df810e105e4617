"""How a ``type:`` is found: our tables, then installed entry points, then ``module:Name``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, metadata
from typing import Any

from lrcontrol.config.problems import nearest


class NotFound(LookupError):
    """Nothing usable has that name; ``hint`` says what was likely meant or what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Kind:
    """A kind of component that a ``type:`` chooses from.

    Parameters
    ----------
    name
        What one of them is called in messages: "controller".
    table
        Our own, name -> class or "module:Name", imported on use.
    group
        Entry-point group in which other packages offer theirs.
    """

    name: str
    table: Mapping[str, type | str]
    group: str

    @cached_property
    def _offered(self) -> Mapping[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.group)}

    def names(self) -> list[str]:
        """Return every name there is, ours first."""
        return [*self.table, *(name for name in self._offered if name not in self.table)]

    def find(self, name: str, allow: Iterable[str] = ()) -> type:
        """Return the dataclass that ``name`` stands for, importing it.

        ``module:Name`` is imported only where ``allow`` holds the module or a package it is in.
        Raises NotFound: unknown, not importable (naming the extra to install), or no dataclass.
        """
        known = self.table.get(name) or self._offered.get(name)
        if known is None and ":" not in name:
            hint = nearest(name, self.names()) or f"one of {', '.join(self.names())}"
            raise NotFound(f"unknown {self.name} {name!r}", hint)
        if known is None and not allowed(name.partition(":")[0], allow):
            raise NotFound(f"module of {name!r} is not allowed", "add it under allow:")
        found = self._load(name, known or name)
        if not (isinstance(found, type) and is_dataclass(found)):
            raise NotFound(f"{name!r} is not a dataclass, so it cannot be a {self.name}")
        return found

    def _load(self, name: str, known: type | str | EntryPoint) -> Any:
        if isinstance(known, type):
            return known
        value = known if isinstance(known, str) else known.value
        module, _, attribute = value.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except ImportError as error:
            raise NotFound(
                f"{self.name} {name!r} cannot be imported: {error}", _extra(name)
            ) from None
        except AttributeError:
            raise NotFound(f"module {module} has no {attribute!r}") from None

    def name_of(self, component: object) -> str:
        """Return the name that a component's class goes by in the configuration.

        For one that nobody offers that is ``module:Name``.
        """
        kind = type(component)
        own = f"{kind.__module__}:{kind.__qualname__}"
        offered = {name: point.value for name, point in self._offered.items()}
        known = {**offered, **self.table}
        same = [name for name in self.names() if known[name] in (kind, own)]
        # Only then by importing each: it may be named through a package that re-exports it.
        return next(iter(same), "") or next((n for n in self.names() if self._is(n, kind)), own)

    def _is(self, name: str, kind: type) -> bool:
        try:
            return self.find(name) is kind
        except NotFound:
            return False


def allowed(module: str, allow: Iterable[str]) -> bool:
    """Return whether ``module`` is one of the prefixes ``allow`` or inside one.

    >>> allowed("mypackage.models", ["mypackage"]), allowed("mypackages", ["mypackage"])
    (True, False)
    """
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in allow)


def _extra(name: str) -> str:
    # An extra is called as the component that needs it, so no second table has to agree with it.
    try:
        extras = metadata("lrcontrol").get_all("Provides-Extra") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""
    return f"pip install 'lrcontrol[{name}]'" if name in extras else ""
