"""The dashboard as it is committed: equal to its source, of Grafana's types, and whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import pytest
from operations.board import FILE, RATE_INTERVAL, filled, load, panels, queries, variables
from operations.stage import CONFIG, HERE

SOURCE = CONFIG / "grafana"
REMAKE = "(cd config/grafana && python -m dashboard > dashboards/lrcontrol.json)"
#: Where ``npm install @grafana/schema typescript`` was run; see docs/monitoring.md.
TYPES = os.environ.get("GRAFANA_TYPES", str(Path.home() / ".cache" / "lrcontrol-grafana-types"))
COMPILER = Path(TYPES) / "node_modules" / "typescript" / "bin" / "tsc"
OPTIONS = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022",
           "--module", "preserve", "--moduleResolution", "bundler"]  # fmt: skip

#: The dashboard as it is, and what must be noticed when it is wrong.
CHANGES = [
    ("", ""),
    ('"w": 18', '"w": "oops"'),
    ('"unit": "bytes"', '"unitz": "bytes"'),
    ('"fillOpacity"', '"fillOpacityy"'),
    ('"sort": "desc"', '"sort": "down"'),
    ('"legendFormat"', '"legendFormt"'),
    ('"uid": "${datasource}"', '"uid": "PBFA97CFB590B2093"'),
]


def missing(what: str) -> None:
    """Skip, or fail where ``CI`` is true."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def test_the_dashboard_is_what_its_source_makes():
    if find_spec("grafana_foundation_sdk") is None:
        missing("grafana-foundation-sdk is not installed (extra dev)")
    made = subprocess.run(
        [sys.executable, "-m", "dashboard"], cwd=SOURCE, capture_output=True, text=True, check=True
    )
    assert made.stdout == FILE.read_text(), f"remake it: {REMAKE}"


def test_its_sources_examples_are_right():
    check = "import doctest, dashboard.panels as p; raise SystemExit(doctest.testmod(p).failed)"
    subprocess.run([sys.executable, "-c", check], cwd=SOURCE, timeout=60, check=True)


@pytest.fixture(scope="module")
def compiled(program, tmp_path_factory):
    """What the compiler says of the dashboard, and of wrong ones, by Grafana's types."""
    node = program("node", "nodejs")
    if not COMPILER.exists():
        missing(f"no {COMPILER}: npm install --prefix {TYPES} @grafana/schema typescript")
    folder = tmp_path_factory.mktemp("types")
    (folder / "node_modules").symlink_to(Path(TYPES) / "node_modules")
    (folder / "dashboard.d.ts").write_text((HERE / "dashboard.d.ts").read_text())
    head = "import type { Board } from './dashboard';\nexport const board: Board = "
    board = FILE.read_text()
    files = []
    for number, (right, wrong) in enumerate(CHANGES):
        assert right in board
        files.append(f"board{number}.ts")
        (folder / files[-1]).write_text(f"{head}{board.replace(right, wrong, 1)};\n")
    command = [node, str(COMPILER), *OPTIONS, *files]  # at once: the types take seconds to read
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout


def test_the_dashboard_is_of_grafanas_types(compiled):
    assert "board0.ts" not in compiled
    assert compiled.count("error TS") == len(re.findall(r"^board\d+\.ts\(", compiled, re.MULTILINE))


@pytest.mark.parametrize("number", range(1, len(CHANGES)), ids=lambda n: CHANGES[n][1])
def test_what_is_not_of_grafanas_types_is_noticed(compiled, number):
    assert f"board{number}.ts(" in compiled


def test_every_panel_has_a_number_of_its_own():
    numbers = [panel["id"] for panel in load()["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_panels_lie_on_the_grid_and_not_on_one_another():
    places = [panel["gridPos"] for panel in load()["panels"]]
    assert all(p["x"] >= 0 and p["w"] > 0 and p["x"] + p["w"] <= 24 for p in places)
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, (a, b)


def test_rows_of_panels_are_filled():
    by_height: dict[int, int] = {}
    for panel in load()["panels"]:
        place = panel["gridPos"]
        by_height[place["y"]] = by_height.get(place["y"], 0) + place["w"]
    assert set(by_height.values()) == {24}


def test_the_rows_are_in_the_order_of_the_questions():
    rows = [panel["title"] for panel in load()["panels"] if panel["type"] == "row"]
    assert [row.split()[0] for row in rows] == ["Is", "Is", "What", "Is", "Is"]
    assert rows[0] == "Is it learning?"
    assert rows[-1] == "Is the daemon all right?"


def test_every_variable_in_a_query_is_declared():
    declared = {"datasource", *variables(load())}
    assert declared == {"datasource", "job", "instance", "model"}
    known = dict.fromkeys(declared, ".*")
    for asked in queries(load()):
        assert "$" not in filled(asked.expr, known), asked
    assert "rate_interval" not in RATE_INTERVAL


def test_a_rate_is_over_grafanas_own_interval():
    for panel in panels(load()):
        for target in panel["targets"]:
            windows = set(re.findall(r"\[([^]]+)\]", target["expr"]))
            assert windows <= {"$__rate_interval"}, (panel["title"], windows)


def test_every_panel_asks_the_chosen_source_and_says_what_to_do():
    for panel in panels(load()):
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len(panel["description"]) > 60, panel["title"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])


def test_what_is_named_in_a_description_exists():
    alerts = set(re.findall(r"alert: (\w+)", (CONFIG / "rules" / "alerts.yml").read_text()))
    named = {n for p in panels(load()) for n in re.findall(r"Lrcontrol\w+", p["description"])}
    assert len(named) > 10
    assert named <= alerts
