"""What a decision rests on beside its reading: the controller, where its state stood, the limits.

Written into the decision log as plain data, so that a file alone is enough to take the same
decisions again, by another process and much later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields, is_dataclass
from importlib import import_module
from math import inf, isfinite, nan
from typing import Any, NamedTuple, get_type_hints

import msgspec

from lrcontrol.control import CONTROLLERS
from lrcontrol.control.base import Controller, PerRecord
from lrcontrol.control.limits import Limits

#: What JSON has no numbers for, by the names that ``str`` gives them.
NONFINITE: Mapping[str, float] = {"nan": nan, "inf": inf, "-inf": -inf}


class Underivable(Exception):
    """A controller cannot be made again from the log; the message says why and what to do."""


class Basis(NamedTuple):
    """What one model's decisions rest on at a place of the log, after all decisions before it.

    ``state`` is the controller's, None for one that decides on each record: its state is its
    learner's, and no file of decisions holds that.
    """

    controller: Controller[Any]
    limits: Limits
    initial_rate: float
    period: int
    rate: float  # in force
    step: int = 0
    state: Any = None

    @property
    def derivable(self) -> bool:
        """Whether the controller decides from readings, so that they are enough to decide again."""
        return not isinstance(self.controller, PerRecord)


def basis_of(loop: Any, initial_rate: float) -> Basis:
    """Return what the next decision of a ``Loop`` rests on."""
    controller, learner = loop.controller, loop.learner
    timed = getattr(controller, "_controller", controller)  # the daemon keeps a watch around it
    each = isinstance(timed, PerRecord)
    state = None if each else getattr(learner, "_state", None)
    given = (loop.limits, initial_rate, loop.period, learner.rate, loop.tally.steps)
    return Basis(timed, *given, state)


class Written(msgspec.Struct, omit_defaults=True):
    """A basis in the log: ``controller`` with its ``type`` and parameters, ``state`` as lists."""

    controller: dict[str, Any]
    limits: dict[str, Any]
    initial_rate: float
    period: int
    rate: float | str
    step: int = 0
    state: Any = None


def written(basis: Basis) -> Written:
    """Return a basis as it is written.

    A state of a kind that JSON cannot hold (of a controller of your own) is left out; its decisions
    are then taken as told.

    >>> from lrcontrol.control import PID
    >>> basis = Basis(PID(kp=1.0), Limits(), 0.01, 64, 0.02, 640, PID().init(0.01)[1])
    >>> written(basis).controller["type"], written(basis).state
    ('pid', [0.0, 0.0])
    """
    try:
        controller, state = described(basis.controller), flat(msgspec.to_builtins(basis.state))
    except TypeError:
        controller, state = {"type": _kind(basis.controller), "unwritten": True}, None
    limits, rate = asdict(basis.limits), flat(basis.rate)
    return Written(controller, limits, basis.initial_rate, basis.period, rate, basis.step, state)


def rebuilt(data: Written, allow: Collection[str] = ()) -> Basis:
    """Return the basis that was written.

    Raises Underivable for a controller of a module that ``allow`` does not name: to import is to
    run, and a log is data.
    """
    controller = _made(data.controller, allow)
    rate = number(data.rate)
    state: Any = None
    try:
        if not isinstance(controller, PerRecord):
            state = _revived(data.state, controller.init(data.initial_rate)[1])
        limits = msgspec.convert(data.limits, Limits)
    except (msgspec.ValidationError, ValueError) as error:
        raise Underivable(f"its state or limits are not what this version has: {error}") from None
    return Basis(controller, limits, data.initial_rate, data.period, rate, data.step, state)


def described(component: Any) -> dict[str, Any]:
    """Return a controller as data: its type as in the configuration, and its parameters."""
    given: dict[str, Any] = {"type": _kind(component)}
    if is_dataclass(component):
        for field in fields(component):
            value = getattr(component, field.name)
            nested = is_dataclass(value) and hasattr(value, "update")
            given[field.name] = described(value) if nested else msgspec.to_builtins(value)
    return given


def _kind(component: Any) -> str:
    kind = type(component)
    own = f"{kind.__module__}:{kind.__qualname__}"
    return next((name for name, known in CONTROLLERS.items() if known is kind), own)


def _made(data: Mapping[str, Any], allow: Collection[str]) -> Controller[Any]:
    name = str(data.get("type"))
    if data.get("unwritten"):
        raise Underivable(f"what {name} holds cannot be written as JSON")
    kind = CONTROLLERS.get(name) or _imported(name, allow)
    try:
        hints = get_type_hints(kind)
        given = {
            key: _made(value, allow)
            if isinstance(value, dict) and "type" in value
            else msgspec.convert(value, hints[key])
            for key, value in data.items()
            if key != "type"
        }
        return kind(**given)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise Underivable(f"this version has no such {name}: {error}") from None


def _imported(name: str, allow: Collection[str]) -> type[Controller[Any]]:
    module, _, attribute = name.partition(":")
    if module not in allow:
        raise Underivable(f"{name} is your own; give --allow {module} to import it")
    try:
        found: type[Controller[Any]] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise Underivable(f"{name} cannot be imported: {error}") from None
    return found


def flat(value: Any) -> Any:
    """Return plain data with what JSON has no numbers for as texts: ``nan``, ``inf``, ``-inf``."""
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [flat(item) for item in value]
    return value


def number(value: float | str) -> float:
    """Return a number that may have been written as a text."""
    return NONFINITE[value] if isinstance(value, str) else value


def _revived(data: Any, like: Any) -> Any:
    """Return a state of the type of ``like``; a field that may be anything, as ``like`` has it."""
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        kind: Any = type(like)
        hints = get_type_hints(kind)
        pairs = zip(kind._fields, data, like, strict=True)
        return kind(*(_revived(d, x) if hints[f] is Any else _typed(d, hints[f])
                      for f, d, x in pairs))  # fmt: skip
    return _typed(data, type(like))


def _typed(data: Any, hint: Any) -> Any:
    # Not strict: "nan" for a number is then one.
    return msgspec.convert(data, hint, strict=False)
