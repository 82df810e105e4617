"""A small stream and a configuration that learns it, as files and as settings."""

from __future__ import annotations

import json
import random

import pytest

from lrcontrol.config import load

CONFIG = """
version: 1
sources:
  rides: {type: lines, fields: {label: fare}}
models:
  fare:
    pipeline:
      - class: preprocessing.StandardScaler
      - class: linear_model.LinearRegression
        optimizer: {class: optim.SGD}
    controller: {type: bold_driver}
    initial_rate: 0.01
    period: 16
"""


def rows(count=300):
    """Features a and b, and fare = 2 + 3 a - b with a little noise."""
    draw = random.Random(7)
    for _ in range(count):
        a, b = draw.gauss(0, 1), draw.gauss(5, 2)
        yield {"a": a, "b": b, "fare": 2 + 3 * a - b + draw.gauss(0, 0.1)}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def settings(config):
    return load(config).settings


@pytest.fixture
def model(settings):
    return settings.models["fare"]


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "rides.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


@pytest.fixture
def go_on():
    """What is told of progress, and never says stop."""
    return lambda done: False
