"""What is told of a source: what it read, what of it was bad, and how far behind it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from lrcontrol import decode
from lrcontrol.measures.measure import Measure, counter, each, gauge, moment, one
from lrcontrol.status import SourceStatus

REJECTIONS = dict.fromkeys(get_args(decode.Reason), 0)


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
