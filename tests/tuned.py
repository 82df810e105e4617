"""A model's section for tests of what can be changed in it, and a stream to learn."""

import random
from dataclasses import replace

from lrcontrol.assembly import loop_of
from lrcontrol.config.load import loads
from lrcontrol.record import Record

TEXT = """
version: 1
sources: {rides: {type: lines}}
models:
  fare:
    pipeline:
      - class: linear_model.LinearRegression
        optimizer: {class: optim.SGD}
    controller: {type: bold_driver}
    initial_rate: 0.01
"""


def section(*overrides, **fields):
    """Return the section of a model, ``overrides`` as on the command line."""
    (model,) = loads(TEXT, [f"models.fare.{o}" for o in overrides], {}).settings.models.values()
    return replace(model, **fields)


def loop(model):
    """Return the loop of a section."""
    return loop_of(model, model.build())


def stream(count, seed=1):
    """Return records of a linear law in two features."""
    chance = random.Random(seed)
    rows = [{"a": chance.gauss(0, 1), "b": chance.gauss(0, 1)} for _ in range(count)]
    return [Record(x, x["a"] - 2 * x["b"] + chance.gauss(0, 1)) for x in rows]
