"""The page about every metric, made from the metrics themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
    SummaryMetricFamily,
)

from lrcontrol.measures.daemon import of_checkpoints, of_daemon, of_letters, of_requests
from lrcontrol.measures.measure import Measure
from lrcontrol.measures.model import of_arms, of_members, of_model
from lrcontrol.measures.source import of_source
from lrcontrol.status import (
    CheckpointStatus,
    DeadLettersStatus,
    LoopStatus,
    ModelStatus,
    SourceStatus,
    Status,
)

REMAKE = "python -m lrcontrol.measures.reference > docs/metrics.md"
#: What each type is called, and what its name ends with on the page.
KINDS: dict[Any, tuple[str, str]] = {
    CounterMetricFamily: ("counter", "_total"),
    GaugeMetricFamily: ("gauge", ""),
    HistogramMetricFamily: ("histogram", "_bucket, _sum, _count"),
    InfoMetricFamily: ("info", "_info"),
    StateSetMetricFamily: ("state set", ""),
    SummaryMetricFamily: ("summary", "_sum, _count"),
}
OPENING = f"""\
# Metrics

Made by `{REMAKE}`; a test keeps it up to date.

`GET /metrics` gives them in Prometheus's text format, or as OpenMetrics to those who ask for it.
All names begin with `lrcontrol_`, times are seconds, `_timestamp_seconds` those since the epoch.
Label values come from closed sets (names in the configuration, words in the code, templates of
routes), so nothing that is sent makes a new series; where a page would have more than 500, members
and arms are left out.

What has no value yet is absent, not 0; what is counted is there at 0 from the start, save where it
says otherwise. A mean over any window is `rate(x_sum[5m]) / rate(x_count[5m])`; skill is one minus
such a mean of `lrcontrol_loss` over that of `lrcontrol_baseline_loss`. What to ask of them:
[`config/rules`](../config/rules), [the dashboard](../config/grafana/dashboards/lrcontrol.json), and
[the runbook](runbook.md) for each alert.

A state set has one series for each state, 0 or 1, under a label of its own name. Besides these
there are `lrcontrol_build_info` (version, python, river) and the process's own `process_...`.
"""


def page() -> str:
    """Return the whole page."""
    model = ModelStatus("", LoopStatus())
    sections = {
        "The daemon": ("", of_daemon(Status(), 0.0, 0)),
        "Sources": ("source", of_source(SourceStatus(""))),
        "Models": ("model", of_model(model)),
        "Arms: copies at other rates": ("model", of_arms(model)),
        "Members of a bank, race or mixture": ("model", of_members(model)),
        "Checkpoints, where they are kept": ("", of_checkpoints(CheckpointStatus())),
        "Dead letters, where they are kept": ("", of_letters(DeadLettersStatus())),
        "Requests": ("", of_requests({}, {})),
    }
    told = [_section(title, owner, measures) for title, (owner, measures) in sections.items()]
    return "\n".join([OPENING, *told])


def _section(title: str, owner: str, measures: Iterable[Measure]) -> str:
    head = f"## {title}\n\n| metric | type | labels | |\n|---|---|---|---|\n"
    return head + "".join(_row(owner, measure) for measure in measures)


def _row(owner: str, measure: Measure) -> str:
    kind, ending = KINDS[measure.family]
    own = {"state set": f"lrcontrol_{measure.name}", "info": "hash"}.get(kind, "")
    labels = [f"`{name}`" for name in (owner, *measure.labels, own) if name]
    name = f"`{measure.name}{ending}`" if ending.count("_") == 1 else f"`{measure.name}` {ending}"
    return f"| {name.strip()} | {kind} | {', '.join(labels)} | {measure.help} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
