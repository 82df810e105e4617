"""A backtest as a whole: its results against hindsight, and as data for a JSON file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from math import isfinite, nan
from statistics import median
from typing import Any, NamedTuple

from lrcontrol._version import __version__
from lrcontrol.backtest.records import Recorded
from lrcontrol.backtest.runs import Result

#: Version of the JSON report's format.
FORMAT = 1


class Backtest(NamedTuple):
    """Results so far (all of ``planned``, unless interrupted) on one stream for one model."""

    model: str
    controller: str
    initial_rate: float
    recorded: Recorded
    planned: int
    results: tuple[Result, ...]
    config_digest: str = ""

    @property
    def hindsight(self) -> Sequence[Result]:
        """The runs at the grid's fixed rates, lowest first."""
        fixed = (result for result in self.results if result.group == "hindsight")
        return sorted(fixed, key=lambda result: result.began)

    @property
    def steered(self) -> Sequence[Result]:
        """The runs of the configured controller."""
        return [result for result in self.results if result.group == "configured"]

    @property
    def compared(self) -> Sequence[Result]:
        """The runs that were asked for beside it."""
        return [result for result in self.results if result.group == "compared"]

    @property
    def best(self) -> Result | None:
        """The best fixed rate in hindsight; None while no run of the grid counts."""
        return min(
            (r for r in self.hindsight if r.counts), key=lambda result: result.loss, default=None
        )

    @property
    def clamped(self) -> Sequence[Result]:
        """The grid again, served within the labels seen; empty where the controller has no clamp.

        Lowest rate first.
        """
        fixed = (result for result in self.results if result.group == "clamped")
        return sorted(fixed, key=lambda result: result.began)

    @property
    def best_clamped(self) -> Result | None:
        """The best of those."""
        return min((r for r in self.clamped if r.counts), key=lambda r: r.loss, default=None)

    @property
    def no_skill(self) -> float:
        """The loss of climatology: the running mean, or the class frequencies so far."""
        return max(self.results, key=lambda r: r.records).baseline if self.results else nan

    @property
    def interrupted(self) -> bool:
        """Whether not all runs were made."""
        return len(self.results) < self.planned

    def excess(self, result: Result, clamped: bool = False) -> float:
        """Return how far above the best fixed rate a result is, in percent; NaN where unknown."""
        best = self.best_clamped if clamped else self.best
        if best is None or not result.counts or not best.loss > 0:
            return nan
        return 100.0 * (result.loss / best.loss - 1.0)

    def beats(self, result: Result) -> bool:
        """Return whether a result is at or below the best fixed rate."""
        return self.excess(result) <= 0.0  # false for NaN

    def time_ratio(self, result: Result) -> float:
        """Return the run's CPU time in that of a fixed rate; NaN where there is none."""
        usual = [fixed.seconds for fixed in self.hindsight]
        unit = median(usual) if usual else 0.0
        return result.seconds / unit if unit > 0 else nan


def as_data(backtest: Backtest) -> dict[str, Any]:
    """Return the backtest as JSON-able data; numbers that are not finite become null."""
    recorded, best, clamped = backtest.recorded, backtest.best, backtest.best_clamped
    refused = backtest.results[0].rejected if backtest.results else {}
    return {
        "format": FORMAT,
        "versions": _versions(),
        "model": backtest.model,
        "controller": backtest.controller,
        "initial_rate": backtest.initial_rate,
        "config_digest": backtest.config_digest,
        "data": {
            "origin": recorded.origin,
            "digest": recorded.digest,
            "records": len(recorded.records),
            "cut": recorded.cut,
            "rejected": recorded.rejected,
            "refused": refused,
        },
        "complete": not backtest.interrupted,
        "no_skill_loss": _finite(backtest.no_skill),
        "best_fixed": best and {"rate": best.start, "loss": best.loss},
        "best_fixed_clamped": clamped and {"rate": clamped.start, "loss": clamped.loss},
        "runs": [_run(backtest, result) for result in backtest.results],
    }


def _run(backtest: Backtest, result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "group": result.group,
        "start": result.start,
        "records": result.records,
        "loss": _finite(result.loss),
        "nonfinite": result.nonfinite,
        "diverged": result.diverged,
        "failure": result.failure or None,
        "excess_percent": _finite(backtest.excess(result)),
        "excess_clamped_percent": _finite(backtest.excess(result, clamped=True)),
        "beats_hindsight": backtest.beats(result),
        "rate": _finite(result.rate),
        "path": [list(point) for point in result.path],
        "cpu_seconds": result.seconds,
        "time_ratio": _finite(backtest.time_ratio(result)),
    }


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def _versions() -> dict[str, str]:
    python = ".".join(map(str, sys.version_info[:3]))
    return {"lrcontrol": __version__, "river": version("river"), "python": python}
