"""CPU time of a compiled controller against River's own loop: the median of paired ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from problems import Problem
from rivals import DEFAULT, bare, records
from river import optim

from lrcontrol import Record
from lrcontrol.kernels import Scaler, Traced

#: Of a problem's rows one in so many is timed against River's loop, and at most so many.
SHARE, MOST = 10, 500
#: How often both are timed, one after the other.
PAIRS = 3

#: Makes a model from one start rate, which learns records with features as dictionaries.
Build = Callable[[Problem, str], Callable[[list[Record]], Any]]


def paced(problem: Problem, view: str, build: Build, optimizer: str = "SGD") -> float:
    """Return the ratio to River's loop with the optimizer; its scaler counts, as does ours."""
    head = problem.head(min(len(problem.y) // SHARE, MOST))
    items, river = records(head), getattr(optim, optimizer)
    build(head, view)(items)  # compiles
    ratios = []
    for _ in range(PAIRS):
        learn, before = build(head, view), time.thread_time()
        learn(items)
        ratios.append((time.thread_time() - before) / bare(head, view, items, river(DEFAULT)))
    return statistics.median(ratios)


def trace(problem: Problem, view: str) -> Callable[[list[Record]], Any]:
    """Return one trace controller behind a scaler, dictionaries made into an array first."""
    model = Traced(problem.task, [DEFAULT], problem.x.shape[1], problem.classes)

    def learn(items: list[Record]) -> None:
        x = np.array([list(record.x.values()) for record in items])
        y = np.array([float(record.y) for record in items])
        model.learn(*(Scaler(x.shape[1]).learn(x) if view == "scaled" else (x, x)), y)

    return learn
