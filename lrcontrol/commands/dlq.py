"""The commands ``lrcontrol dlq``: look at what could not be learned, and send it again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lrcontrol.deadletters import DeadLetters, Kept

#: Exit code for a store that cannot be read, as of the other commands.
FAILED = 1
#: Letters read at a time: a reader must not hold the file for long, or its log cannot shrink.
PAGE = 500
#: Characters of a message in a list.
WIDTH = 60

_store = click.argument("path", metavar="STORE", type=click.Path(path_type=Path))
_source = click.option("--source", help="Only letters of this source.")
_reason = click.option("--reason", help="Only letters with this reason.")


@click.group()
def dlq() -> None:
    """Look at the dead letters: messages that could not be learned."""


@dlq.command("list")
@_store
@_source
@_reason
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True,
              help="Letters at most.")  # fmt: skip
@click.option("--after", type=click.IntRange(0), default=0, help="Begin beyond this number.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def list_(
    path: Path, source: str | None, reason: str | None, limit: int, after: int, form: str
) -> None:
    """List the letters in STORE, oldest first."""
    with _opened(path) as store:
        found = _matching(store, source, reason, after)
        for _ in range(limit):
            kept = next(found, None)
            if kept is None:
                break
            after = kept.id
            click.echo(json.dumps(_data(kept)) if form == "json" else _line(kept))
        if next(found, None):
            click.echo(f"... more; go on with --after {after}", err=True)
        if form == "text":
            counts = store.counts
            told = f"{counts.letters} letters, {counts.bytes} bytes, {counts.dropped} dropped"
            click.echo(f"{told} so far for want of room", err=True)


@dlq.command()
@_store
@click.argument("number", type=int)
@click.option("--raw", is_flag=True, help="Write the message only, as it came.")
def show(path: Path, number: int, raw: bool) -> None:
    """Show the letter NUMBER in STORE."""
    with _opened(path) as store:
        kept = store.find(number)
    if kept is None:
        raise click.ClickException(f"{path}: no letter {number}; dlq list shows the numbers")
    if raw:
        click.echo(kept.letter.message, nl=False)
        return
    for name, value in _data(kept).items():
        click.echo(f"{name + ':':<10} {value}")


@dlq.command()
@_store
@click.argument("numbers", nargs=-1, type=int)
@_source
@_reason
@click.option("--all", "everything", is_flag=True, help="Every letter that matches.")
def replay(
    path: Path, numbers: tuple[int, ...], source: str | None, reason: str | None, everything: bool
) -> None:
    """Ask the daemon to learn the letters NUMBERS in STORE after all.

    A running daemon does so soon, another one when it starts. A letter leaves the store once a
    checkpoint holds what was learned from it; one that fails again stays, with its new error.
    """
    from lrcontrol.deadletters import ask

    if bool(numbers) == everything or (numbers and (source or reason)):
        raise click.UsageError("name letters by number, or take --all (with --source, --reason)")
    with _opened(path) as store:
        found = _matching(store, source, reason, 0)
        chosen = list(numbers) or [kept.id for kept in found if kept.letter.whole]
        refused = ask(store.database, chosen)
    click.echo(f"{len(chosen) - len(refused)} letters are to be sent again")
    if refused:
        few = ", ".join(map(str, refused[:10])) + (", ..." if len(refused) > 10 else "")
        why = "not there, cut short, or asked for already"
        raise click.ClickException(f"{len(refused)} cannot be ({why}): {few}")


@dlq.command()
@_store
@_source
@_reason
@click.option("--raw", is_flag=True, help="Write the messages only, one a line, as they came.")
def export(path: Path, source: str | None, reason: str | None, raw: bool) -> None:
    """Write the letters in STORE to standard output, one JSON object a line.

    A message that is no UTF-8 is written as "base64".
    """
    with _opened(path) as store:
        for kept in _matching(store, source, reason, 0):
            click.echo(kept.letter.message if raw else json.dumps(_data(kept)))


@contextmanager
def _opened(path: Path) -> Iterator[DeadLetters]:
    from lrcontrol.deadletters import DeadLetters
    from lrcontrol.keeping.database import DatabaseFailed

    try:
        store = DeadLetters(path, create=False)
        try:
            yield store
        finally:
            store.close()
    except DatabaseFailed as error:
        click.echo(f"lrcontrol: {error}", err=True)
        raise SystemExit(FAILED) from None


def _matching(
    store: DeadLetters, source: str | None, reason: str | None, after: int
) -> Iterator[Kept]:
    equal = {name: v for name, v in (("source", source), ("reason", reason)) if v is not None}
    while page := store.letters(after=after, limit=PAGE, **equal):
        yield from page
        after = page[-1].id


def _data(kept: Kept) -> dict[str, object]:
    letter = kept.letter
    data: dict[str, object] = {"id": kept.id, **letter._asdict(), "attempts": kept.attempts}
    del data["message"], data["header"]
    if letter.header:
        data["header"] = letter.header.decode(errors="backslashreplace")
    try:
        data["message"] = letter.message.decode()
    except UnicodeDecodeError:
        data["base64"] = base64.b64encode(letter.message).decode()
    return data


def _line(kept: Kept) -> str:
    letter = kept.letter
    where = f"{letter.source} {letter.origin}@{letter.position}"
    # repr: a message may hold anything, escape sequences for the terminal too
    begin = repr(letter.message[:WIDTH].decode(errors="replace"))[1:-1]
    return f"{kept.id:>6}  {letter.reason:<10} {where}  {letter.error}  {begin}"
