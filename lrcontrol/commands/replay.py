"""The command ``lrcontrol replay decisions``: takes every decision of a log again, and compares."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from lrcontrol.commands.connected import FAILED, end
from lrcontrol.decisions.figures import counted, listed
from lrcontrol.decisions.rederive import Replay, Told, Verdict, replayed
from lrcontrol.decisions.rotated import series

#: Why decisions are taken as told, in words.
WORDS: dict[Told, str] = {
    "order": "while somebody held the rate",
    "ladder": "of the divergence ladder",
    "each record": "of a controller that decides on each record",
    "no state": "before the log says where the controller stood",
    "unknown controller": "of a controller that cannot be made again",
}


@click.group()
def replay() -> None:
    """Go through what a daemon wrote down, again."""


@replay.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option("--allow", multiple=True, metavar="MODULE",
              help="Your own module that controllers come from.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def decisions(files: Sequence[Path], allow: Sequence[str], form: str) -> None:
    """Take every decision in FILE again, from what was seen, and say whether it is the same.

    One FILE stands for those that were put aside before it too (FILE.1, ...); several are read as
    they are given, oldest first. What cannot be taken again from readings is counted as taken as
    told. Exit code 1 where anything disagrees or cannot be read.
    """
    try:
        found = replayed(series(files[0]) if len(files) == 1 else files, allow)
    except OSError as error:
        end(str(error), FAILED)
    click.echo(json.dumps(as_data(found)) if form == "json" else "\n".join(lines(found)))
    if not found.agrees:
        raise SystemExit(FAILED)


def lines(found: Replay) -> list[str]:
    """Return what came of it, a line a model and one for each thing that is not as it should be."""
    told = [_line(name, verdict) for name, verdict in found.models.items()]
    if found.missing:
        told.append(f"{counted(found.missing, 'decision')} missing: they could not be written")
    if found.torn:
        told.append(f"{counted(found.torn, 'last line')} torn: a crash in the middle, no harm")
    few = found.unreadable[:10]
    told += [f"cannot be read: {line}" for line in few]
    if len(found.unreadable) > len(few):
        told.append(f"... and {len(found.unreadable) - len(few)} more lines")
    return told or ["no decisions"]


def _line(name: str, verdict: Verdict) -> str:
    equal = f"{verdict.derived:,} taken again and the same to the bit"
    parts = [f"{name}: {counted(verdict.entries, 'decision')}", equal]
    if verdict.told:
        why = [f"{count:,} {WORDS[told]}" for told, count in sorted(verdict.told.items())]
        parts.append(f"{verdict.told.total():,} taken as told ({listed(why)})")
    line = ", ".join(parts)
    if verdict.why:
        line += f"\n  {verdict.why}"
    if verdict.disagreements:
        line += f"\n  {verdict.disagreements:,} DISAGREE, the first: {verdict.first}"
    return line


def as_data(found: Replay) -> dict[str, object]:
    """Return what came of it for programs."""
    return {
        "agrees": found.agrees,
        "missing": found.missing,
        "torn": found.torn,
        "unreadable": found.unreadable,
        "models": {
            name: {
                "decisions": verdict.entries,
                "derived": verdict.derived,
                "told": dict(verdict.told),
                "disagreements": verdict.disagreements,
                "first": verdict.first,
            }
            for name, verdict in found.models.items()
        },
    }
