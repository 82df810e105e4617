"""Say what differs between two configurations, and what of it a reload would take over."""

from __future__ import annotations

from pathlib import Path

import click

from lrcontrol.commands.loading import loaded
from lrcontrol.config.changes import changes

_file = click.Path(path_type=Path)


@click.command("diff")
@click.argument("before", type=_file)
@click.argument("after", type=_file)
def diff(before: Path, after: Path) -> None:
    """Print what AFTER changes in BEFORE: defaults filled in, secrets masked.

    Marked is what a running daemon cannot take over; one such field refuses the whole reload.
    """
    found = changes(loaded(before), loaded(after))
    for change in found.live:
        click.echo(str(change))
    for change in found.cold:
        click.echo(f"{change}  (needs a restart)")
    if not (found.live or found.cold):
        click.echo("no difference", err=True)
