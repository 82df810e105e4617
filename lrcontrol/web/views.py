"""From the daemon's own view of itself to what the API answers: pure, one function a type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, nan
from typing import Any

from msgspec.json import Encoder

from lrcontrol._version import __version__
from lrcontrol.checkpoint.retention import Entry as Kept
from lrcontrol.control.base import Reading
from lrcontrol.decisions.entry import Entry
from lrcontrol.operating.orders import Outcome
from lrcontrol.status import LoopStatus, ModelStatus, SourceStatus, Status
from lrcontrol.web import answers, shapes
from lrcontrol.web.shapes import Number

#: Writes a number that is not finite as null.
ENCODER = Encoder(enc_hook=str)

_HOUR = 3600.0
_SEEN = ("loss", "baseline", "fast", "slow", "noise", "records", "nonfinite", "drift")


def status_of(status: Status, newest: Mapping[str, Entry]) -> shapes.Status:
    """Return the whole daemon; ``newest`` is the last decision of each model."""
    letters, kept = status.letters, status.checkpoint
    return shapes.Status(
        __version__,
        status.started_at,
        status.ready,
        status.stopping,
        "" if status.ready else why_not_ready(status),
        [model_of(model, newest.get(model.name)) for model in status.models],
        [source_of(source) for source in status.sources],
        None if kept is None else shapes.Checkpoint(*kept),
        None if letters is None else shapes.DeadLetters(*letters),
        shapes.Reload(*status.reload),
    )


def why_not_ready(status: Status) -> str:
    """Return what keeps the daemon from taking records, in words."""
    away = (s for s in status.sources if not s.connected and not s.ended)
    causes = [
        *(f"model {m.name} failed: {m.failure}" for m in status.models if m.state == "failed"),
        *(f"source {s.name} is not connected" for s in away),
        *(f"source {s.name} is paused: {s.paused}" for s in status.sources if s.paused),
        *(kept.problem for kept in (status.checkpoint, status.letters) if kept and kept.problem),
    ]
    return "; ".join(causes) or "starting"


def model_of(model: ModelStatus, newest: Entry | None) -> shapes.Model:
    """Return one model, with its newest decision."""
    loop = model.loop
    loss = _mean(loop.loss_sum, loop.loss_count)
    baseline = _mean(loop.baseline_sum, loop.baseline_count)
    members = [shapes.Member(*map(_finite, member)) for member in loop.members]
    arms = [shapes.Arm(a.name, a.rate, a.loss, a.served_loss, a.records) for a in loop.arms]
    return shapes.Model(
        name=model.name,
        state=model.state,
        failure=model.failure,
        controller=model.controller,
        chosen=loop.chosen,
        why=loop.why,
        mode=loop.mode,
        rate=loop.rate,
        asked=loop.asked,
        low=loop.low,
        high=loop.high,
        rates=_numbers(loop.rates),
        steps=loop.steps,
        loss=_finite(loss),
        fast=_finite(loop.fast),
        slow=_finite(loop.slow),
        noise=_finite(loop.noise),
        baseline=_finite(baseline),
        skill=_skill(loop, loss, baseline),
        nonfinite=loop.loss_nonfinite,
        rejected=dict(loop.rejected),
        replaced=loop.replaced,
        beyond=loop.beyond,
        drifts=loop.drifts,
        drift_at=model.drift_at,
        changed_at=model.changed_at,
        rung=loop.rung,
        rulings=dict(loop.rulings),
        metrics=_numbers(loop.metrics),
        members=members,
        arms=arms,
        override=model.override and shapes.Override(*model.override),
        last=None if newest is None else decision_of(newest),
    )


def _mean(total: float, count: int) -> float:
    return total / count if count else nan


def _skill(loop: LoopStatus, loss: float, baseline: float) -> Number:
    """1 - loss / baseline, of late where a period has passed; the terminal shows the same."""
    late = loop.fast if loop.last is not None and loop.loss_count else loss
    return _finite(1.0 - late / baseline) if baseline > 0 else None


def source_of(source: SourceStatus) -> shapes.Source:
    """Return one source."""
    told = source._asdict()
    counts = {name: dict(told[name]) for name in ("rejected", "letters")}
    return shapes.Source(**{**told, **counts})


def decision_of(entry: Entry) -> shapes.Decision:
    """Return one decision."""
    told = entry._asdict()
    terms, seen = _numbers(entry.terms), None if entry.seen is None else _seen(entry.seen)
    return shapes.Decision(**{**told, "terms": terms, "seen": seen})


def _seen(reading: Reading) -> shapes.Seen:
    return shapes.Seen(*(_finite(getattr(reading, name)) for name in _SEEN))


def done_of(outcome: Outcome) -> answers.Done:
    """Return what came of an order."""
    _, detail, target, mode, step, before, applied, repeated = outcome
    return answers.Done(outcome.ok, detail, target, mode, step, before, applied, repeated)


def kept_of(entries: Mapping[Kept, int], order: Iterable[Kept]) -> Sequence[answers.KeptCheckpoint]:
    """Return checkpoints on disk (entry -> bytes) in an order."""
    return [answers.KeptCheckpoint(e.sequence, e.hour * _HOUR, e.good, entries[e]) for e in order]


def _numbers(values: Mapping[str, float]) -> dict[str, Number]:
    return {name: _finite(value) for name, value in values.items()}


def _finite(value: Any) -> Any:
    """Return None for a float that is not finite: what is compared in tests is what is sent."""
    return None if isinstance(value, float) and not isfinite(value) else value
