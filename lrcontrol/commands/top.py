"""The command ``lrcontrol top``: a live view of a running daemon in the terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from lrcontrol.commands.client import Client, Unreachable
from lrcontrol.commands.connected import asks

if TYPE_CHECKING:
    from rich.text import Text

#: Seconds between two frames: the daemon renews its status faster, people do not read faster.
EACH = 1.0
#: Decisions a sparkline is drawn from, those looked at for what moved a rate, and those told.
DRAWN = 1000
LOOKED = 300
TOLD = 8


@click.command()
@click.option("--once", is_flag=True, help="Print one frame and end.")
@click.option("--every", type=click.FloatRange(0.2, 60.0), default=EACH, show_default=True,
              help="Seconds between two frames.")  # fmt: skip
@asks
def top(client: Client, once: bool, every: float) -> None:
    """Watch the daemon: rates on a log scale, losses, skill, who holds what, the last decisions."""
    from rich.console import Console

    console = Console()
    if once or not console.is_terminal:
        console.print(_frame(client, console), soft_wrap=True)
        return
    from rich.live import Live

    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(_frame_or_why(client, console), refresh=True)
                time.sleep(every)
    except KeyboardInterrupt:  # how a person leaves it
        return


def _frame(client: Client, console: Any) -> Text:
    from lrcontrol.commands.frame import frame
    from lrcontrol.decisions.lines import from_json
    from lrcontrol.decisions.sentences import moves

    data = client.get("/api/v1/status")
    made = client.get("/api/v1/decisions", moves="true", limit=LOOKED)["decisions"]
    told = [entry for entry in map(from_json, made) if moves(entry)][-TOLD:]
    drawn = {model["name"]: _decided(client, model["name"]) for model in data["models"]}
    size = (console.width, console.height)
    return frame(data, told, drawn, client.url, size, ascii_only=console.options.ascii_only)


def _decided(client: Client, model: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = client.get("/api/v1/decisions", model=model, limit=DRAWN)[
        "decisions"
    ]
    return found


def _frame_or_why(client: Client, console: Any) -> Text:
    """Return a frame, or why there is none: a daemon that restarts is back in a moment."""
    from rich.text import Text

    try:
        return _frame(client, console)
    except Unreachable as error:
        return Text(f"{error}\n\nTrying again; Ctrl-C ends this.", "bold red")
