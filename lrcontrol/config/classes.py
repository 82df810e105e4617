"""The class that a ``class:`` names: one of River's, or one under a configured prefix."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from lrcontrol.config.components import NotFound, allowed
from lrcontrol.config.problems import closest, nearest

ALLOW = "a class of your own: add its package under allow:"
_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", re.ASCII)


def find_class(name: str, allow: Iterable[str] = ()) -> type:
    """Return the class called ``name``: within ``river``, or in full under a prefix of ``allow``.

    Only classes made to be used in a River model: public, not abstract and, where they are River's,
    derived from ``river.base.Base`` (estimators, optimizers, losses, metrics, drift detectors).
    Raises NotFound. Imports River, which takes seconds the first time.

    >>> find_class("linear_model.LinearRegression").__name__
    'LinearRegression'
    >>> find_class("linear_model.LinearRegresion")
    Traceback (most recent call last):
    ...
    lrcontrol.config.components.NotFound: river.linear_model has no 'LinearRegresion'
    """
    problem = written_wrong(name)
    if problem:
        raise NotFound(problem, _meant(name))
    module_name, _, class_name = name.rpartition(".")
    own = allowed(module_name, allow)
    module = _module(module_name if own else f"river.{module_name.removeprefix('river.')}", name)
    found = getattr(module, class_name, None)
    if found is None:
        raise NotFound(f"{module.__name__} has no {class_name!r}", _meant(name))
    return _usable(found, name, allow)


def written_wrong(name: str) -> str:
    """Return what is wrong with a class name as such, before anything is imported, or ""."""
    if any(part.startswith("_") for part in name.split(".")):
        return f"{name!r} is private"
    if not _NAME.fullmatch(name):
        return f"expected module.Name, such as linear_model.LinearRegression, got {name!r:.60}"
    return ""


def _module(module: str, name: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise NotFound(f"there is no module {module}", _meant(name) or ALLOW) from None
        raise NotFound(f"{module} needs the package {error.name}") from None
    except Exception as error:  # the module is the user's own code, so anything can be raised
        raise NotFound(f"importing {module} failed: {type(error).__name__}: {error}") from error


def _usable(found: Any, name: str, allow: Iterable[str]) -> type:
    from river import base

    if not isinstance(found, type):
        raise NotFound(f"{name!r} is no class", _meant(name))
    # By where it is defined: an allowed module may have imported anything.
    if not issubclass(found, base.Base) and not allowed(found.__module__, allow):
        raise NotFound(f"{name!r} is not something a model is made of")
    if inspect.isabstract(found):
        raise NotFound(f"{name!r} is abstract: name one of its kinds")
    return found


def _meant(name: str) -> str:
    last = name.rpartition(".")[2].lower()
    same = [path for path in _public() if path.rpartition(".")[2].lower() == last]
    if same and name not in same:
        return f"did you mean {same[0]}?"
    near = nearest(name, _public())
    if near or "." in name:
        return near
    ends = {path.rpartition(".")[2]: path for path in _public()}
    close = closest(name, ends)
    return f"did you mean {ends[close]}?" if close else ""


@cache
def _public() -> Mapping[str, type]:
    """Return what River offers by the names used here; imports all of it, for messages only."""
    from river import api, base

    found: dict[str, type] = {}
    for top in filter(inspect.ismodule, vars(api).values()):
        inner = [getattr(top, name, None) for name in getattr(top, "__all__", [])]
        for module in [top, *filter(inspect.ismodule, inner)]:
            prefix = module.__name__.removeprefix("river.")
            for name in getattr(module, "__all__", []):
                value = getattr(module, name, None)
                if isinstance(value, type) and issubclass(value, base.Base):
                    found.setdefault(f"{prefix}.{name}", value)
    return found
