"""What a controller reached on one problem from one start, and the figures of many of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from problems import Problem

#: Start rates of every controller that has one.
STARTS = (1e-5, 1e-3, 1e-1, 1e1)
#: Excess in percent that stands for any beyond it, so that JSON can hold it.
ABSURD = 1e9
#: Rows from which on a stream is of the next size.
SIZES = (1_000, 10_000)

Row = dict[str, float | None]


class Outcome(NamedTuple):
    """One controller on one problem from one start: excess in percent, CPU time in River's.

    ``nonfinite`` counts predictions that are not finite, or beyond 1e12 times no skill.
    ``time_ratio`` is None where it was not measured, ``start`` where a controller has none.
    """

    controller: str
    excess: float
    nonfinite: int
    time_ratio: float | None
    start: float | None = None


class Cell(NamedTuple):
    """An outcome, and what kind of problem it is about."""

    problem: str
    task: str
    view: str
    size: str
    drift: str
    outcome: Outcome

    def groups(self) -> Iterator[str]:
        """Yield the groups the cell is counted in."""
        yield f"{self.task}"
        yield f"view {self.view}"
        yield f"{self.size} rows"
        yield f"drift: {self.drift}"
        if self.outcome.start is not None:
            yield f"start {self.outcome.start:g}"


def cells(problem: Problem, view: str, outcomes: Iterable[Outcome]) -> list[Cell]:
    """Return the outcomes as cells of the tables."""
    size = sum(len(problem.y) >= least for least in SIZES)
    name = ("under 1,000", "1,000 to 9,999", "10,000 and more")[size]
    return [Cell(problem.name, problem.task, view, name, problem.drift, o) for o in outcomes]


def excess(mean: float, oracle: float) -> float:
    """Return by how many percent a loss is above the oracle's, at most ``ABSURD``.

    >>> excess(1.1, 1.0), excess(float("nan"), 1.0)
    (10.000000000000009, 1000000000.0)
    """
    return float(np.fmin(100.0 * (mean / oracle - 1.0), ABSURD))  # fmin: the worst for a NaN


def excesses(outcomes: Sequence[Outcome]) -> Row:
    """Return median, quantiles, worst and share that beats the oracle, over all outcomes."""
    values = np.array([outcome.excess for outcome in outcomes])
    median, p75, p90 = np.quantile(values, [0.5, 0.75, 0.9]).tolist()
    ratios = [outcome.time_ratio for outcome in outcomes if outcome.time_ratio is not None]
    return {
        "median": median,
        "p75": p75,
        "p90": p90,
        "worst": float(values.max()),
        "beat": float(np.mean(values <= 0.0)),
        "n": len(values),
        "nonfinite": sum(outcome.nonfinite for outcome in outcomes),
        "time_ratio": statistics.median(ratios) if ratios else None,
    }


def grouped(cells: Sequence[Cell]) -> dict[str, Row]:
    """Return the figures of every group that the cells fall into, in order of their names."""
    found: dict[str, list[Any]] = {}
    for cell in cells:
        for group in cell.groups():
            found.setdefault(group, []).append(cell.outcome)
    return {group: excesses(found[group]) for group in sorted(found, key=_order)}


def _order(group: str) -> tuple[int, float, str]:
    kinds = ("regression", "binary", "multiclass", "view", "under", "1,000", "10,000", "drift")
    place = next((i for i, kind in enumerate(kinds) if group.startswith(kind)), len(kinds))
    return place, float(group.split()[1]) if group.startswith("start") else 0.0, group
