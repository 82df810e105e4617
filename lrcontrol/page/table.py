"""The state of the daemon as an HTML table, for browsers that run no JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from math import isfinite

from lrcontrol.status import CheckpointStatus, ModelStatus, SourceStatus, Status

Row = Iterable[object]
#: Where there is nothing to tell.
NONE = "-"


def render(status: Status) -> str:
    """Return tables of models, sources and the daemon; every name in them is escaped.

    Times are UTC, as nobody knows here what the reader's clock says.

    >>> render(Status(ready=True)).count("<table>")
    3
    """
    return "\n".join([_models(status), _sources(status), _daemon(status)])


def _models(status: Status) -> str:
    heads = (
        "Model, State, Mode, Skill, Loss, A guess would lose, Rate, Limits, Learned, Last decision"
    )
    return _table("Is it learning, and is the rate right?", heads, map(_model, status.models))


def _model(model: ModelStatus) -> Row:
    loop, last = model.loop, model.loop.last
    loss = loop.loss_sum / loop.loss_count if loop.loss_count else None
    guess = loop.baseline_sum / loop.baseline_count if loop.baseline_count else None
    skill = f"{1 - loss / guess:.1%}" if loss is not None and guess else NONE
    by = model.override
    mode = f"{loop.mode}: {by.actor}, {by.reason}, {_until(by.expires_at)}" if by else loop.mode
    state = f"{model.state}: {model.failure}" if model.failure else model.state
    decision = f"{last.action}, {last.reason.replace('_', ' ')}" if last else "none yet"
    limits = f"{_figure(loop.low)} to {_figure(loop.high)}"
    yield from (model.name, state, mode, skill, _figure(loss), _figure(guess))
    yield from (_figure(loop.rate), limits, f"{loop.steps:,}", decision)


def _sources(status: Status) -> str:
    heads = "Source, Type, State, Read, Lag, Newest record, No record"
    return _table("Is the data all right?", heads, map(_source, status.sources))


def _source(source: SourceStatus) -> Row:
    state = "ended" if source.ended else "connected" if source.connected else "not connected"
    lag = NONE if source.lag is None else f"{source.lag:,}"
    yield from (source.name, source.type, state, f"{source.records:,}", lag)
    yield from (_time(source.record_at), _tally(source.rejected))


def _daemon(status: Status) -> str:
    ready = "stopping" if status.stopping else "yes" if status.ready else "no"
    rows: list[Row] = [("Ready", ready), ("Started", _time(status.started_at))]
    if status.checkpoint is not None:
        rows.extend(_checkpoints(status.checkpoint))
    if not status.reload.well:
        rows.append(("Reload refused", status.reload.problem))
    return _table("Is the daemon all right?", "What, How it is", rows)


def _checkpoints(kept: CheckpointStatus) -> Iterator[Row]:
    yield "Last checkpoint", _time(kept.durable_at)
    yield "Records since", f"{kept.behind:,}"
    if kept.problem:
        yield "Problem", kept.problem


def _table(caption: str, heads: str, rows: Iterable[Row]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads.split(", "))
    body = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _cells(row: Row) -> Iterator[str]:
    first, *others = row
    yield f'<th scope="row">{escape(str(first))}</th>'
    yield from (f"<td>{escape(str(cell))}</td>" for cell in others)


def _figure(value: float | None) -> str:
    return NONE if value is None or not isfinite(value) else f"{value:.3g}"


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items() if number) or "none"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else NONE


def _until(at: float) -> str:
    return f"until {_time(at)}" if at else "with no end"
