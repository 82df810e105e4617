"""Rules and how they behave, and a section of the runbook for each alert."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from operations.board import METRIC, load, looked_at, queries, rules
from operations.stage import CONFIG

from lrcontrol.cli import cli
from lrcontrol.measures.reference import page

RUNBOOK = CONFIG.parent / "docs" / "runbook.md"
BEHAVIOURS = sorted((Path(__file__).parent / "rules").glob("*.yml"))
ALERTS = [rule["alert"] for rule in rules("alert")]
SEVERITIES = {"critical", "warning", "info"}


def ran(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def test_promtool_finds_nothing_wrong_with_rules_and_configuration(promtool):
    checked = ran(promtool, "check", "config", CONFIG / "prometheus.yml")
    assert checked.returncode == 0, checked.stderr
    assert b"2 rule files found" in checked.stdout


@pytest.mark.parametrize("path", BEHAVIOURS, ids=lambda path: path.stem)
def test_rules_behave(promtool, path):
    checked = ran(promtool, "test", "rules", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_rule_has_a_behaviour():
    tested = "".join(path.read_text() for path in BEHAVIOURS)
    assert [name for name in ALERTS if f'alertname="{name}"' not in tested] == []
    recorded = {rule["record"] for rule in rules("record")}
    assert [name for name in recorded if f"expr: {name}" not in tested] == [
        "model:lrcontrol_baseline_loss:mean5m"  # only to make the skill of
    ]


@pytest.mark.parametrize("rule", list(rules("alert")), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_and_where_to_read_on(rule):
    name, told = rule["alert"], rule["annotations"]
    assert told.keys() == {"summary", "description", "runbook_url"}
    assert told["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in SEVERITIES


def test_the_runbook_has_a_section_for_each_alert_and_no_other():
    sections = re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(ALERTS)
    for name in ALERTS:
        section = re.search(rf"^### {name}\n\n(.*?)(?=^##|\Z)", RUNBOOK.read_text(), re.M | re.S)
        assert section is not None
        rule = next(rule for rule in rules("alert") if rule["alert"] == name)
        assert section[1].startswith(f"*{rule['labels']['severity']}, ")


def commands() -> Iterator[str]:
    """Yield every command of ours in the runbook."""
    text = re.sub(r"\\\n *", "", RUNBOOK.read_text())
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from (line for line in block.splitlines() if line.startswith("lrcontrol "))
    for told in re.findall(r"`(lrcontrol [^`]*)`", re.sub(r"```.*?```", "", text, flags=re.S)):
        yield told.replace("\n", " ")


@pytest.mark.parametrize("line", list(commands()))
def test_the_commands_of_the_runbook_are_ours(line):
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"there is no lrcontrol {words[0]}"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_rules_and_dashboard_ask_for_metrics_that_there_are():
    """That they have values is tested against a real daemon; this names what does not exist."""
    names = set(re.findall(r"`(\w+)`", page())) | {"build_info"}
    summaries = re.findall(r"^\| `(\w+)` (_bucket, )?_sum, _count", page(), re.MULTILINE)
    for name, _ in summaries:
        names |= {f"{name}{ending}" for ending in ("_bucket", "_sum", "_count")}
    asked = {m for each in [*queries(load()), *looked_at()] for m in METRIC.findall(each.expr)}
    ours = {name.removeprefix("lrcontrol_") for name in asked if name.startswith("lrcontrol_")}
    assert sorted(ours - names) == []
