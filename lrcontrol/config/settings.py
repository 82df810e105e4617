"""The whole configuration as plain frozen dataclasses: what a YAML file is turned into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from lrcontrol.checks import check
from lrcontrol.config.checkpoint import Checkpoints
from lrcontrol.config.deadletters import DeadLetterSettings
from lrcontrol.config.decisions import Decisions
from lrcontrol.config.hints import Pattern
from lrcontrol.config.http import Http
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.sources import SourceSettings

#: Most models, and most sources, in one daemon: each model has about ten metric series, and 500 in
#: all is what is promised to Prometheus.
MOST = 50
LONGEST_NAME = 64

#: Names become metric labels and parts of paths.
Name = Annotated[
    str,
    Pattern(
        rf"[A-Za-z][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}",
        f"a name of up to {LONGEST_NAME} letters, digits, - and _",
    ),
]
Prefix = Annotated[str, Pattern(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", "the name of a module or package")]


@dataclass(frozen=True)
class Log:
    """The daemon's log, on standard error.

    Parameters
    ----------
    level
        Least severity that is logged.
    format
        json for machines, console for people; auto is console on a terminal.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


@dataclass(frozen=True)
class Settings:
    """Everything the daemon is told.

    Parameters
    ----------
    version
        Version of this file's format.
    allow
        Your own modules and packages that class:, factory: and type: may import from.
    sources
        Where records come from, by name.
    models
        What learns from them, by name.
    checkpoint
        What is kept for a restart.
    dead_letters
        What becomes of messages that cannot be learned.
    decisions
        The log of every decision.
    http
        Metrics and health.
    log
        What is logged, and how.
    """

    version: Literal[1]
    sources: dict[Name, SourceSettings]
    models: dict[Name, ModelSettings]
    allow: tuple[Prefix, ...] = ()
    checkpoint: Checkpoints = field(default_factory=Checkpoints)
    dead_letters: DeadLetterSettings = field(default_factory=DeadLetterSettings)
    decisions: Decisions = field(default_factory=Decisions)
    http: Http = field(default_factory=Http)
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        check(
            self,
            ("sources", not self.sources, "needs at least one source"),
            ("sources", len(self.sources) > MOST, f"more than {MOST} sources"),
            ("models", not self.models, "needs at least one model"),
            ("models", len(self.models) > MOST, f"more than {MOST} models"),
        )
