"""Every query of dashboard and rules, asked of a real Prometheus that watches a real daemon.

An unknown metric is no error to Prometheus but an empty answer, so an empty answer fails here.
"""

from __future__ import annotations

import json
import re
from signal import SIGHUP

import pytest
from operations.board import Asked, chosen, filled, load, looked_at, panels, queries, rules
from operations.stage import until

#: What is empty although everything goes as it should, and why; all else must have an answer.
EMPTY_BY_NATURE: dict[str, str] = {}


@pytest.fixture(scope="module")
def known(live):
    """The variables, after everything was done that there are metrics of."""
    provoke(live.daemon)
    return chosen(load(), live.prometheus.values)


def provoke(daemon):
    """Do what a healthy daemon does not do by itself: questions, orders, bad lines."""
    daemon.asked("/v1/predict", {"model": "steered", "x": {"x0": 1.0}})
    daemon.order("piped/hold", ttl="30m")
    for rate in (0.02, 0.03):
        daemon.order("piped/rate", rate=rate, ttl="30m")
    good = [json.dumps({"at": 1_700_000_000 + n, "x": n % 3, "y": n % 3}) for n in range(40)]
    daemon.write(*good, "not JSON", *["{}"] * 9)  # more than half of ten: reading pauses


def empty(live, known, asked):
    """Return where the queries stand that have no answer; an error in one fails the test."""
    return {each.where for each in asked if not live.prometheus.query(filled(each.expr, known))}


def test_every_query_of_the_dashboard_has_an_answer(live, known):
    assert_answered(live, known, list(queries(load())))


def test_all_that_the_rules_look_at_is_there(live, known):
    assert_answered(live, known, list(looked_at()))


def assert_answered(live, known, asked):
    last = set()

    def all_but_those():
        nonlocal last
        last = empty(live, known, asked)
        return last <= EMPTY_BY_NATURE.keys()

    until(all_but_those, lambda: f"no answer: {sorted(last)}\n{live.daemon.said()[-3000:]}")


def test_a_legend_names_labels_that_the_answer_has(live, known):
    """A label that is not there is shown as nothing at all."""
    for panel in panels(load()):
        for target in panel["targets"]:
            wanted = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for series in live.prometheus.query(filled(target["expr"], known)):
                assert wanted <= series["metric"].keys(), (panel["title"], target["expr"])


@pytest.mark.parametrize("asked", [*queries(load()), *looked_at()], ids=lambda asked: asked.where)
def test_a_renamed_metric_is_noticed(live, known, asked):
    assert asked.metrics or asked.expr.startswith("up")
    for metric in asked.metrics:
        renamed = asked.without(metric)
        assert renamed.expr != asked.expr
        assert not live.prometheus.query(filled(renamed.expr, known)), renamed.expr


def test_a_mistyped_query_is_noticed(live, known):
    wrong = Asked("wrong", "sum by (model (lrcontrol_loss_sum)")
    with pytest.raises(Exception, match="400"):
        empty(live, known, [wrong])


def test_every_rule_runs(live):
    def health():
        groups = live.prometheus.asked("/api/v1/rules")["data"]["groups"]
        ran = [rule for group in groups for rule in group["rules"]]
        return {rule["name"]: (rule["health"], rule.get("lastError", "")) for rule in ran}

    wanted = {rule[kind] for kind in ("alert", "record") for rule in rules(kind)}
    assert health().keys() == wanted
    until(lambda: {state for state, _ in health().values()} == {"ok"}, lambda: str(health()))


def test_what_was_provoked_is_an_alert(live, known):
    def named():
        return {
            (alert["labels"]["alertname"], alert["state"]) for alert in live.prometheus.alerts()
        }

    wanted = {("LrcontrolSourcePaused", "firing"), ("LrcontrolOverrideLeftOn", "pending")}
    until(lambda: wanted <= named(), lambda: str(named()))


def test_a_refused_reload_is_seen(live):
    daemon = live.daemon
    query = "lrcontrol_config_last_reload_successful == 0"
    assert not live.prometheus.query(query)
    good = daemon.config.read_text()
    daemon.config.write_text(good.replace("metrics: [MAE]", "metrics: [MEA]"))
    daemon.process.send_signal(SIGHUP)
    until(lambda: live.prometheus.query(query), daemon.said)
    daemon.config.write_text(good)
    daemon.process.send_signal(SIGHUP)
    back = "lrcontrol_config_last_reload_successful == 1 and lrcontrol_config_reloads_total == 2"
    until(lambda: live.prometheus.query(back), daemon.said)
