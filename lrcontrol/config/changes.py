"""What differs between two configurations, and what of it a running daemon can take over.

The rest needs a restart. A field is live only where the next record is treated as if the daemon had
been started with it; what would leave something as it was made (a model, a source, the width of a
window) is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from lrcontrol.config.convert import FromNode
from lrcontrol.config.hints import Hint, hints_of, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.nodes import join
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_data
from lrcontrol.control.base import Controller, PerRecord

#: What may be swapped between two records; ``*`` stands for any name, and for all beneath.
LIVE = (
    "log.*",
    "http.stall_after",
    "http.hosts",
    "http.tokens.*",
    "checkpoint.cadence.*",
    "checkpoint.retention.*",
    "models.*.horizons.*",
    "models.*.bounds.max_abs",
    "models.*.bounds.max_features",
    "models.*.bounds.max_text",
)
#: The same, of a model whose rate is moved from outside, by one of our own controllers: these keep
#: their state apart from their parameters. One that decides on each record has its parameters in a
#: kernel, or in shadows that were made for them; of one from elsewhere nobody knows.
STEERED = (
    "models.*.period",
    "models.*.limits.*",
    "models.*.controller.*",
    "models.*.divergence.*",
)


class Change(NamedTuple):
    """A field that differs; values as they are written in YAML, secrets masked, None if absent."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {self.moved}"

    @property
    def moved(self) -> str:
        """What it was and is, in words."""
        if self.before == self.after:  # a secret: what it was and is must not be told apart
            return "changed"
        return f"{_shown(self.before)} -> {_shown(self.after)}"


class Changes(NamedTuple):
    """What differs: ``live`` can be swapped between two records, ``cold`` needs a restart."""

    live: tuple[Change, ...] = ()
    cold: tuple[Change, ...] = ()


def changes(before: Settings, after: Settings) -> Changes:
    """Return what differs between two configurations, in the order of the file.

    Defaults are filled in on both sides, so that writing one down is no change; and so is another
    unit for the same duration. A part that appears, goes, or changes its ``type`` is one change.

    >>> from lrcontrol.config import loads
    >>> text = '''
    ... version: 1
    ... sources: {rides: {type: lines}}
    ... models:
    ...   fare:
    ...     pipeline: [{class: linear_model.LinearRegression}]
    ...     period: 64
    ...     controller: {type: pid}
    ... '''
    >>> before = loads(text).settings
    >>> print(*changes(before, loads(text, ["models.fare.period=32"]).settings).live)
    models.fare.period: 64 -> 32
    >>> print(*changes(before, loads(text, ["models.fare.controller.type=auto"]).settings).cold)
    models.fare.controller.type: pid -> auto
    """
    found = list(_differing(_held(before, after), _held(after, before), Settings, ""))
    lively = {change.path for change in found if is_live(change.path, before, after)}
    return Changes(
        tuple(change for change in found if change.path in lively),
        tuple(change for change in found if change.path not in lively),
    )


def is_live(path: str, before: Settings, after: Settings) -> bool:
    """Return whether a field can go from ``before`` to ``after`` without a restart."""
    if path.endswith(".type"):  # another component altogether
        return False
    if any(fnmatchcase(path, pattern) for pattern in LIVE):
        return True
    steered = any(fnmatchcase(path, pattern) for pattern in STEERED)
    return steered and all(_steered(_model(path, each)) for each in (before, after))


def _model(path: str, settings: Settings) -> ModelSettings | None:
    return settings.models.get(path.split(".")[1])


def _steered(model: ModelSettings | None) -> bool:
    return model is not None and own_law(model.controller)


def own_law(controller: Controller[Any]) -> bool:
    """Return whether ``controller`` decides once a period, and is ours with all that it wraps.

    >>> from lrcontrol.control import PID, Auto, Warmup
    >>> own_law(PID()), own_law(Warmup(PID())), own_law(Auto())
    (True, True, False)
    """
    ours = type(controller).__module__.startswith("lrcontrol.control.")
    if isinstance(controller, PerRecord) or not ours:
        return False
    hints = hints_of(type(controller))
    inner = [getattr(controller, name) for name, hint in hints.items() if _is_kind(hint)]
    return all(map(own_law, inner))


def _is_kind(hint: Any) -> bool:
    return taken_apart(hint).origin in KINDS


def _held(settings: Settings, other: Settings) -> Settings:
    """Return the settings with the limits in force where only the other side gives some."""

    def held(name: str, model: ModelSettings) -> ModelSettings:
        facing = other.models.get(name)
        given = facing is not None and facing.limits is not None
        return replace(model, limits=model.held) if given else model

    return replace(settings, models={name: held(name, m) for name, m in settings.models.items()})


def _differing(before: Any, after: Any, hint: Any, path: str) -> Iterator[Change]:
    if before == after:
        return
    apart = taken_apart(hint)
    if apart.origin is dict:
        yield from _named(before, after, apart, path)
    elif type(before) is type(after) and is_dataclass(before) and not isinstance(before, FromNode):
        kind: Any = type(before)
        for name, inner in hints_of(kind).items():
            held = getattr(before, name), getattr(after, name)
            yield from _differing(*held, inner, join(path, name))
    elif apart.origin in KINDS:
        name_of = KINDS[apart.origin].name_of
        yield Change(join(path, "type"), name_of(before), name_of(after))
    else:
        yield Change(path, as_data(before, hint), as_data(after, hint))


def _named(
    before: Mapping[str, Any], after: Mapping[str, Any], apart: Hint, path: str
) -> Iterator[Change]:
    for name in {**before, **after}:
        inner = join(path, name)
        if name in before and name in after:
            yield from _differing(before[name], after[name], apart.args[1], inner)
        else:
            was = as_data(before[name], apart.args[1]) if name in before else None
            now = as_data(after[name], apart.args[1]) if name in after else None
            yield Change(inner, was, now)


#: Characters of a value that are shown: a whole source that goes would fill the screen.
SHOWN = 60


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        text = f"{{type: {value['type']}, ...}}" if "type" in value else "{...}"
    else:
        text = "null" if value is None else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
