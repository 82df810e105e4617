"""What of a configuration a checkpoint belongs to: its models and sources, each by a digest.

The rest (http, log, checkpoint, a source's speed, all that a reload can change) may change between
two runs. Only what differs from its default counts, so that a later version with one more key still
knows its checkpoints.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from lrcontrol.config.changes import is_live
from lrcontrol.config.convert import FromNode
from lrcontrol.config.hints import hints_of, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.nodes import join
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_data
from lrcontrol.config.sources import SourceSettings

#: Keys that change how fast records come, or what to do where some are gone, but not which.
FREE = frozenset(["speed", "gap"])


def identity(settings: Settings) -> dict[str, str]:
    """Return a digest of each model and source, by ``models.<name>`` and ``sources.<name>``.

    Secrets are left out: a password may change.
    """
    sections: list[tuple[str, Any, Any]] = [
        *((f"models.{name}", model, ModelSettings) for name, model in settings.models.items()),
        *((f"sources.{name}", s, SourceSettings) for name, s in settings.sources.items()),
    ]

    def free(path: str) -> bool:
        return is_live(path, settings, settings)

    return {name: _digest(_told(section, hint, name, free)) for name, section, hint in sections}


def _told(value: Any, hint: Any, path: str, free: Callable[[str], bool]) -> Any:
    """Return what of a value is not its default, as data."""
    if not is_dataclass(value) or isinstance(value, FromNode):
        return as_data(value, hint)
    origin = taken_apart(hint).origin
    told = {"type": KINDS[origin].name_of(value)} if origin in KINDS else {}
    hints = hints_of(type(value))  # type: ignore[arg-type]
    for field in fields(value):
        held, where = getattr(value, field.name), join(path, field.name)
        if held == _default(field) or field.name in FREE or free(where):
            continue
        inner = _told(held, hints[field.name], where, free)
        if inner != {}:  # all that differs in it is free
            told[field.name] = inner
    return told


def _default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _digest(told: Any) -> str:
    text = json.dumps(told, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
