import pytest

from lrcontrol.config.identity import identity
from lrcontrol.config.load import loads

TEXT = """
version: 1
sources:
  rides: {type: file, path: rides.ndjson}
models:
  fare:
    pipeline: [{class: linear_model.LinearRegression}]
    controller: {type: pid}
"""
MODEL, SOURCE = "models.fare", "sources.rides"


def identified(*overrides):
    return identity(loads(TEXT, overrides, {}).settings)


def differing(*overrides, before=()):
    one, two = identified(*before), identified(*overrides)
    return [name for name in one if one[name] != two[name]]


@pytest.mark.parametrize(
    "override",
    [
        "log.level=debug",
        "http.listen=null",
        "models.fare.period=7",
        "models.fare.limits={high: 1}",
        "models.fare.limits={}",
        "models.fare.controller.kp=0.7",
        "models.fare.divergence.standard.factor=9.0",
        "models.fare.bounds.max_abs=1.0",
        "models.fare.horizons.fast=7",
    ],
)
def test_what_a_reload_can_change_is_the_same_model(override):
    assert differing(override) == []


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("models.fare.controller.type=plateau", MODEL),
        ("models.fare.divergence=null", MODEL),
        ("models.fare.bounds.max_names=7", MODEL),
        ("models.fare.initial_rate=0.5", MODEL),
        ("models.fare.pipeline=[{class: linear_model.LogisticRegression}]", MODEL),
        ("sources.rides.path=other", SOURCE),
    ],
)
def test_what_needs_a_restart_is_another(override, named):
    assert differing(override) == [named]


def test_in_a_kernel_the_numbers_of_the_controller_count():
    bank = "models.fare.controller.type=bank"
    assert differing(bank, "models.fare.period=7", before=[bank]) == [MODEL]
    assert differing(bank, "models.fare.horizons.fast=7", before=[bank]) == []
