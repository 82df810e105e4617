"""The compose file and what Grafana is provisioned with: by their schema, and whole."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator as Validator
from operations.stage import CONFIG

from lrcontrol.config import validate

COMPOSE = yaml.safe_load((CONFIG / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
WATCHED = {name: service for name, service in SERVICES.items() if name != "network"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The Compose Specification's schema, as check-jsonschema carries it."""
    if find_spec("check_jsonschema") is None:
        missing = "check-jsonschema is not installed (extra test)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    text = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    found: dict[str, Any] = json.loads(text.read_text())
    return found


def test_the_file_keeps_to_the_compose_specification(schema):
    problems = [problem.message for problem in Validator(schema).iter_errors(COMPOSE)]
    assert problems == []


@pytest.mark.parametrize("wrong", [{"prots": ["1:1"]}, {"cap_drop": "ALL"}])
def test_what_does_not_keep_to_it_is_noticed(schema, wrong):
    services = {**SERVICES, "grafana": {**SERVICES["grafana"], **wrong}}
    assert list(Validator(schema).iter_errors({**COMPOSE, "services": services}))


def test_daemon_and_all_that_watches_it_are_there():
    assert WATCHED.keys() == {"lrcontrol", "prometheus", "alertmanager", "grafana"}


def test_what_is_mounted_exists():
    for service in WATCHED.values():
        for volume in service["volumes"]:
            place = volume.split(":")[0]
            shipped = place.startswith(".") and (CONFIG / place).exists()
            assert shipped or place in COMPOSE["volumes"], volume


def test_nothing_is_open_to_other_machines():
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["network"]["ports"])
    assert not [name for name, service in WATCHED.items() if "ports" in service]
    assert {service["network_mode"] for service in WATCHED.values()} == {"service:network"}


def test_images_have_a_release():
    tags = {name: s["image"].rpartition(":")[2] for name, s in SERVICES.items() if "build" not in s}
    assert not {"latest", ""} & set(tags.values()), tags


def test_the_daemons_configuration_is_valid_and_on_the_port_that_is_scraped():
    assert validate(CONFIG / "compose" / "lrcontrol.yaml", environment=False) == []
    daemon = yaml.safe_load((CONFIG / "compose" / "lrcontrol.yaml").read_text())
    scraped = yaml.safe_load((CONFIG / "prometheus.yml").read_text())["scrape_configs"][0]
    assert scraped["static_configs"] == [{"targets": [daemon["http"]["listen"]]}]


def test_grafana_is_provisioned_with_the_dashboard_and_this_prometheus():
    folder = CONFIG / "grafana" / "provisioning"
    boards = yaml.safe_load((folder / "dashboards" / "lrcontrol.yml").read_text())
    (provider,) = boards["providers"]
    mounts = dict(volume.split(":")[:2][::-1] for volume in SERVICES["grafana"]["volumes"])
    assert mounts[provider["options"]["path"]] == "./grafana/dashboards"
    sources = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())
    (source,) = sources["datasources"]
    assert source["type"] == "prometheus"
    assert "127.0.0.1:9090:9090" in SERVICES["network"]["ports"]
    assert source["url"] == "http://127.0.0.1:9090"
    scraped = yaml.safe_load((CONFIG / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped
