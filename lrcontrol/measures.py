"""What is told of a model and of a source: one line a metric, name, help and value together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from math import isfinite
from typing import Any, NamedTuple, get_args

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    StateSetMetricFamily,
    SummaryMetricFamily,
)

from lrcontrol import decode, guard
from lrcontrol.control.base import Action
from lrcontrol.control.guarding import Rung
from lrcontrol.status import (
    DURATION_BUCKETS,
    CheckpointStatus,
    DeadLettersStatus,
    ModelState,
    ModelStatus,
    SourceStatus,
)

#: Label values of one series beyond its owner's name, then what ``add_metric`` of its type takes.
Sample = tuple[Any, ...]

#: Decisions that are counted from 0: somebody may want to know of the first one.
ALARMING = {(act, why): 0 for act in get_args(Action) for why in ("nonfinite", "drift")}
REJECTIONS = dict.fromkeys(get_args(decode.Reason), 0)
REFUSALS = dict.fromkeys(get_args(guard.Reason), 0)
EDGES = (*map(str, DURATION_BUCKETS), "+Inf")


class Measure(NamedTuple):
    """One metric of one owner: type, name after ``lrcontrol_``, help, samples, label names."""

    family: Callable[..., Any]
    name: str
    help: str
    samples: Iterable[Sample]
    labels: tuple[str, ...] = ()


counter = partial(Measure, CounterMetricFamily)
gauge = partial(Measure, GaugeMetricFamily)
summary = partial(Measure, SummaryMetricFamily)
histogram = partial(Measure, HistogramMetricFamily)
states = partial(Measure, StateSetMetricFamily)


def one(value: float | None, *labels: str) -> list[Sample]:
    """Return one sample, or none where there is no finite value."""
    return [] if value is None or not isfinite(value) else [(labels, value)]


def each(values: Mapping[Any, float]) -> list[Sample]:
    """Return one sample a key (a label value or a tuple of them)."""
    keys = ((k if isinstance(k, tuple) else (k,), v) for k, v in values.items())
    return [sample for labels, value in keys for sample in one(value, *labels)]


def summed(count: int, total: float) -> list[Sample]:
    """Return a count and a sum; none when the sum is not finite, as no rate recovers from that."""
    return [((), count, total)] if isfinite(total) else []


def ratio(part: float, whole: float) -> list[Sample]:
    """Return ``part / whole``, or none where that means nothing."""
    return one(part / whole) if whole else []


def moment(at: float, *labels: str) -> list[Sample]:
    """Return a time in seconds since the epoch, or none for 0, which stands for never."""
    return one(at or None, *labels)


def of_model(model: ModelStatus) -> Iterator[Measure]:
    """Yield every metric of one model, always the same ones in the same order."""
    yield from _learning(model)
    yield from _losses(model)
    yield from _control(model)
    yield from _drift(model)
    yield from _divergence(model)


def of_members(model: ModelStatus) -> Iterator[Measure]:
    """Yield what is known of the models that run side by side in one."""
    members = model.loop.members
    rates = [sample for m in members for sample in one(m.rate, m.name)]
    weights = [sample for m in members for sample in one(m.weight, m.name)]
    yield gauge("member_rate", "Rate in force for a member.", rates, ("member",))
    text = "Share of a member in what is served: 1 for the leader of a bank."
    yield gauge("member_weight", text, weights, ("member",))


def _learning(m: ModelStatus) -> Iterator[Measure]:
    state = {name: m.state == name for name in get_args(ModelState)}
    outcomes = {"learned": m.loop.steps, "rejected": sum(m.loop.rejected.values())}
    buckets = list(zip(EDGES, m.learn_buckets or [0] * len(EDGES), strict=True))
    yield states("model_state", "What the model is doing.", [((), state)])
    yield counter("learn_steps", "Records learned.", one(m.loop.steps))
    yield counter("learn_failures", "1 once the model has failed.", one(m.state == "failed"))
    yield counter("records", "Records by outcome.", each(outcomes), ("outcome",))
    refused = each(REFUSALS | dict(m.loop.rejected))
    yield counter("records_rejected", "Records the guard kept out.", refused, ("reason",))
    text = "Feature values that were outliers and shown to the model as the mean."
    yield counter("features_replaced", text, one(m.loop.replaced))
    text = "Feature values under a name beyond the most that there may be."
    yield counter("features_beyond_names", text, one(m.loop.beyond))
    text = "Time to predict, score and learn a record, averaged over its block."
    yield histogram("learn_duration_seconds", text, [((), buckets, m.learn_seconds)])
    yield gauge("metric_value", "River metrics, progressive.", each(m.loop.metrics), ("metric",))


def _losses(m: ModelStatus) -> Iterator[Measure]:
    loop = m.loop
    means = {"fast": loop.fast, "slow": loop.slow}
    text = "Progressive loss (each record scored before it is learned), finite values only."
    yield summary("loss", text, summed(loop.loss_count, loop.loss_sum))
    text = "Loss of the no-skill prediction on the same records."
    yield summary("baseline_loss", text, summed(loop.baseline_count, loop.baseline_sum))
    text = "Losses left out of the sum: NaN, infinite or absurd."
    yield counter("loss_nonfinite", text, one(loop.loss_nonfinite))
    text = "Fading mean of the loss, as the controller sees it."
    yield gauge("loss_ewma", text, each(means if loop.last else {}), ("horizon",))
    text = "(fast - slow) / slow: below 0 while the loss falls."
    yield gauge("loss_trend_ratio", text, ratio(loop.fast - loop.slow, loop.slow))
    text = "Standard deviation of the loss between periods, over its slow mean."
    yield gauge("loss_noise_ratio", text, ratio(loop.noise, loop.slow))


def _control(m: ModelStatus) -> Iterator[Measure]:
    loop, last = m.loop, m.loop.last
    text = "Learning rate in force, read back from the model."
    yield gauge("learning_rate", text, each(loop.rates), ("group",))
    text = "Learning rate the controller asked for, before limits."
    yield gauge("learning_rate_requested", text, one(loop.asked))
    yield gauge("learning_rate_min", "Low limit of the learning rate.", one(loop.low))
    yield gauge("learning_rate_max", "High limit of the learning rate.", one(loop.high))
    text = "Decisions by what happened to the rate and by the controller's reason."
    counts = each(ALARMING | dict(loop.decisions))
    yield counter("controller_decisions", text, counts, ("action", "reason"))
    text = "1 while the last decision was held back by this limit."
    limit = last.limit.removeprefix("band_") if last else ""  # of the limits or the gain's band
    held = each({end: limit == end for end in ("low", "high")})
    yield gauge("controller_saturated", text, held, ("limit",))
    text = "Part of the last change asked for, in units of ln(rate)."
    yield gauge("controller_term", text, each(last.terms if last else {}), ("term",))
    text = "When the rate last moved."
    yield gauge("controller_last_change_timestamp_seconds", text, moment(m.changed_at))
    text = "Time the controller itself took for its decisions."
    seconds = summed(m.control_count, m.control_seconds)
    yield summary("controller_duration_seconds", text, seconds)


def _divergence(m: ModelStatus) -> Iterator[Measure]:
    rungs = get_args(Rung)
    level = one(rungs.index(m.loop.rung)) if m.loop.rung else []
    text = "How far the guard went: 0 watching, 1 rate lowered, 2 frozen, 3 cooling, 4 safe mode."
    yield gauge("divergence_level", text, level)
    text = "What the guard did; drift: nothing, as it is the stream that changed."
    yield counter("divergence_rulings", text, each(m.loop.rulings), ("ruling",))


def _drift(m: ModelStatus) -> Iterator[Measure]:
    kind = m.detector
    seen = one(m.loop.drifts, kind) if kind else []
    last = moment(m.drift_at, kind) if kind else []
    yield counter("drift_events", "Drifts detected.", seen, ("detector",))
    yield gauge("drift_last_timestamp_seconds", "When drift was last seen.", last, ("detector",))


def of_source(source: SourceStatus) -> Iterator[Measure]:
    """Yield every metric of one source, always the same ones in the same order."""
    yield counter("source_records", "Messages read, decoded or not.", one(source.records))
    yield counter("source_read_bytes", "Bytes read.", one(source.bytes))
    rejected = each(REJECTIONS | dict(source.rejected))
    yield counter("source_records_rejected", "Messages with no record.", rejected, ("reason",))
    text = "Records waiting that were not read yet, where the place tells."
    yield gauge("source_lag_records", text, one(source.lag))
    yield gauge("source_connected", "1 while records can come.", one(source.connected))
    text = "When a record last came; 0 before the first."
    yield gauge("source_last_record_timestamp_seconds", text, one(source.record_at))
    text = "Newest event time in the records."
    yield gauge("source_last_event_timestamp_seconds", text, moment(source.event_at))
    text = "Messages that became dead letters, by the reasons there were so far."
    yield counter("deadletter_records", text, each(source.letters), ("reason",))
    yield counter("deadletter_replayed", "Dead letters sent again.", one(source.replayed or None))
    paused = one(bool(source.paused)) if source.breaks else []
    yield gauge("source_paused", "1 while nothing is read, as most was bad.", paused)


def of_checkpoints(kept: CheckpointStatus) -> Iterator[Measure]:
    """Yield every metric of the checkpoints; the daemon has them where it keeps any."""
    text = "Number of the last durable checkpoint; 0 before the first."
    yield gauge("checkpoint_sequence", text, one(kept.sequence))
    text = "When the last durable checkpoint was."
    yield gauge("checkpoint_timestamp_seconds", text, moment(kept.durable_at))
    text = "Records read since the last durable checkpoint."
    yield gauge("checkpoint_behind_records", text, one(kept.behind))
    yield counter("checkpoint_written", "Checkpoints made durable.", one(kept.written))
    yield counter("checkpoint_failures", "Checkpoints that failed.", one(kept.failures))
    yield gauge("checkpoint_size_bytes", "Of the last durable one.", one(kept.bytes or None))
    text = "Time that checkpoints took, beside learning for the most part."
    yield summary("checkpoint_duration_seconds", text, summed(kept.written, kept.seconds))
    text = "Time that learning stood still for checkpoints."
    yield summary("checkpoint_pause_seconds", text, summed(kept.written, kept.pauses))
    text = "1 while records are learned one at a time, to find one that kills the process."
    yield gauge("careful", text, one(kept.careful))
    text = "Records passed over because they killed the process."
    yield counter("records_put_aside", text, one(kept.put_aside))


def of_letters(letters: DeadLettersStatus) -> Iterator[Measure]:
    """Yield every metric of the store of dead letters, where there is one."""
    yield gauge("deadletter_held", "Dead letters in the store.", one(letters.held))
    yield gauge("deadletter_held_bytes", "Bytes they are charged.", one(letters.bytes))
    yield gauge("deadletter_waiting", "Dead letters not durable yet.", one(letters.waiting))
    text = "Dead letters dropped for want of room."
    yield counter("deadletter_dropped", text, one(letters.dropped))
    text = "Writes of dead letters in vain; nothing more is read while they fail."
    yield counter("deadletter_write_failures", text, one(letters.failures))
