"""Reading the configuration again while the daemon runs, and what came of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from lrcontrol.config import ConfigError, as_yaml, effective
from lrcontrol.config.settings import Settings
from lrcontrol.operating.notify import Notifier
from lrcontrol.operating.reload import Parts, apply, plan
from lrcontrol.status import ReloadStatus


class Origin(NamedTuple):
    """Where a configuration was read from, and with what on the command line."""

    path: Path
    overrides: Sequence[str] = ()
    stdin: bool = False


class Reloading:
    """Takes over a configuration that has changed: all of it between two records, or nothing.

    For the learning thread. ``settings`` are those in force; ``notifier`` hears when it begins and
    when it is over, whatever came of it.
    """

    def __init__(self, settings: Settings, origin: Origin | None, notifier: Notifier) -> None:
        self.settings = settings
        self.status = ReloadStatus(at=time.time())
        self.hash = fingerprint(settings)
        self._origin = origin
        self._notifier = notifier
        self._log = structlog.get_logger("lrcontrol")

    def reload(self, parts: Parts) -> str:
        """Read it again; return what changed in words.

        Raises ValueError with everything that speaks against it; then nothing has changed.
        """
        status = self.status
        self._notifier.reloading()
        try:
            said = self._taken(parts)
        except ValueError as error:
            self.status = status._replace(well=False, times=status.times + 1, problem=str(error))
            self._log.error("configuration refused, nothing changed", why=str(error))
            raise
        finally:
            self._notifier.ready()
        self.status = ReloadStatus(True, time.time(), status.times + 1)
        self._log.info("configuration taken over", changes=said)
        return said

    def _taken(self, parts: Parts) -> str:
        if self._origin is None:
            raise ValueError("this daemon was not started from a file")
        try:
            planned = plan(*self._origin[:2], self.settings, stdin=self._origin.stdin)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        apply(planned, parts)
        self.settings = planned.settings
        self.hash = fingerprint(planned.settings)
        return "; ".join(map(str, planned.changes.live)) or "nothing has changed"


def fingerprint(settings: Settings) -> str:
    """Return a short hash of the effective configuration, secrets masked, for the metrics."""
    return hashlib.sha256(as_yaml(effective(settings)).encode()).hexdigest()[:12]
