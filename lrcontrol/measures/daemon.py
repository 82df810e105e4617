"""What is told of the daemon itself: its loop, configuration, checkpoints, letters and clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lrcontrol.measures.measure import (
    Measure,
    Sample,
    counter,
    each,
    gauge,
    info,
    moment,
    one,
    summary,
    summed,
)
from lrcontrol.status import CheckpointStatus, DeadLettersStatus, Status


def of_daemon(status: Status, turned: float, left_out: int) -> Iterator[Measure]:
    """Yield what is told of every daemon; ``turned`` is when its loop turned, on the wall clock."""
    ready = status.ready and not status.stopping
    yield gauge("ready", "1 while ready: started and not stopping.", one(ready))
    text = "Series of members and of comparison rates that are not shown, as the page has its most."
    yield gauge("series_left_out", text, one(left_out or None))
    yield gauge("start_timestamp_seconds", "When it started.", moment(status.started_at))
    yield gauge("last_turn_timestamp_seconds", "When the loop last turned.", moment(turned))
    yield from of_reload(status)


def of_reload(status: Status) -> Iterator[Measure]:
    """Yield what became of reading the configuration; at the start it was read well."""
    reload = status.reload
    text = "1 while what was last read of the configuration is in force, 0 where it was refused."
    yield gauge("config_last_reload_successful", text, one(reload.well))
    text = "When the configuration in force was read."
    at = moment(reload.at or status.started_at)
    yield gauge("config_last_reload_success_timestamp_seconds", text, at)
    yield counter("config_reloads", "Times it was read again, in vain or not.", one(reload.times))
    labels: list[Sample] = [((), {"hash": status.config_hash})] if status.config_hash else []
    yield info("config_hash", "Hash of the configuration in force.", labels)


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


def of_requests(counts: Mapping[Any, int], seconds: Mapping[Any, float]) -> Iterator[Measure]:
    """Yield what clients asked for and how long answers took.

    Both by (handler, method, code): the route's template, never the path, which a client makes up.
    """
    labels = ("handler", "method", "code")
    asked = each({(route, method, str(code)): n for (route, method, code), n in counts.items()})
    yield counter("http_requests", "Requests answered.", asked, labels)
    times: dict[tuple[str, str], tuple[int, float]] = {}
    for key, count in counts.items():
        before, spent = times.get(key[:2], (0, 0.0))
        times[key[:2]] = before + count, spent + seconds.get(key, 0.0)
    took = [s for key, (n, spent) in times.items() for s in summed(n, spent, *key)]
    text = "Time from a request to the beginning of its answer."
    yield summary("http_request_duration_seconds", text, took, labels[:2])
