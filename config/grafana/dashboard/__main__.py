"""Print the dashboard as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from dashboard import around, control, daemon, data, learning, rate

ROWS = (learning, rate, control, data, daemon)
TEXT = (
    "From the top: is it learning, is the rate right, what was done and why, the data, the daemon."
)


def board() -> dict[str, Any]:
    """Return the dashboard as data, its panels numbered in order.

    What the SDK adds of its own, and Grafana's types do not know, is taken out again.
    """
    made = dashboard.Dashboard("lrcontrol").uid("lrcontrol").description(TEXT).tags(["lrcontrol"])
    made.time("now-3h", "now").refresh("30s").timezone("browser").editable()
    made.tooltip(DashboardCursorSync.CROSSHAIR).variables(around.choices())
    number = 0
    for row in ROWS:
        number += 1
        made.with_row(dashboard.Row(row.TITLE).id(number))
        for panel in row.panels():
            number += 1
            made.with_panel(panel.id(number))
    said: dict[str, Any] = json.loads(JSONEncoder().encode(made.build()))
    for variable in said["templating"]["list"]:
        for name in ("auto", "auto_count", "auto_min"):  # of another kind of variable
            variable.pop(name, None)
    for panel in said["panels"]:
        panel.get("options", {}).pop("footer", None)  # of tables before Grafana 13
    said["annotations"] = {"list": around.marks()}
    return said


def main() -> None:
    """Print it."""
    json.dump(board(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
