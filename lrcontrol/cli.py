"""The command line: to run a daemon, to look at its files, and to talk to one that runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from lrcontrol._version import __version__
from lrcontrol.commands.backtest import backtest
from lrcontrol.commands.checkpoint import checkpoint
from lrcontrol.commands.config_diff import diff
from lrcontrol.commands.dlq import dlq
from lrcontrol.commands.operate import COMMANDS, now
from lrcontrol.config import (
    ConfigError,
    Settings,
    as_yaml,
    effective,
    json_schema,
    load,
    starter,
    validate,
)
from lrcontrol.signals import Stop

#: Exit codes: 0 done or stopped, 1 failed while running, 2 wrong usage (click's), and of sysexits'
#: those on which a supervisor should not try again: EX_DATAERR where no checkpoint can be used,
#: EX_CANTCREAT where another daemon has the folder, EX_CONFIG.
FAILED = 1
NO_CHECKPOINT = 65
LOCKED = 73
BAD_CONFIG = 78

QUICK_START = Path(__file__).with_name("quickstart.yaml")

_overrides = click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Set a key of the file."
)
_config = click.argument("config", type=click.Path(path_type=Path))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Online learning in production: River models whose learning rate is a controlled gain."""
    if context.obj is not None and context.invoked_subcommand != "run":
        context.obj.let_hang_up()


cli.add_command(backtest)
cli.add_command(checkpoint)
cli.add_command(dlq)
for command in COMMANDS:
    cli.add_command(command)
checkpoint.add_command(now)


@cli.command()
@click.argument("config", type=click.Path(path_type=Path), required=False, default=QUICK_START)
@click.option("--once", is_flag=True, help="Stop at the end of the input.")
@click.option("--source", type=click.Choice(["stdin"]), help="Read standard input instead.")
@click.option("--fresh", is_flag=True, help="Give up what was learned, and begin again.")
@_overrides
@click.pass_obj
def run(
    stop: Stop | None,
    config: Path,
    once: bool,
    source: str | None,
    fresh: bool,
    overrides: Sequence[str],
) -> None:
    """Learn what CONFIG describes (without one: the quick start) until stopped."""
    settings = _loaded(config, overrides, stdin=source is not None, environment=True)
    from rich.console import Console
    from structlog import get_logger

    from lrcontrol import log
    from lrcontrol.checkpoint.disk import Locked
    from lrcontrol.checkpoint.keys import KeyUnusable
    from lrcontrol.checkpoint.recovery import NothingUsable
    from lrcontrol.daemon import Daemon
    from lrcontrol.operating.reloading import Origin
    from lrcontrol.progress import Progress
    from lrcontrol.sources.base import SourceFailed
    from lrcontrol.terminal import Live, print_summary

    log.configure(settings.log.level, settings.log.format)
    origin = Origin(config, overrides, source is not None)
    daemon = Daemon(settings, stop or Stop(), once, fresh, origin=origin)
    progress = Progress(get_logger("lrcontrol"), time.monotonic)
    began, failure = time.monotonic(), ""
    try:
        with Live(Console(stderr=True)) as live:
            daemon.run(live.show if live.active else progress.show)
    except ConfigError as error:  # what only building a model can tell
        _refuse(error)
    except (NothingUsable, KeyUnusable) as error:
        _end(error, NO_CHECKPOINT)
    except Locked as error:
        _end(error, LOCKED)
    except (SourceFailed, OSError) as error:
        failure = str(error)
    status = daemon.status()
    if status.models:
        rates = {name: model.initial_rate for name, model in settings.models.items()}
        print_summary(status, Console(), time.monotonic() - began, rates)
    if failure or (daemon.failed and not status.stopping):
        click.echo(f"lrcontrol: {failure or 'a model failed, see above'}", err=True)
        raise SystemExit(FAILED)


@cli.command("validate")
@_config
@_overrides
@click.option("--no-environment", is_flag=True, help="Leave out what only this machine can tell.")
@click.option("--deny-warnings", is_flag=True, help="Fail on warnings too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def validate_(
    config: Path, overrides: Sequence[str], no_environment: bool, deny_warnings: bool, form: str
) -> None:
    """Say everything that is wrong with CONFIG: syntax, schema, topology, environment."""
    problems = validate(config, overrides, environment=not no_environment)
    if form == "json":
        click.echo(json.dumps([problem.as_data() for problem in problems]))
    else:
        click.echo("\n".join(map(str, problems)) or f"{config}: ok", err=bool(problems))
    if any(problem.level == "error" or deny_warnings for problem in problems):
        raise SystemExit(BAD_CONFIG)


@cli.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of the configuration, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


@cli.command()
@click.option("--source", default="dataset", help="Type of the source.", show_default=True)
@click.option("--task", default="binary", help="What is predicted.", show_default=True)
def init(source: str, task: str) -> None:
    """Print a commented configuration to start from."""
    try:
        click.echo(starter(source, task), nl=False)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@cli.group("config")
def config_() -> None:
    """Look at a configuration."""


@config_.command("show")
@_config
@_overrides
def show(config: Path, overrides: Sequence[str]) -> None:
    """Print the effective CONFIG: defaults filled in, environment put in, secrets masked."""
    click.echo(as_yaml(effective(_loaded(config, overrides))), nl=False)


config_.add_command(diff)


@cli.command()
def version() -> None:
    """Print the versions of lrcontrol, River and Python."""
    from importlib.metadata import version as installed

    python = ".".join(map(str, sys.version_info[:3]))
    click.echo(f"lrcontrol {__version__} (River {installed('river')}, Python {python})")


def _loaded(
    config: Path, overrides: Sequence[str], stdin: bool = False, environment: bool = False
) -> Settings:
    try:
        return load(config, overrides, stdin=stdin, environment=environment).settings
    except ConfigError as error:
        _refuse(error)


def _refuse(error: ConfigError) -> NoReturn:
    _end(error, BAD_CONFIG, "")


def _end(error: Exception, code: int, prefix: str = "lrcontrol: ") -> NoReturn:
    click.echo(f"{prefix}{error}", err=True)
    raise SystemExit(code) from None
