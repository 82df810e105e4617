"""Reading the configuration a command is given, or ending with all that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from lrcontrol.config import ConfigError, Settings, load

#: EX_CONFIG of sysexits: a supervisor should not try again.
BAD_CONFIG = 78

overridden = click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Set a key of the file."
)


def loaded(
    config: Path, overrides: Sequence[str] = (), stdin: bool = False, environment: bool = False
) -> Settings:
    """Return the settings of a file; end with 78 and all that is wrong with it."""
    try:
        return load(config, overrides, stdin=stdin, environment=environment).settings
    except ConfigError as error:
        refuse(error)


def refuse(error: ConfigError) -> NoReturn:
    """End with 78 and what is wrong with a configuration."""
    click.echo(str(error), err=True)
    raise SystemExit(BAD_CONFIG) from None
