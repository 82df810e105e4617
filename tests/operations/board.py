"""What the committed dashboard and rules ask Prometheus, as Grafana and Prometheus would ask it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml
from operations.stage import CONFIG

FILE = CONFIG / "grafana" / "dashboards" / "lrcontrol.json"
#: A name of a metric in an expression: ours, a recorded one, or one of the process.
METRIC = re.compile(r"\b(?:[a-z_]+:)?(?:lrcontrol|process)_[a-z0-9_]+(?::[a-z0-9_]+)?|\bALERTS\b")
#: A metric with its labels: what an alert looks at, whatever it compares it to.
SELECTOR = re.compile(rf"(?:{METRIC.pattern}|\bup\b)(?:\{{[^}}]*\}})?")
#: For a scrape a second: Grafana takes four of them at least.
RATE_INTERVAL = "4s"


class Asked(NamedTuple):
    """One query and where it stands."""

    where: str
    expr: str

    @property
    def metrics(self) -> list[str]:
        """The metrics it names, labels of the same name apart."""
        bare = re.sub(r"\{[^}]*\}|\b(?:by|on|without|ignoring) \([^)]*\)", "", self.expr)
        return sorted(set(METRIC.findall(bare)))

    def without(self, metric: str) -> Asked:
        """Return the query with a metric of another name."""
        return self._replace(expr=re.sub(rf"\b{metric}\b(?![:\w\"'=])", f"{metric}x", self.expr))


def load() -> dict[str, Any]:
    """Return the dashboard as it is committed."""
    board: dict[str, Any] = json.loads(FILE.read_text())
    return board


def panels(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return its panels without the rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def variables(board: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return of each variable that is asked for: the label, and the series that have it."""
    found = {}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            query = variable["query"]["query"]
            inside = re.fullmatch(r"label_values\((.*), (\w+)\)", query)
            assert inside is not None, query
            found[variable["name"]] = (inside[2], inside[1])
    return found


def chosen(board: Mapping[str, Any], values: Callable[[str, str], list[str]]) -> dict[str, str]:
    """Return the variables with All chosen, each asked of Prometheus with those before it set."""
    known: dict[str, str] = {}
    for name, (label, series) in variables(board).items():
        found = values(label, filled(series, known))
        assert found, f"variable {name} has no value: {series}"
        known[name] = f"({'|'.join(map(re.escape, found))})"  # as Grafana writes several
    return known


def filled(expr: str, known: Mapping[str, str]) -> str:
    """Return an expression with every variable replaced; one that is not known stays."""
    expr = expr.replace("$__rate_interval", RATE_INTERVAL)
    for name, value in known.items():
        expr = expr.replace(f"${name}", value.replace("\\", "\\\\"))
    return expr


def queries(board: Mapping[str, Any]) -> Iterator[Asked]:
    """Yield every query of panels and annotations."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield Asked(f"{panel['title']} {target['refId']}", target["expr"])
    for mark in board["annotations"]["list"]:
        yield Asked(f"mark {mark['name']}", mark["target"]["expr"])


def rules(kind: str) -> Iterator[dict[str, Any]]:
    """Yield the rules of a kind: ``alert`` or ``record``."""
    for path in sorted((CONFIG / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from (rule for rule in group["rules"] if kind in rule)


def looked_at() -> Iterator[Asked]:
    """Yield what the rules look at: what is recorded whole, of an alert each series it compares."""
    for rule in rules("record"):
        yield Asked(rule["record"], rule["expr"])
    for rule in rules("alert"):
        for number, selector in enumerate(SELECTOR.findall(rule["expr"])):
            yield Asked(f"{rule['alert']} {number}", selector)
