"""The command ``lrcontrol status``: the whole daemon in a table, or whether it is healthy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from lrcontrol.commands.client import Client, Unreachable
from lrcontrol.commands.connected import FAILED, asks, end
from lrcontrol.commands.remote import status_of
from lrcontrol.decisions.figures import counted, when
from lrcontrol.status import ModelStatus, Status


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--health", is_flag=True, help="Only say whether it lives: exit code 0 or 1.")
@click.option("--ready", is_flag=True, help="Only say whether it takes records: exit code 0 or 1.")
@asks
def status(client: Client, form: str, health: bool, ready: bool) -> None:
    """Show the daemon: its models, their rates and who holds them, its sources, its checkpoints."""
    if health or ready:
        _probe(client, "/readyz" if ready else "/livez")
        return
    data = client.get("/api/v1/status")
    if form == "json":
        click.echo(json.dumps(data, indent=2))
        return
    from rich.console import Console

    console = Console(soft_wrap=True)
    for line in texts(data, client.url, console.width if console.is_terminal else 0):
        console.print(line)


def _probe(client: Client, path: str) -> None:
    # Not 69 for a daemon that is not there: a container's health check knows 0 and 1 only.
    try:
        well, told = client.text(path)
    except Unreachable as error:
        end(str(error), FAILED)
    click.echo(told, err=not well)
    if not well:
        raise SystemExit(FAILED)


#: Wider than any table: nothing is left out off a terminal.
UNBOUNDED = 10_000


def texts(data: Mapping[str, Any], url: str, room: int = 0) -> list[Any]:
    """Return the lines of the table, at most ``room`` characters wide (0: as they come)."""
    # Imported here: rich takes a tenth of a second, and a health check wants none of it.
    from rich.text import Text

    from lrcontrol.terminal.frame import lines, source_columns

    told, room = status_of(data), room or UNBOUNDED
    sources = source_columns(told.sources, [0.0] * len(told.sources), ascii_only=True)
    return [
        Text(_title(data, url), "bold"),
        *lines(_columns(told), room),
        *(Text(line, "yellow") for model in told.models for line in _held(model)),
        *(Text(line) for model in data["models"] for line in _lost(model)),
        *lines(sources, room)[1:],
        *(Text(line) for line in _kept(data)),
    ]


def _title(data: Mapping[str, Any], url: str) -> str:
    state = "stopping" if data["stopping"] else "ready" if data["ready"] else "not ready"
    why = f" ({data['why_not_ready']})" if data["why_not_ready"] else ""
    return f"lrcontrol {data['version']} at {url}: {state}{why}, since {when(data['started_at'])}"


def _columns(told: Status) -> list[Any]:
    from lrcontrol.terminal.figures import (
        Column,
        baseline,
        clean,
        decision_text,
        loss_text,
        recent_loss,
        significant,
        skill_text,
    )

    models = told.models
    loops = [model.loop for model in models]
    recent = [*map(recent_loss, loops)]
    by = [loop.chosen or model.controller for loop, model in zip(loops, models, strict=True)]
    return [
        Column("model", [clean(m.name) for m in models], left=True, style="bold"),
        Column("state", [m.state for m in models], drop=3, left=True),
        Column("mode", [loop.mode for loop in loops], left=True),
        Column("by", by, drop=4, left=True),
        Column("records", [f"{loop.steps:,}" for loop in loops], drop=2),
        Column("loss", [*map(loss_text, loops, recent)]),
        Column("baseline", [significant(baseline(loop), 4) for loop in loops], drop=5),
        Column("skill", [*map(skill_text, loops, recent)], drop=1),
        Column("rate", [significant(loop.rate, 3) for loop in loops], style="bold cyan"),
        Column("last decision", [*map(decision_text, loops)], drop=6, left=True),
    ]


def _held(model: ModelStatus) -> list[str]:
    from lrcontrol.terminal.figures import clean

    told = []
    if model.failure:
        told.append(f"{model.name} failed: {clean(model.failure, 200)}")
    if (held := model.override) is not None:
        ends = f"until {when(held.expires_at)}" if held.expires_at else "without an end"
        who = clean(held.actor, 80) or "somebody"
        told.append(f"{model.name} is held by {who}, {ends}: {clean(held.reason, 200)}")
    if model.loop.rung not in ("", "watching"):
        told.append(f"{model.name} is on the rung {model.loop.rung} of the divergence ladder")
    return told


def _lost(model: Mapping[str, Any]) -> list[str]:
    told, refused = [], sum(model["rejected"].values())
    if refused:
        told.append(f"{counted(refused, 'record')} refused")
    if model["nonfinite"]:
        told.append(f"{model['nonfinite']:,} losses not finite")
    return [f"{model['name']}: {' and '.join(told)} since the start"] if told else []


def _kept(data: Mapping[str, Any]) -> list[str]:
    told, kept = [], data.get("checkpoint")
    if kept is None:
        told.append("no checkpoints are kept")
    elif kept["durable_at"] or kept["sequence"]:
        at = f" at {when(kept['durable_at'])}" if kept["durable_at"] else ""
        behind = counted(kept["behind"], "record")
        told.append(f"checkpoint {kept['sequence']}{at}, {behind} since")
    else:
        told.append("no checkpoint yet")
    if kept and kept["problem"]:
        told.append(f"checkpoints: {kept['problem']}")
    reload = data.get("reload") or {}
    if not reload.get("well", True):
        told.append(f"the last reload was refused: {reload['problem']}")
    return told
