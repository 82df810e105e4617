"""Is it learning? The loss against no skill, and how much was learned."""

from __future__ import annotations

from typing import Any

from dashboard.panels import GREEN, RED, YELLOW, Look, Query, coloured, graph, number

TITLE = "Is it learning?"

#: Below 0 worse than no model; from 0 on better.
SKILL = ((None, RED), (0.0, YELLOW), (0.05, GREEN))


def panels() -> list[Any]:
    """Return the panels of the row."""
    return [_skill(), _loss(), _skill_over_time(), _learned(), _metrics()]


def _skill() -> Any:
    todo = (
        "1 is perfect, 0 no better than predicting the mean (or the class frequencies) of what "
        "came before, below 0 worse. Below 0 for half an hour: runbook, LrcontrolNoSkill. A stat "
        "that says No data: nothing is learned, see Records learned, or the recording rules are "
        "not loaded."
    )
    look = Look(6, "percentunit", SKILL)
    return number("Skill", todo, look, Query("model:lrcontrol_skill:ratio5m{M}", "{{model}}"))


def _loss() -> Any:
    todo = (
        "Progressive loss: each record is scored before it is learned. Well: the 5-minute mean "
        "lies below the baseline's. Rising above the mean of the hour: look for a drift mark, "
        "then at the rate below; where neither moved, look at the data."
    )
    panel = graph(
        "Loss",
        todo,
        Look(18),
        Query("model:lrcontrol_loss:mean5m{M}", "{{model}} 5 min"),
        Query("model:lrcontrol_loss:mean1h{M}", "{{model}} 1 h"),
        Query("model:lrcontrol_baseline_loss:mean5m{M}", "{{model}} no skill"),
    )
    return panel.override_by_regexp(*coloured("/no skill/", "gray"))


def _skill_over_time() -> Any:
    todo = (
        "The same over time. It falls at a drift and should come back by itself; where it does "
        "not, see whether the rate rose after the drift, and whether a limit held it."
    )
    look = Look(8, "percentunit", SKILL)
    query = Query("model:lrcontrol_skill:ratio5m{M}", "{{model}}")
    return graph("Skill over time", todo, look, query)


def _learned() -> Any:
    todo = (
        "Records learned, and those the guard kept out. 0 while the source sends: runbook, "
        "LrcontrolNotLearning."
    )
    return graph(
        "Records learned",
        todo,
        Look(8, "recps", low=0),
        Query("sum by (instance, model) (rate(lrcontrol_learn_steps_total{M}[$__rate_interval]))",
              "{{model}}"),
        Query('sum by (instance, model) (rate(lrcontrol_records_total{M,outcome="rejected"}'
              "[$__rate_interval]))", "{{model}} refused"),
    )  # fmt: skip


def _metrics() -> Any:
    todo = (
        "River's metrics, as configured, since the start: slow to move, so compare days, not "
        "minutes. The loss beside it is what the controller follows."
    )
    query = Query("lrcontrol_metric_value{M}", "{{model}} {{metric}}")
    return graph("River metrics since the start", todo, Look(8), query)
