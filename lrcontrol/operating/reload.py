"""A configuration taken over by a running daemon: all of it, or nothing and why.

``plan`` reads and compares and touches nothing, so any thread may call it; ``apply`` carries out
what was planned, and belongs to the learning thread, between two blocks.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from lrcontrol import log
from lrcontrol.config.changes import Change, Changes, changes
from lrcontrol.config.checkpoint import Checkpoints
from lrcontrol.config.load import settle, tree
from lrcontrol.config.nodes import Node
from lrcontrol.config.problems import ConfigError, Problem
from lrcontrol.config.salvage import mark_at, salvage
from lrcontrol.config.settings import Settings
from lrcontrol.loop import Loop
from lrcontrol.operating.retune import retune


class Plan(NamedTuple):
    """A configuration that can be taken over: whole, what in it is new, and what is odd in it."""

    settings: Settings
    changes: Changes
    warnings: tuple[Problem, ...] = ()


class Keeps(Protocol):
    """Whatever writes the checkpoints."""

    def retune(self, checkpoints: Checkpoints) -> None:
        """Go on with another cadence and retention."""
        ...


class Parts(NamedTuple):
    """What runs and holds something of its section: the loops by model, and what keeps them."""

    loops: Mapping[str, Loop]
    kept: Keeps | None = None


def plan(
    path: Path | str,
    overrides: Sequence[str],
    current: Settings,
    environ: Mapping[str, str] = os.environ,
    *,
    stdin: bool = False,
) -> Plan:
    """Return what a file would change in a daemon that runs with ``current``.

    ``overrides`` and ``stdin`` are those that the daemon was started with. Raises ConfigError with
    everything that speaks against it: each mistake that ``lrcontrol validate`` finds, and each
    field that differs and needs a restart. It shows no lines of the file: it goes into logs and to
    clients, and beside a mistake there may stand a secret.
    """
    try:
        root = tree(path, overrides, stdin)
    except ConfigError as error:
        raise ConfigError([*map(_bare, error.problems)]) from None
    try:
        settings, warnings = settle(root, environ, environment=True)
    except ConfigError as error:
        rest = salvage(root, error.problems, current, environ)
        cold = changes(current, rest).cold if rest else ()
        bad = {problem.path for problem in error.problems}
        more = [_refusal(root, change) for change in cold if not _within(change.path, bad)]
        raise ConfigError([*map(_bare, error.problems), *more]) from None
    found = changes(current, settings)
    if found.cold:
        raise ConfigError([_refusal(root, change) for change in found.cold])
    return Plan(settings, found, warnings)


def _within(path: str, bad: set[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in bad)


def _refusal(root: Node, change: Change) -> Problem:
    file, line, column, _ = mark_at(root, change.path)
    return Problem(file, line, column, change.path, f"needs a restart ({change.moved})")


def _bare(problem: Problem) -> Problem:
    return problem._replace(source="")


def apply(planned: Plan, parts: Parts) -> None:
    """Let everything that runs go on with what was planned, from the next record.

    Nothing in it can fail halfway: what could was tried by ``plan``. The server asks for the
    settings with each request, so that handing these out from now on is all it needs.
    """
    settings = planned.settings
    paths = [change.path for change in planned.changes.live]
    if _touched(paths, "log"):
        log.configure(settings.log.level, settings.log.format)
    if _touched(paths, "checkpoint") and parts.kept is not None:
        parts.kept.retune(settings.checkpoint)
    for name, loop in parts.loops.items():
        if _touched(paths, f"models.{name}"):
            retune(loop, settings.models[name])


def _touched(paths: Sequence[str], section: str) -> bool:
    return any(path.startswith(f"{section}.") for path in paths)
