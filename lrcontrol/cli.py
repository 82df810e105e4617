"""The command line: to run a daemon, to look at its files, and to talk to one that runs."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from lrcontrol._version import __version__

#: Where each command is. Imported when it is called: a health check, run every half minute beside
#: the daemon, should not import what reads configurations.
COMMANDS = {
    "run": "run:run",
    "validate": "configuration:validate_",
    "schema": "configuration:schema",
    "init": "configuration:init",
    "config": "configuration:config_",
    "backtest": "backtest:backtest",
    "checkpoint": "checkpoint:checkpoint",
    "dlq": "dlq:dlq",
    "status": "status:status",
    "explain": "explain:explain",
    "top": "top:top",
    "hold": "operate:hold",
    "set-rate": "operate:set_rate",
    "resume": "operate:resume",
    "rollback": "operate:rollback",
    "reload": "operate:reload",
    "mend": "operate:mend",
    "replay": "replay:replay",
}


class Wings(click.Group):
    """A group whose commands stay where they are until they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"lrcontrol.commands.{module}"), name)
        return command


@click.group(cls=Wings, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Online learning in production: River models whose learning rate is a controlled gain."""
    if context.obj is not None and context.invoked_subcommand != "run":
        context.obj.let_hang_up()


@cli.command()
def version() -> None:
    """Print the versions of lrcontrol, River and Python."""
    from importlib.metadata import version as installed

    python = ".".join(map(str, sys.version_info[:3]))
    click.echo(f"lrcontrol {__version__} (River {installed('river')}, Python {python})")
