"""Statuses to show, and terminals to show them on."""

import io

import pytest
from rich.console import Console

from lrcontrol.status import Decision, LoopStatus, ModelStatus, SourceStatus, Status

LOOP = LoopStatus(
    steps=12345,
    loss_sum=25.0,
    loss_count=100,
    baseline_sum=50.0,
    baseline_count=100,
    fast=0.125,
    rate=0.0123,
    decisions={("raise", "improving"): 12, ("lower", "worse"): 7, ("keep", "patience"): 80},
    last=Decision(12300, "lower", "worse", "none", 0.02, 0.01, 0.01),
    drifts=2,
)


@pytest.fixture
def loop():
    return LOOP


@pytest.fixture
def status():
    models = (
        ModelStatus("fare", LOOP, controller="pid"),
        ModelStatus("left_alone", LOOP._replace(rate=10.0, loss_nonfinite=3), controller="fixed"),
        ModelStatus("broken", LOOP, "failed", "ValueError: no such\x1b[31m feature", "plateau"),
    )
    sources = (
        SourceStatus("rides", "file", 12345, rejected={"decode": 12, "type": 1}, length=50000),
        SourceStatus("stdin", "lines", 777, lag=1200, ended=True),
    )
    return Status(models, sources)


@pytest.fixture
def terminal():
    """Return what makes a terminal of some width that is written to memory."""

    def make(width, **settings):
        return Console(file=io.StringIO(), force_terminal=True, width=width, **settings)

    return make
