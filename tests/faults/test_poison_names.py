"""Feature names and classes without end: what is remembered of them is bounded.

``LRC_FAULT_CASES`` asks for more names (1,000,000 in full).
"""

from __future__ import annotations

import os
import pickle
import tracemalloc

import pytest
from river import linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.bounds import Bounds
from lrcontrol.control import Fixed
from lrcontrol.control.bank import Bank
from lrcontrol.control.mixture import Mixture
from lrcontrol.control.trace import Trace
from lrcontrol.guard import Guard
from lrcontrol.outliers import Outliers
from lrcontrol.scoring import Classification, Regression

CASES = int(os.environ.get("LRC_FAULT_CASES", "12000"))
BLOCK = 64
#: What ten thousand names may cost in bytes, a short one and its numbers.
BUDGET = 10_000 * 400


def blocks() -> list[list[Record]]:
    return [
        [Record({"a": 1.0, f"f{start + i}": 1.0}, 1.0) for i in range(BLOCK)]
        for start in range(0, CASES, BLOCK)
    ]


def held(work) -> int:
    """Return the bytes that are still held after ``work`` and were not before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = work()
        return tracemalloc.get_traced_memory()[0] - before if kept is not None else 0
    finally:
        tracemalloc.stop()


def test_the_guard_remembers_no_more_names_than_it_may():
    def work() -> Guard:
        guard = Guard(Bounds(), Regression())
        for start in range(0, CASES, BLOCK):
            guard.admit([Record({"a": 1.0, f"f{start + i}": 1.0}, 1.0) for i in range(BLOCK)])
        assert len(guard._names.known) <= Bounds().max_names
        return guard

    assert held(work) < BUDGET


def test_outliers_remember_no_more_names_than_they_may():
    def work() -> Outliers:
        outliers = Outliers()
        for start in range(0, CASES, BLOCK):
            outliers.features([{"a": 1.0, f"f{start + i}": 1.0} for i in range(BLOCK)])
        assert len(outliers._columns) <= Bounds().max_names
        return outliers

    assert held(work) < BUDGET


def test_classes_are_refused_beyond_their_cap():
    task = Classification("multiclass")
    targets = [task.targets([f"c{i % 5000}"])[0] for i in range(CASES)]
    assert len({target for target in targets if target is not None}) == 100
    assert len(pickle.dumps(task)) < 100_000


def names_in(model, blocks: list[list[Record]]) -> int:
    loop = Loop(model, Fixed())
    for block in blocks:
        loop.learn(block)
    return len(loop.model["LinearRegression"].weights)


def test_a_model_behind_the_guard_knows_no_more_names_than_it_may():
    model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    assert names_in(model, blocks()) <= Bounds().max_names


@pytest.mark.parametrize("controller", [Bank(), Trace(), Mixture()])
def test_a_kernel_never_meets_more_names_than_it_has_room_for(controller):
    model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    loop = Loop(model, controller, bounds=Bounds(max_names=50_000))
    for block in blocks():
        loop.learn(block)
    assert loop.status.steps > 10_000


@pytest.mark.parametrize("controller", [Bank(), Trace(), Mixture()])
def test_a_kernel_never_meets_more_classes_than_it_has_room_for(controller):
    loop = Loop(preprocessing.StandardScaler() | linear_model.SoftmaxRegression(), controller)
    for start in range(0, 2000, BLOCK):
        loop.learn([Record({"a": 1.0, "b": i % 7}, f"c{i}") for i in range(start, start + BLOCK)])
    assert loop.status.steps == 100
