"""The command ``lrcontrol explain``: why the rate is what it is, in plain sentences."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lrcontrol.commands.client import Client, in_path
from lrcontrol.commands.connected import FAILED, asks, end
from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.lines import Head, from_json
from lrcontrol.decisions.rederive import entries
from lrcontrol.decisions.rotated import series
from lrcontrol.decisions.words import explain as explained
from lrcontrol.decisions.words import sentence

#: Decisions looked at: as many as a daemon holds in memory.
MOST = 1000
#: Characters of a line at most: longer ones are hard to read.
WIDTH = 100


@click.command()
@click.argument("model", required=False)
@click.option("--last", type=click.IntRange(0, MOST), default=5, show_default=True,
              help="Decisions told one by one.")  # fmt: skip
@click.option("--log", "log", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Read a decision log instead of asking a daemon.")  # fmt: skip
@asks
def explain(client: Client, model: str | None, last: int, log: Path | None) -> None:
    """Say why the rate of MODEL (of every model) is what it is."""
    found = _asked(client, model) if log is None else _read(log)
    if model is not None:
        found = {name: of for name, of in found.items() if name == model}
    if not found:
        known = "the log holds no decisions" if model is None else f"no decisions of {model!r}"
        end(f"{log}: {known}" if log else "the daemon has no models yet", FAILED)
    for number, (status, made) in enumerate(found.values()):
        if number:
            click.echo()
        click.echo("\n".join(_told(status, made, last)))


Told = dict[str, tuple[Mapping[str, Any], Sequence[Entry]]]


def _asked(client: Client, model: str | None) -> Told:
    if model is not None:
        models = [client.get(f"/api/v1/models/{in_path(model)}")]
    else:
        models = client.get("/api/v1/models")["models"]
    return {m["name"]: (m, _decided(client, m["name"], m["steps"])) for m in models}


def _decided(client: Client, model: str, steps: int) -> list[Entry]:
    """Return the newest decisions up to a step, and before them the last one that did something."""
    made = client.get("/api/v1/decisions", model=model, limit=MOST)["decisions"]
    if not any(d["action"] != "keep" or d["actor"] for d in made):
        moves = client.get("/api/v1/decisions", model=model, limit=1, moves="true")["decisions"]
        made = [*moves, *(d for d in made if not moves or d["number"] > moves[0]["number"])]
    return [from_json(d) for d in made if d["step"] <= steps]  # others came since the status


def _read(path: Path) -> Told:
    made: dict[str, deque[Entry]] = {}
    bases: dict[str, Any] = {}
    try:
        for line in entries(series(path)):
            if isinstance(line, Head):
                bases.update(line.models)
            else:
                made.setdefault(line.model, deque(maxlen=MOST)).append(line)
    except OSError as error:
        end(str(error), FAILED)
    return {name: (_status(name, of[-1], bases.get(name)), list(of)) for name, of in made.items()}


def _status(name: str, last: Entry, basis: Any) -> Mapping[str, Any]:
    """Return as much of a model's status as a log tells."""
    status: dict[str, Any] = {"name": name, "rate": last.applied, "steps": last.step}
    status["mode"] = "manual" if last.reason == "manual" and not last.actor else "automatic"
    if basis is not None:
        status["controller"] = basis.controller.get("type", "")
        status |= {side: basis.limits.get(side) for side in ("low", "high")}
    if last.seen is not None:
        status |= {mean: getattr(last.seen, mean) for mean in ("fast", "slow", "noise")}
    return status


def _told(status: Mapping[str, Any], made: Sequence[Entry], last: int) -> list[str]:
    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH)
    told = [click.wrap_text(text, width) for text in explained(status, made)]
    if last and made:
        count = len(made[-last:])
        told.append(f"\nThe last {f'{count} decisions' if count > 1 else 'decision'}:")
        told += [click.wrap_text(sentence(e), width, "- ", "  ") for e in made[-last:]]
    return told
