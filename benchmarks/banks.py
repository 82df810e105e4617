"""The compiled bank on one problem, with each optimizer, from four start rates, on all rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from oracles import Figures
from outcomes import STARTS, Outcome, excess
from pace import paced
from problems import Problem
from rivals import DEFAULT

from lrcontrol import Record
from lrcontrol.kernels import Bank, Columns, Rows, members

#: RMSProp has no figures of a prototype to be held to; its bank is Adam's without the first mean.
OPTIMIZERS = ("SGD", "Adam", "AdaGrad")


def banked(problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    """Return the outcomes of each optimizer from each start, against its own best fixed rate."""
    before, after = (Rows.dense(part) for part in problem.view(view))
    found = []
    for optimizer in OPTIMIZERS:
        ratio = paced(problem, view, partial(build, optimizer), optimizer)
        for start in STARTS:
            served = _bank(problem, optimizer, start).learn(before, problem.y, after=after)
            bad = int(np.count_nonzero(~np.isfinite(served.predictions)))
            own = excess(float(served.losses.mean()), oracle[f"o_{optimizer.lower()}"])
            found.append(Outcome(f"bank {optimizer}", own, bad, ratio, start))
    return found


def _bank(problem: Problem, optimizer: Any, start: float, scaled: bool = False) -> Bank:
    who = members.bank(optimizer, start)
    return Bank(problem.task, optimizer, who, scaled=scaled, classes=problem.classes)


def build(optimizer: str, problem: Problem, view: str) -> Callable[[list[Record]], Any]:
    """Return a bank that learns records as dictionaries, its scaler in the kernel."""
    bank, columns = _bank(problem, optimizer, DEFAULT, view == "scaled"), Columns()

    def learn(items: list[Record]) -> None:
        rows = columns.rows([record.x for record in items])
        bank.learn(rows, [float(record.y) for record in items])

    return learn
