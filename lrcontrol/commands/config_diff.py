"""Say what differs between two configurations, and what of it a reload would take over."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

#: EX_CONFIG of sysexits, as everywhere.
BAD_CONFIG = 78

_file = click.Path(path_type=Path)


@click.command("diff")
@click.argument("before", type=_file)
@click.argument("after", type=_file)
def diff(before: Path, after: Path) -> None:
    """Print what AFTER changes in BEFORE: defaults filled in, secrets masked.

    Marked is what a running daemon cannot take over; one such field refuses the whole reload.
    """
    from lrcontrol.config import ConfigError, load
    from lrcontrol.config.changes import changes

    try:
        found = changes(load(before).settings, load(after).settings)
    except ConfigError as error:
        _refuse(error)
    for change in found.live:
        click.echo(str(change))
    for change in found.cold:
        click.echo(f"{change}  (needs a restart)")
    if not (found.live or found.cold):
        click.echo("no difference", err=True)


def _refuse(error: Exception) -> NoReturn:
    click.echo(str(error), err=True)
    raise SystemExit(BAD_CONFIG) from None
