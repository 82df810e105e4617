"""What every command has that asks a running daemon: its options, and how its errors end it."""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, NoReturn, TypeVar

import click

from lrcontrol.commands.client import TIMEOUT, URL, Client, Denied, Refused, Unreachable

#: Exit codes: the daemon refused or is unwell; and of sysexits', nobody answers, it wants a token.
FAILED = 1
UNAVAILABLE = 69
DENIED = 77

F = TypeVar("F", bound=Callable[..., Any])


def asks(command: F) -> F:
    """Give a command ``--url``, ``--token-file`` and ``--timeout``, and pass it a ``client``.

    What goes wrong on the way is said in one line, and is an exit code: 1 refused, 69 nobody
    answers, 77 another token is needed.
    """

    @functools.wraps(command)
    def asking(url: str, token_file: Path | None, timeout: float, **given: Any) -> Any:
        try:
            client = Client(url, token_file, timeout)
        except (ValueError, OSError) as error:
            raise click.UsageError(str(error)) from None
        _let_end()
        try:
            return command(client=client, **given)
        except Unreachable as error:
            end(str(error), UNAVAILABLE)
        except Denied as error:
            end(str(error), DENIED)
        except Refused as error:
            end(str(error), FAILED)

    for option in reversed(OPTIONS):
        asking = option(asking)
    return asking  # type: ignore[return-value]


def _let_end() -> None:
    """Let signals end the process again: the handlers of a daemon would only note them."""
    if current_thread() is main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


OPTIONS = (
    click.option("--url", envvar="LRCONTROL_URL", default=URL, show_default=True,
                 help="Where the daemon listens; also LRCONTROL_URL."),
    click.option("--token-file", envvar="LRCONTROL_TOKEN_FILE",
                 type=click.Path(path_type=Path, exists=True, dir_okay=False),
                 help="File with a token on its first line; also LRCONTROL_TOKEN_FILE."),
    click.option("--timeout", type=click.FloatRange(0.1, 600.0), default=TIMEOUT, show_default=True,
                 help="Seconds that an answer may take."),
)  # fmt: skip


def end(message: str, code: int) -> NoReturn:
    """End with a message on standard error."""
    click.echo(f"lrcontrol: {message}", err=True)
    raise SystemExit(code)
