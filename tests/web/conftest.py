"""A daemon of which only the desk is there, with a model, a source and some decisions."""

import time

import pytest
from clients import settings

from lrcontrol.decisions.entry import Made
from lrcontrol.operating.desk import Desk
from lrcontrol.status import Decision, LoopStatus, ModelStatus, SourceStatus, Status
from lrcontrol.web.app import build_app

LOOP = LoopStatus(steps=640, rate=0.0125, low=1e-6, high=1.0)
STATUS = Status(
    (ModelStatus("fare", LOOP), ModelStatus("tip", LOOP)), (SourceStatus("rides"),), ready=True
)


@pytest.fixture
def desk():
    """A desk over a status that turns, with four decisions: moves of fare are 1 and 4."""
    made = Desk(lambda: STATUS._replace(turned=time.monotonic()))
    for step, (model, action) in enumerate(
        [("fare", "lower"), ("fare", "keep"), ("tip", "raise"), ("fare", "raise")], start=1
    ):
        made.decisions.add(1e9, model, Made(Decision(64 * step, action, "worse", "none", 1, 2, 3)))
    return made


@pytest.fixture
def app(desk):
    """An application on loopback, without tokens."""
    return build_app(desk, settings)
