"""What did the controller do, and why? Modes, decisions, their reasons and terms."""

from __future__ import annotations

from typing import Any

from dashboard.panels import (
    BLUE,
    GREEN,
    PURPLE,
    RED,
    YELLOW,
    Look,
    Query,
    graph,
    rows,
    timeline,
)

TITLE = "What did the controller do, and why?"

MODES = {
    0: ("automatic", GREEN),
    1: ("by hand", BLUE),
    2: ("safe mode", RED),
    3: ("by hand, safe mode", PURPLE),
}
RUNGS = {
    0: ("watching", GREEN),
    1: ("rate lowered", YELLOW),
    2: ("frozen", YELLOW),
    3: ("cooling", BLUE),
    4: ("safe mode", RED),
}


def panels() -> list[Any]:
    """Return the panels of the row."""
    return [_mode(), _guard(), _decisions(), _rulings(), _terms(), _changes()]


def _mode() -> Any:
    todo = (
        "Who moves the rate. By hand and nobody knows why: lrcontrol status names who and until "
        "when; lrcontrol resume gives it back. Safe mode: runbook, LrcontrolSafeMode."
    )
    expr = (
        'sum by (instance, model) (lrcontrol_controller_mode{M,lrcontrol_controller_mode="manual"})'
        " + 2 * "
        'sum by (instance, model) (lrcontrol_controller_mode{M,lrcontrol_controller_mode="safe"})'
    )
    query = Query(expr, "{{model}}")
    return timeline("Mode", todo, Look(12, words=MODES), query)


def _guard() -> Any:
    todo = (
        "How far the guard against divergence went, in the order of how bad it is. It climbs down "
        "by itself, out of safe mode after long quiet, or when told to (lrcontrol resume)."
    )
    query = Query("lrcontrol_divergence_level{M}", "{{model}}")
    return timeline("Guard", todo, Look(12, words=RUNGS), query)


def _decisions() -> Any:
    todo = (
        "Decisions by what happened to the rate and why. In words, with what was seen, asked for "
        "and applied: lrcontrol explain."
    )
    query = Query(
        "sum by (action, reason) "
        "(rate(lrcontrol_controller_decisions_total{M}[$__rate_interval])) > 0",
        "{{action}}: {{reason}}",
    )
    look = Look(16, "ops", low=0, stacked=True, bars=True)
    return graph("Decisions", todo, look, query)


def _rulings() -> Any:
    todo = (
        "What the guard did: rate lowered, frozen, set back to the last good state, safe mode; "
        "drift means that it did nothing, as the stream changed. Any roll_back: runbook, "
        "LrcontrolDiverged."
    )
    query = Query(
        "sum by (ruling) (increase(lrcontrol_divergence_rulings_total{M}[$__rate_interval]))",
        "{{ruling}}",
    )
    return graph("Rulings of the guard", todo, Look(8, low=0, bars=True, stacked=True), query)


def _terms() -> Any:
    todo = (
        "Parts of the last change asked for, in units of ln(rate): which of them pulled, and "
        "which way. Empty for controllers that do not reckon in terms."
    )
    query = Query("lrcontrol_controller_term{M}", "{{model}} {{term}}")
    return graph("Terms of the controller", todo, Look(12), query)


def _changes() -> Any:
    todo = "When each model's rate last moved, when it last saw a drift, and until when it is held."
    columns = {
        "instance": "Instance",
        "model": "Model",
        "Value #A": "Rate moved",
        "Value #B": "Drift seen",
        "Value #C": "Held until",
    }
    return rows(
        "Last changes",
        todo,
        Look(12, "dateTimeFromNow"),
        columns,
        Query("max by (instance, model) "
              "(lrcontrol_controller_last_change_timestamp_seconds{M}) * 1000"),
        Query("max by (instance, model) (lrcontrol_drift_last_timestamp_seconds{M}) * 1000"),
        Query("max by (instance, model) "
              "(lrcontrol_controller_override_expiry_timestamp_seconds{M} > 0) * 1000"),
    )  # fmt: skip
