"""Real loops driven off the road: the guard acts within 100 records, and the loss comes back.

The loss is compared with that before the fault, and with that of a run without the fault (records
differ in how hard they are).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from faults.tier import size
from river import linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.bounds import Bounds
from lrcontrol.control import PID, BoldDriver, Controller, Fixed, Limits, Proposal, Reading
from lrcontrol.control.guarding import Ladder
from lrcontrol.status import Decision
from lrcontrol.watched import LOOK

SEED = int(os.environ.get("LRC_FAULT_SEED", "1"))
#: Records until the model has settled: a roll back returns to what it was a window ago.
BEFORE = 4000
AFTER = 3000
#: The loss must be back by then, and is measured from there on.
BACK = 2000
WEIGHTS = (1.0, -2.0, 0.5, 1.5)
#: Wide on purpose: nothing but the guard holds a rate that went mad.
LIMITS = Limits(low=1e-6, high=1e4, slew=None)


#: Whether a wild controller is mad by now; not its state, or a roll back would cure it.
MAD: list[bool] = []


class Wild:
    """A controller that goes mad: the rate jumps up and down."""

    def init(self, rate: float) -> tuple[Proposal, int]:
        """Begin as told."""
        return Proposal(rate, "fixed"), 0

    def update(self, reading: Reading, state: int) -> tuple[Proposal, int]:
        """Keep the rate, or oscillate."""
        mad = 1e-3 if state % 2 else 300.0
        return Proposal(mad if MAD else reading.rate, "fixed"), state + 1


MODELS: dict[str, Callable[[], Any]] = {
    "regression": linear_model.LinearRegression,
    "binary": linear_model.LogisticRegression,
    "multiclass": linear_model.SoftmaxRegression,
}
CONTROLLERS: dict[str, Callable[[], Controller[Any]]] = {
    "fixed": Fixed,
    "bold driver": BoldDriver,
    "pid": PID,
    "wild": Wild,
}


def stream(kind: str, rng: random.Random, count: int, sign: float, scale: float) -> list[Record]:
    records = []
    for _ in range(count):
        x = [rng.gauss(0.0, 1.0) for _ in WEIGHTS]
        value = sign * sum(w * a for w, a in zip(WEIGHTS, x, strict=True)) + rng.gauss(0.0, 0.5)
        y = {"regression": value, "binary": value > 0.0}.get(
            kind, "abc"[(value > -1) + (value > 1)]
        )
        records.append(Record({"f0": scale * x[0], "f1": x[1], "f2": x[2], "f3": x[3]}, y))
    return records


class Told(NamedTuple):
    """A decision of the ladder, and after how many records it came."""

    at: int
    decision: Decision
    rulings: Mapping[str, int]


class Outcome(NamedTuple):
    """Loss before the fault and at the end, and what the guard said after the fault."""

    before: float
    loss: float
    told: list[Told]


def run(script: str, kind: str, controller: str, seed: int) -> Outcome:
    rng = random.Random(seed)
    model = preprocessing.StandardScaler() | MODELS[kind]()
    law = CONTROLLERS[controller]()
    unguarded = Bounds(outliers=None)  # which would keep most of these faults out
    loop = Loop(model, law, initial_rate=0.05, limits=LIMITS, bounds=unguarded, divergence=Ladder())
    lead = rng.randrange(LOOK)  # the fault comes anywhere within a look
    before = stream(kind, rng, BEFORE + lead, 1.0, 1.0)
    sign, scale = (-1.0 if script == "flip" else 1.0), (1000.0 if script == "x1000" else 1.0)
    after = stream(kind, rng, AFTER, sign, scale)
    if script == "target":
        after[0] = after[0]._replace(y=1e9)
    records = before + after
    earlier, _ = learned(loop, records[:BEFORE])
    if script == "rate":
        loop.gain.rate = 1e3
    MAD[:] = [True] if script == "oscillation" else []
    later, told = learned(loop, records[BEFORE:])
    looks = (AFTER - BACK) // LOOK
    return Outcome(sum(earlier[-looks:]), sum(later[-looks:]), told)


def learned(loop: Loop, records: list[Record]) -> tuple[list[float], list[Told]]:
    """Return the mean loss of each look, and what the ladder did and when."""
    losses, told = [], []
    for start in range(0, len(records), LOOK):
        before = loop.status
        loop.learn(records[start : start + LOOK])
        after = loop.status
        count = after.loss_count - before.loss_count
        losses.append((after.loss_sum - before.loss_sum) / count if count else 0.0)
        if after.rulings != before.rulings:
            told.append(Told(start + LOOK, after.last, after.rulings))
    return losses, told


#: Script, model, controllers. A PID whose loss jumps lowers the rate to nothing by itself, and a
#: fixed rate relearns as slowly as it learned, so a flip is for a controller that can raise.
SCRIPTS = [
    *[("rate", kind, c) for kind in MODELS for c in ("fixed", "bold driver", "pid")],
    *[("target", "regression", c) for c in ("fixed", "bold driver", "pid")],
    *[("flip", kind, "bold driver") for kind in ("binary", "multiclass")],
    *[("x1000", kind, "fixed") for kind in MODELS],
    *[("oscillation", kind, "wild") for kind in MODELS],
]


@pytest.mark.parametrize(("script", "kind", "controller"), SCRIPTS)
@pytest.mark.parametrize("seed", range(SEED, SEED + size(1, 2)))
def test_the_guard_acts_in_time_and_the_loss_comes_back(script, kind, controller, seed):
    calm = "fixed" if controller == "wild" else controller
    clean = run("none", kind, calm, seed)
    faulty = run(script, kind, controller, seed)
    onset = 64 if script == "oscillation" else 0  # the controller moves at the end of a period
    assert faulty.told[0].at - onset <= 100
    assert faulty.told[-1].rulings["roll_back"] <= 3
    assert all(told.decision is not None for told in faulty.told)
    # In safe mode the rate is fixed and low, and a logistic loss is still falling then.
    slack = 1.2 if (script, kind) == ("oscillation", "binary") else 1.1
    said = [(told.at, told.rulings) for told in faulty.told]
    assert faulty.loss <= slack * max(clean.before, clean.loss), said[:9]


@pytest.mark.parametrize("kind", MODELS)
def test_nothing_is_done_about_a_healthy_model(kind):
    assert run("none", kind, "bold driver", SEED).told == []
