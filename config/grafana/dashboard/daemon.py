"""Is the daemon all right? Time, memory, checkpoints, its configuration and its clients."""

from __future__ import annotations

from typing import Any

from dashboard.panels import GREEN, RED, YELLOW, Look, Query, graph, number

TITLE = "Is the daemon all right?"

YES = {0: ("no", RED), 1: ("yes", GREEN)}
RELOADED = {0: ("refused", RED), 1: ("in force", GREEN)}


def panels() -> list[Any]:
    """Return the panels of the row."""
    first = [_ready(), _reload(), _checkpoint_age(), _turn()]
    return [*first, _busy(), _slow(), _memory(), _checkpoints(), _requests(), _answers()]


def _ready() -> Any:
    todo = "Started, not stopping, its checkpoints as they should be. No: curl .../readyz?verbose."
    look = Look(6, words=YES)
    return number("Ready", todo, look, Query("lrcontrol_ready{D}", "{{instance}}"))


def _reload() -> Any:
    todo = (
        "What became of the last reload. Refused: the old configuration is in force; lrcontrol "
        "validate FILE says what is wrong with the new one. Runbook, LrcontrolReloadFailed."
    )
    query = Query("lrcontrol_config_last_reload_successful{D}", "{{instance}}")
    return number("Configuration", todo, Look(6, words=RELOADED), query)


def _checkpoint_age() -> Any:
    todo = (
        "How old the last durable checkpoint is: what a crash now would cost in learning again. "
        "Runbook, LrcontrolCheckpointStale. No data: checkpoint.dir names no folder."
    )
    look = Look(6, "s", ((None, GREEN), (600.0, YELLOW), (3600.0, RED)))
    query = Query("time() - lrcontrol_checkpoint_timestamp_seconds{D}", "{{instance}}")
    return number("Age of the last checkpoint", todo, look, query)


def _turn() -> Any:
    todo = "How long ago the loop last turned. Above a minute: runbook, LrcontrolStalled."
    look = Look(6, "s", ((None, GREEN), (30.0, YELLOW), (60.0, RED)))
    query = Query("time() - lrcontrol_last_turn_timestamp_seconds{D}", "{{instance}}")
    return number("Last turn of the loop", todo, look, query)


def _busy() -> Any:
    todo = (
        "Seconds of learning and of answering clients in each second, and of them the "
        "controller's. At 1 the one thread is full: a cheaper pipeline, fewer models, or two "
        "daemons."
    )
    return graph(
        "Time at work",
        todo,
        Look(8, "percentunit", low=0),
        Query("sum by (instance, model) (rate(lrcontrol_learn_duration_seconds_sum{M}"
              "[$__rate_interval]))", "{{model}} learning"),
        Query("sum by (instance, model) (rate(lrcontrol_predict_duration_seconds_sum{M}"
              "[$__rate_interval]))", "{{model}} answering"),
        Query("sum by (instance, model) (rate(lrcontrol_controller_duration_seconds_sum{M}"
              "[$__rate_interval]))", "{{model}} controller"),
    )  # fmt: skip


def _slow() -> Any:
    todo = (
        "What 99 of 100 records take at most to be predicted, scored and learned (averaged over "
        "their block), and 99 of 100 questions to be answered. Rising slowly: a model that grows, "
        "as trees do."
    )
    return graph(
        "p99 of a record",
        todo,
        Look(8, "s", log=True),
        Query("histogram_quantile(0.99, sum by (model, le) "
              "(rate(lrcontrol_learn_duration_seconds_bucket{M}[$__rate_interval])))",
              "{{model}} learn"),
        Query("histogram_quantile(0.99, sum by (model, le) "
              "(rate(lrcontrol_predict_duration_seconds_bucket{M}[$__rate_interval])))",
              "{{model}} predict"),
    )  # fmt: skip


def _memory() -> Any:
    todo = (
        "Memory that is resident. Rising for days: a model without a bound (a tree, one-hot "
        "names); its size shows in the checkpoints too."
    )
    return graph(
        "Memory",
        todo,
        Look(8, "bytes", low=0),
        Query("process_resident_memory_bytes{D}", "{{instance}}"),
        Query("lrcontrol_checkpoint_size_bytes{D}", "{{instance}} checkpoint"),
    )


def _checkpoints() -> Any:
    todo = (
        "Checkpoints written and failed, and the share of time that learning stood still for "
        "them. Failing: disk full, folder not writable; the log says which. Runbook, "
        "LrcontrolCheckpointFailing."
    )
    return graph(
        "Checkpoints",
        todo,
        Look(8, low=0),
        Query("increase(lrcontrol_checkpoint_written_total{D}[$__rate_interval])",
              "{{instance}} written"),
        Query("increase(lrcontrol_checkpoint_failures_total{D}[$__rate_interval])",
              "{{instance}} failed"),
        Query("rate(lrcontrol_checkpoint_pause_seconds_sum{D}[$__rate_interval])",
              "{{instance}} share of time"),
    )  # fmt: skip


def _requests() -> Any:
    todo = (
        "Requests by what was asked and how it was answered. 4xx: a client is wrong (401: its "
        "token); 429 and 503: it asks too much, or the daemon is not ready; 500: ours, see the "
        "log."
    )
    query = Query(
        "sum by (handler, code) (rate(lrcontrol_http_requests_total{D}[$__rate_interval]))",
        "{{handler}} {{code}}",
    )
    return graph("Requests", todo, Look(8, "reqps", low=0, stacked=True), query)


def _answers() -> Any:
    todo = (
        "Mean time to answer. Questions are answered between two blocks of records: slow blocks "
        "make slow answers."
    )
    rate = (
        "sum by (handler) (rate(lrcontrol_http_request_duration_seconds_%s{D}[$__rate_interval]))"
    )
    query = Query(f"{rate % 'sum'} / ({rate % 'count'} > 0)", "{{handler}}")
    return graph("Time to answer", todo, Look(8, "s", low=0), query)
