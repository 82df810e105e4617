"""The daemon's status as Prometheus metrics, read anew at each scrape.

The loop keeps plain numbers and never sees this module: a ``prometheus_client`` counter updated per
record would cost more than learning from it. Every label value comes from a closed set (names in
the configuration, literals in the code), so no input makes a new series. A source has 10, the
daemon 12, a model 55 (with 3 metrics and 4 controller terms) and one more for each pair of action
and reason that its controller came to: under 500 for five models on five sources.

What has no value yet (the lag of a pipe, the time of a drift that never was) is absent rather than
NaN or zero. What is counted is there at 0 from the start, so that ``increase()`` sees the first
time; of the decisions only those for alarming reasons, as each action times each of 14 reasons
would be half the page, and no controller gives more than a few.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from math import isfinite
from typing import Any, NamedTuple, get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder

from lrcontrol import decode, guard
from lrcontrol._version import __version__
from lrcontrol.control.base import Action
from lrcontrol.status import DURATION_BUCKETS, ModelState, ModelStatus, SourceStatus, Status

Clock = Callable[[], float]
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
    held = each({end: last is not None and last.limit == end for end in ("low", "high")})
    yield gauge("controller_saturated", text, held, ("limit",))
    text = "Part of the last change asked for, in units of ln(rate)."
    yield gauge("controller_term", text, each(last.terms if last else {}), ("term",))
    text = "When the rate last moved."
    yield gauge("controller_last_change_timestamp_seconds", text, moment(m.changed_at))
    text = "Time the controller itself took for its decisions."
    seconds = summed(m.control_count, m.control_seconds)
    yield summary("controller_duration_seconds", text, seconds)


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


class Collector:
    """What ``prometheus_client`` asks for metrics: a view of the newest status, no state.

    ``clock`` is the monotonic clock of ``Status.turned``, ``wall`` seconds since the epoch.
    """

    def __init__(
        self, status: Callable[[], Status], clock: Clock = time.monotonic, wall: Clock = time.time
    ) -> None:
        self._status = status
        self._clock = clock
        self._wall = wall
        # From the package's metadata: importing River takes seconds.
        build = {"python": platform.python_version(), "river": version("river")}
        self._build = {"version": __version__, **build}

    def collect(self) -> Iterator[Metric]:
        """Yield every family of the newest status."""
        status = self._status()
        yield InfoMetricFamily("lrcontrol_build", "Versions.", value=self._build)
        yield from _families("", [("", self._daemon(status))])
        yield from _families("source", [(s.name, of_source(s)) for s in status.sources])
        yield from _families("model", [(m.name, of_model(m)) for m in status.models])

    def _daemon(self, status: Status) -> Iterator[Measure]:
        turned = self._wall() - (self._clock() - status.turned) if status.turned else 0.0
        ready = status.ready and not status.stopping
        yield gauge("ready", "1 while ready: started and not stopping.", one(ready))
        yield gauge("start_timestamp_seconds", "When it started.", moment(status.started_at))
        yield gauge("last_turn_timestamp_seconds", "When the loop last turned.", moment(turned))


def _families(owner: str, owned: Iterable[tuple[str, Iterable[Measure]]]) -> Iterable[Metric]:
    families: dict[str, Any] = {}
    for name, measures in owned:
        for family, title, text, samples, labels in measures:
            if title not in families:
                names = (owner, *labels) if owner else labels
                families[title] = family(f"lrcontrol_{title}", text, labels=names)
            for own, *values in samples:
                families[title].add_metric((name, *own) if owner else own, *values)
    return families.values()


def build_registry(status: Callable[[], Status]) -> CollectorRegistry:
    """Return a registry of its own with the daemon's status and this process's memory and time."""
    registry = CollectorRegistry()
    registry.register(Collector(status))
    ProcessCollector(registry=registry)
    return registry


def render(registry: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """Return the page and its content type: the text format, or OpenMetrics where accepted."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
