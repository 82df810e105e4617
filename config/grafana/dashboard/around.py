"""What stands around the panels: the variables to choose by, and the marks on every graph."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from dashboard.panels import SOURCE, Query

#: Reasons that people or the guard gave, not a law that runs as it should.
RARE = "manual|diverged|restored|nonfinite|drift|no_skill"


def choices() -> list[Any]:
    """Return what can be chosen, the data source first: the others are asked of it."""
    source = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    return [
        source,
        _asked("job", "label_values(lrcontrol_build_info, job)"),
        _asked("instance", 'label_values(lrcontrol_build_info{job=~"$job"}, instance)'),
        _asked("model", f"label_values({Query('lrcontrol_learn_steps_total{D}').written}, model)"),
    ]


def _asked(name: str, query: str) -> dashboard.QueryVariable:
    every = VariableOption(selected=True, text="All", value="$__all")
    found = dashboard.QueryVariable(name).label(name.capitalize()).datasource(SOURCE)
    found.query({"qryType": 1, "query": query, "refId": f"Variable-{name}"})
    found.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
    return found.multi(True).include_all(True).current(every)


def marks() -> list[dict[str, Any]]:
    """Return the marks, as Grafana's Prometheus data source writes them down.

    The SDK has no words for ``titleFormat`` and ``useValueForTime``: the value is the time of the
    event in milliseconds, so that a mark stands where something happened, not where it was scraped.
    """
    return [
        _mark("Drift", "orange", "lrcontrol_drift_last_timestamp_seconds{M} * 1000",
              "drift: {{model}}", "seen by {{detector}}"),
        _mark("Orders and rescues", "purple", _moved(f'reason=~"{RARE}"'),
              "{{model}}: {{action}}", "{{reason}}"),
        _mark("Every move of the rate", "blue", _moved(f'reason!~"{RARE}",action!="keep"'),
              "{{model}}: {{action}}", "{{reason}}", shown=False),
        _mark("Starts", "green", "lrcontrol_start_timestamp_seconds{D} * 1000",
              "started: {{instance}}", ""),
        _mark("Alerts", "red", 'ALERTS{alertname=~"Lrcontrol.+",alertstate="firing"}',
              "{{alertname}}", "{{model}}{{source}}{{instance}}", timed=False),
    ]  # fmt: skip


def _moved(which: str) -> str:
    """Return when the rate last moved, of models that had such a decision within a minute.

    Joined, because one series for each pair of action and reason would be a page of its own.
    """
    counted = f"increase(lrcontrol_controller_decisions_total{{M,{which}}}[1m])"
    decisions = f"sum by (job, instance, model, action, reason) ({counted})"
    moment = "lrcontrol_controller_last_change_timestamp_seconds{M} * 1000"
    return f"{moment} * on (job, instance, model) group_right () sgn({decisions} > 0)"


def _mark(
    name: str,
    colour: str,
    expr: str,
    title: str,
    text: str,
    shown: bool = True,
    timed: bool = True,
) -> dict[str, Any]:
    return {
        "name": name,
        "datasource": {"type": SOURCE.type_val, "uid": SOURCE.uid},
        "enable": shown,
        "hide": False,
        "iconColor": colour,
        "target": {"refId": "Anno", "expr": Query(expr).written, "interval": ""},
        "titleFormat": title,
        "textFormat": text,
        "tagKeys": "",
        "useValueForTime": timed,
    }
