"""Is the rate right? What is in force, what would be better, and what holds it."""

from __future__ import annotations

from typing import Any

from dashboard.panels import GREEN, RED, Look, Query, coloured, graph

TITLE = "Is the rate right?"


def panels() -> list[Any]:
    """Return the panels of the row."""
    return [_rate(), _arms(), _trend(), _limits(), _members()]


def _rate() -> Any:
    todo = (
        "The rate in force, read back from the optimizers, with what was asked for and the "
        "limits. Lying on a limit: widen it if the arms beside agree. Moving by decades without "
        "end: runbook, LrcontrolRateHunting. By hand: lrcontrol hold, set-rate, resume."
    )
    panel = graph(
        "Learning rate",
        todo,
        Look(16, log=True),
        Query("lrcontrol_learning_rate{M}", "{{model}} {{group}}"),
        Query("lrcontrol_learning_rate_requested{M}", "{{model}} asked"),
        Query("lrcontrol_learning_rate_min{M}", "{{model}} low limit"),
        Query("lrcontrol_learning_rate_max{M}", "{{model}} high limit"),
    )
    return panel.override_by_regexp(*coloured("/limit/", "gray"))


def _arms() -> Any:
    todo = (
        "Loss of a copy that learns at another rate (half, double, fixed) over the served "
        "model's, on the same records. Above 1 the controller is right. Below 0.9 for half an "
        "hour: runbook, LrcontrolShadowBetter. Empty where models.<name>.shadows is not set."
    )
    look = Look(8, "short", ((None, RED), (0.9, GREEN)))
    query = Query("model_arm:lrcontrol_shadow_loss:ratio1h{M}", "{{model}} {{arm}}")
    return graph("Loss at another rate, over loss now", todo, look, query)


def _trend() -> Any:
    todo = (
        "What the controller sees: the fast mean of the loss against the slow one (below 0 it "
        "improves), and how noisy it is. A trend well inside the noise is no reason for anything."
    )
    return graph(
        "Trend and noise of the loss",
        todo,
        Look(8, "percentunit"),
        Query("lrcontrol_loss_trend_ratio{M}", "{{model}} trend"),
        Query("lrcontrol_loss_noise_ratio{M}", "{{model}} noise"),
    )


def _limits() -> Any:
    todo = (
        "Share of time that a limit held the rate back. Near 1: the controller wants what it is "
        "not given. Look at the arms, then widen models.<name>.limits and reload."
    )
    look = Look(8, "percentunit", low=0, high=1)
    query = Query(
        "avg_over_time(lrcontrol_controller_saturated{M}[$__rate_interval])", "{{model}} {{limit}}"
    )
    return graph("Held by a limit", todo, look, query)


def _members() -> Any:
    todo = (
        "Of a bank, race or mixture: each member's share in what is served. Empty for other "
        "controllers, and where there would be too many series (lrcontrol_series_left_out)."
    )
    look = Look(8, "percentunit", low=0, stacked=True)
    query = Query("lrcontrol_member_weight{M} > 0", "{{model}} {{member}}")
    return graph("Members served", todo, look, query)
