"""Commands about a configuration: validate, show, compare, begin one, and its schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from lrcontrol.commands.config_diff import diff
from lrcontrol.commands.loading import BAD_CONFIG, loaded, overridden
from lrcontrol.config import (
    as_yaml,
    effective,
    json_schema,
    starter,
    validate,
)

_config = click.argument("config", type=click.Path(path_type=Path))


@click.command("validate")
@_config
@overridden
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


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of the configuration, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


@click.command()
@click.option("--source", default="dataset", help="Type of the source.", show_default=True)
@click.option("--task", default="binary", help="What is predicted.", show_default=True)
def init(source: str, task: str) -> None:
    """Print a commented configuration to start from."""
    try:
        click.echo(starter(source, task), nl=False)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@click.group("config")
def config_() -> None:
    """Look at a configuration."""


@config_.command("show")
@_config
@overridden
def show(config: Path, overrides: Sequence[str]) -> None:
    """Print the effective CONFIG: defaults filled in, environment put in, secrets masked."""
    click.echo(as_yaml(effective(loaded(config, overrides))), nl=False)


config_.add_command(diff)
