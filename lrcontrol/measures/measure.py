"""One metric of one owner, and the ways to write its samples down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
    SummaryMetricFamily,
)

from lrcontrol.status import DURATION_BUCKETS

#: Label values of one series beyond its owner's name, then what ``add_metric`` of its type takes.
Sample = tuple[Any, ...]

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
info = partial(Measure, InfoMetricFamily)
states = partial(Measure, StateSetMetricFamily)


def one(value: float | None, *labels: str) -> list[Sample]:
    """Return one sample, or none where there is no finite value."""
    return [] if value is None or not isfinite(value) else [(labels, value)]


def each(values: Mapping[Any, float]) -> list[Sample]:
    """Return one sample a key (a label value or a tuple of them)."""
    keys = ((k if isinstance(k, tuple) else (k,), v) for k, v in values.items())
    return [sample for labels, value in keys for sample in one(value, *labels)]


def summed(count: int, total: float, *labels: str) -> list[Sample]:
    """Return a count and a sum; none when the sum is not finite, as no rate recovers from that."""
    return [(labels, count, total)] if isfinite(total) else []


def bucketed(cumulative: Sequence[int], seconds: float) -> list[Sample]:
    """Return a histogram over ``DURATION_BUCKETS``."""
    counts = cumulative or [0] * len(EDGES)
    return [((), list(zip(EDGES, counts, strict=True)), seconds)]


def ratio(part: float, whole: float) -> list[Sample]:
    """Return ``part / whole``, or none where that means nothing."""
    return one(part / whole) if whole else []


def moment(at: float, *labels: str) -> list[Sample]:
    """Return a time in seconds since the epoch, or none for 0, which stands for never."""
    return one(at or None, *labels)
