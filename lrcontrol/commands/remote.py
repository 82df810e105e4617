"""A daemon's status as the API tells it, as the status that the terminal's figures are made of."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any

from lrcontrol.status import (
    Decision,
    LoopStatus,
    ModelStatus,
    Override,
    SourceStatus,
    Status,
)

Json = Mapping[str, Any]


def status_of(data: Json) -> Status:
    """Return as much of the status as is shown; what is no number is NaN."""
    return Status(
        models=tuple(map(_model, data["models"])),
        sources=tuple(map(_source, data["sources"])),
        started_at=data["started_at"],
        ready=data["ready"],
        stopping=data["stopping"],
    )


def _model(data: Json) -> ModelStatus:
    held = data["override"]
    return ModelStatus(
        data["name"],
        _loop(data),
        data["state"],
        data["failure"],
        data["controller"],
        drift_at=data["drift_at"],
        changed_at=data["changed_at"],
        override=None if held is None else Override(**held),
    )


def _loop(data: Json) -> LoopStatus:
    loss, baseline = data["loss"], data["baseline"]
    return LoopStatus(
        steps=data["steps"],
        rejected=data["rejected"],
        loss_sum=_number(loss),  # of one loss, their mean: sums are not told
        loss_count=int(loss is not None),
        # Not those since the start: one bad hour long ago would be shown as divergence for ever.
        loss_nonfinite=0,
        baseline_sum=_number(baseline),
        baseline_count=int(baseline is not None),
        fast=_number(data["fast"]),
        slow=_number(data["slow"]),
        noise=_number(data["noise"]),
        rate=_number(data["rate"]),
        asked=_number(data["asked"]),
        low=_number(data["low"]),
        high=_number(data["high"]),
        last=None if data["last"] is None else _decision(data["last"]),
        drifts=data["drifts"],
        rung=data["rung"],
        chosen=data["chosen"],
        why=data["why"],
        mode=data["mode"],
    )


def _decision(data: Json) -> Decision:
    named = [data[name] for name in ("step", "action", "reason", "limit")]
    return Decision(*named, *(_number(data[name]) for name in ("before", "asked", "applied")))


def _source(data: Json) -> SourceStatus:
    known = {name: data[name] for name in SourceStatus._fields if name in data}
    return SourceStatus(**known)


def _number(value: Any) -> float:
    return nan if value is None else float(value)
