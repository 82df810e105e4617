"""Orders to a running daemon: hold, set-rate, resume, rollback, reload, mend, checkpoint now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lrcontrol.commands.client import Client, in_path, whoever
from lrcontrol.commands.connected import FAILED, asks, end
from lrcontrol.units import parse_duration

#: What ``--for`` takes for an override that does not expire.
NEVER = "never"

F = TypeVar("F", bound=Callable[..., Any])


def _orders(command: F) -> F:
    """Give a command ``--reason`` and ``--actor``, and what every asking command has."""
    who = click.option(
        "--actor", default=whoever, show_default="your user name", help="Who gives the order."
    )
    why = click.option("--reason", required=True, help="Why, for whoever reads the log.")
    return why(who(asks(command)))


def _span(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None or value == NEVER:
        return value
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}, or {NEVER}") from None
    if seconds <= 0.0:
        raise click.BadParameter("must be more than nothing")
    return f"{seconds:.3f}s"


_model = click.argument("model")
_for = click.option("--for", "ttl", callback=_span, metavar="TIME", show_default="4h",
                    help=f"How long: 30m, 4h, {NEVER}; then the controller goes on.")  # fmt: skip


@click.command()
@_model
@_for
@_orders
def hold(client: Client, model: str, ttl: str | None, reason: str, actor: str) -> None:
    """Keep the rate of MODEL where it is, and go on learning."""
    _give(client, _of(model, "hold"), reason=reason, actor=actor, ttl=ttl)


@click.command("set-rate")
@_model
@click.argument("rate", type=click.FloatRange(0, min_open=True))
@_for
@click.option("--force", is_flag=True, help="Beyond the limits too.")
@_orders
def set_rate(
    client: Client, model: str, rate: float, ttl: str | None, force: bool, reason: str, actor: str
) -> None:
    """Move the rate of MODEL to RATE, and hold it there."""
    given = {"rate": rate, "force": force, "ttl": ttl}
    _give(client, _of(model, "rate"), reason=reason, actor=actor, **given)


@click.command()
@_model
@_orders
def resume(client: Client, model: str, reason: str, actor: str) -> None:
    """Give the rate of MODEL back to its controller, from where it is; also out of safe mode."""
    _give(client, _of(model, "resume"), reason=reason, actor=actor)


@click.command()
@_model
@click.option("--to", "number", type=click.IntRange(1), metavar="N",
              help="Checkpoint to go back to; else the last state that was good.")  # fmt: skip
@_orders
def rollback(client: Client, model: str, number: int | None, reason: str, actor: str) -> None:
    """Bring back an earlier state of MODEL and its controller; no record is read twice."""
    _give(client, _of(model, "rollback"), reason=reason, actor=actor, checkpoint=number)


@click.command()
@_orders
def reload(client: Client, reason: str, actor: str) -> None:
    """Read the configuration again: all of what changed, or nothing where any of it cannot."""
    _give(client, "/api/v1/reload", reason=reason, actor=actor)


@click.command()
@click.argument("source")
@_orders
def mend(client: Client, source: str, reason: str, actor: str) -> None:
    """Let SOURCE go on that was paused because too many of its records were bad."""
    _give(client, f"/api/v1/sources/{in_path(source)}/mend", reason=reason, actor=actor)


@click.command("now")
@_orders
def now(client: Client, reason: str, actor: str) -> None:
    """Write a checkpoint of the running daemon, and wait until it is durable."""
    _give(client, "/api/v1/checkpoint", reason=reason, actor=actor)


def _of(model: str, order: str) -> str:
    return f"/api/v1/models/{in_path(model)}/{order}"


def _give(client: Client, path: str, **body: Any) -> None:
    done = client.order(path, body)
    if not done.get("ok", True):
        end(str(done.get("detail")), FAILED)
    click.echo(told(done))


def told(done: dict[str, Any]) -> str:
    """Return what came of an order, in a line.

    >>> told({"detail": "manual, rate 0.1 -> 0.05", "target": "fare", "step": 6400,
    ...       "mode": "manual", "repeated": True})
    'fare: manual, rate 0.1 -> 0.05, at record 6,400 (done before, and not again)'
    """
    line = f"{done['target']}: {done['detail']}" if done.get("target") else str(done["detail"])
    at = f", at record {done['step']:,}" if done.get("mode") else ""
    return f"{line}{at}{' (done before, and not again)' * bool(done.get('repeated'))}"
