"""Look at checkpoints: list, inspect, verify, export; only ``now`` changes anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from lrcontrol.checkpoint.disk import Posix
from lrcontrol.checkpoint.frame import Frame, peek, unseal
from lrcontrol.checkpoint.keys import KEY, KeyUnusable, read_keys
from lrcontrol.checkpoint.recovery import NO_USABLE
from lrcontrol.checkpoint.retention import Entry
from lrcontrol.checkpoint.store import HOUR, entries, newest_first, read
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.commands.operate import now

_folder = click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False, readable=True)
)
_sequence = click.argument("sequence", type=click.IntRange(min=1), required=False)
_key = click.option(
    "--key",
    type=click.Path(path_type=Path),
    help=f"Key file; {KEY} beside the folder unless given.",
)
_allow = click.option(
    "--allow", multiple=True, metavar="MODULE", help="Your own module that models come from."
)


@click.group("checkpoint")
def checkpoint() -> None:
    """Look at the checkpoints in a folder, or have a running daemon write one."""


checkpoint.add_command(now)


@checkpoint.command("list")
@_folder
def list_(folder: Path) -> None:
    """List the checkpoints, newest first (what is shown of them is not verified)."""
    found = entries(Posix(), folder)
    if not found:
        click.echo(f"{folder}: no checkpoints", err=True)
    for entry in newest_first(found):
        hour = datetime.fromtimestamp(entry.hour * HOUR, UTC).strftime("%Y-%m-%d %Hh")
        try:
            meta = peek(read(Posix(), folder, entry)).get("meta", {})
            about = f"step {meta.get('step', '?')}"
        except (Unusable, AttributeError) as error:
            about = f"not readable: {error}"
        click.echo(f"{entry.name}  {hour}  {found[entry]:>10} B  {about}")


@checkpoint.command("inspect")
@_folder
@_sequence
def inspect_(folder: Path, sequence: int | None) -> None:
    """Print the header of a checkpoint (the newest, unless SEQUENCE is given), unverified."""
    (entry, *_) = _chosen(folder, sequence)
    try:
        header = peek(read(Posix(), folder, entry))
    except Unusable as error:
        _refuse(f"{entry.name}: {error}")
    click.echo(json.dumps(header, indent=2, default=str))


@checkpoint.command("verify")
@_folder
@_sequence
@_key
@_allow
@click.option("--load", is_flag=True, help="Load the models too and ask them their probes.")
def verify(
    folder: Path, sequence: int | None, key: Path | None, allow: Sequence[str], load: bool
) -> None:
    """Verify the seal and hashes of every checkpoint, or of SEQUENCE; fails where one is unusable.

    With --load, what a start would do: versions, models, probes. It runs no code but the models'.
    """
    keys, failed = _keys(folder, key), False
    for entry in _chosen(folder, sequence):
        try:
            data = read(Posix(), folder, entry)
            if load:
                from lrcontrol.checkpoint.content import accept  # River: only where it is wanted

                accept(data, keys, allow=allow)
            else:
                unseal(data, keys)
            click.echo(f"{entry.name}: ok")
        except Unusable as error:
            click.echo(f"{entry.name}: {error.reason}: {error}")
            failed = True
    if failed:
        raise SystemExit(NO_USABLE)


@checkpoint.command("export")
@_folder
@_sequence
@_key
def export(folder: Path, sequence: int | None, key: Path | None) -> None:
    """Print what linear models have learned as JSON: weights, scaler, optimizer state.

    Readable by any program and any later River; the seal is verified first.
    """
    from lrcontrol.checkpoint.content import portables

    (entry, *_) = _chosen(folder, sequence)
    try:
        frame = unseal(read(Posix(), folder, entry), _keys(folder, key))
        models = portables(frame)
    except Unusable as error:
        _refuse(f"{entry.name}: {error.reason}: {error}")
    if models is None:
        _refuse(f"{entry.name}: {_others(frame)} have no portable form; only linear models have")
    click.echo(json.dumps({"meta": frame.meta, "models": models}, indent=2, allow_nan=False))


def _others(frame: Frame) -> str:
    pairs = [name.split(":", 1) for name in frame.sections]
    portable = {model for kind, model in pairs if kind == "portable"}
    return ", ".join(m for kind, m in pairs if kind == "model" and m not in portable)


def _chosen(folder: Path, sequence: int | None) -> list[Entry]:
    found = newest_first(entries(Posix(), folder))
    chosen = [entry for entry in found if sequence in (None, entry.sequence)]
    if not chosen:
        wanted = "no checkpoints" if sequence is None else f"no checkpoint {sequence}"
        known = ", ".join(str(entry.sequence) for entry in found) or "none"
        _refuse(f"{folder}: {wanted} (there: {known})")
    return chosen


def _keys(folder: Path, key: Path | None) -> list[bytes]:
    try:
        return read_keys(Posix(), key or folder.resolve().parent / KEY)
    except KeyUnusable as error:
        _refuse(str(error))


def _refuse(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(NO_USABLE)
