"""Is the data all right? What comes, how late it is, and what of it is bad."""

from __future__ import annotations

from typing import Any

from dashboard.panels import Look, Query, graph

TITLE = "Is the data all right?"


def panels() -> list[Any]:
    """Return the panels of the row."""
    return [_records(), _lag(), _age(), _rejected(), _refused(), _letters(), _drift(), _odd()]


def _records() -> Any:
    todo = (
        "Messages read, decoded or not. Falling to 0: is the producer running, is the source "
        "connected? Runbook, LrcontrolSourceSilent."
    )
    query = Query(
        "sum by (instance, source) (rate(lrcontrol_source_records_total{D}[$__rate_interval]))",
        "{{source}}",
    )
    return graph("Messages read", todo, Look(8, "recps", low=0), query)


def _lag() -> Any:
    todo = (
        "Records that wait and were not read yet, where the source can tell. Growing without end: "
        "runbook, LrcontrolFallingBehind."
    )
    query = Query("lrcontrol_source_lag_records{D}", "{{source}}")
    return graph("Waiting to be read", todo, Look(8, low=0), query)


def _age() -> Any:
    todo = (
        "How long ago the last record came, and how old its own timestamp is, where it has one. "
        "Coming and yet old: the producer is late, or a backlog is being read."
    )
    return graph(
        "Age of the newest record",
        todo,
        Look(8, "s", low=0),
        Query(
            "time() - (lrcontrol_source_last_record_timestamp_seconds{D} > 0)", "{{source}} came"
        ),
        Query("time() - lrcontrol_source_last_event_timestamp_seconds{D}", "{{source}} happened"),
    )


def _rejected() -> Any:
    todo = (
        "Messages that gave no record, by reason. What they looked like: lrcontrol dlq list, "
        "where dead letters are kept, else the log. Runbook, LrcontrolRejecting."
    )
    query = Query(
        "sum by (source, reason) "
        "(rate(lrcontrol_source_records_rejected_total{D}[$__rate_interval]))",
        "{{source}} {{reason}}",
    )
    return graph("Not decoded", todo, Look(8, "recps", low=0, stacked=True), query)


def _refused() -> Any:
    todo = (
        "Records that the guard kept out of a model, by reason: out of bounds, not finite, wrong "
        "type. Right but unusual: widen models.<name>.bounds. Runbook, LrcontrolRefusing."
    )
    query = Query(
        "sum by (model, reason) (rate(lrcontrol_records_rejected_total{M}[$__rate_interval]))",
        "{{model}} {{reason}}",
    )
    return graph("Refused by the guard", todo, Look(8, "recps", low=0, stacked=True), query)


def _letters() -> Any:
    todo = (
        "Dead letters in the store. Rising: somebody has to look (lrcontrol dlq list), mend the "
        "producer or the configuration, and send them again (lrcontrol dlq replay)."
    )
    return graph(
        "Dead letters held",
        todo,
        Look(8, low=0),
        Query("lrcontrol_deadletter_held{D}", "{{instance}} held"),
        Query("lrcontrol_deadletter_waiting{D}", "{{instance}} not durable yet"),
        Query("sum by (instance, source, reason) (lrcontrol_deadletter_records_total{D})",
              "{{source}} {{reason}} so far"),
    )  # fmt: skip


def _drift() -> Any:
    todo = (
        "Drifts that the detector saw. One by itself is what it is there for; many an hour: the "
        "detector is too keen, or the stream is two streams."
    )
    query = Query(
        "sum by (model, detector) (increase(lrcontrol_drift_events_total{M}[$__rate_interval]))",
        "{{model}} {{detector}}",
    )
    return graph("Drifts", todo, Look(12, low=0, bars=True), query)


def _odd() -> Any:
    todo = (
        "Feature values shown to the model as the mean because they were outliers, and values "
        "under names beyond the most there may be. A steady trickle of the latter: an id is among "
        "the features."
    )
    return graph(
        "Odd feature values",
        todo,
        Look(12, "recps", low=0),
        Query("rate(lrcontrol_features_replaced_total{M}[$__rate_interval])", "{{model}} outliers"),
        Query("rate(lrcontrol_features_beyond_names_total{M}[$__rate_interval])",
              "{{model}} beyond names"),
    )  # fmt: skip
