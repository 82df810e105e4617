"""The losses of one period, read into the one message a controller sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, hypot, isfinite, nan, sqrt
from typing import NamedTuple

from lrcontrol.checks import Count, check
from lrcontrol.control.base import Reading


class Averages(NamedTuple):
    """Fading means of the loss, and the records they rest on; nothing seen: all zero."""

    fast: float = 0.0
    slow: float = 0.0
    noise: float = 0.0
    records: int = 0  # finite losses behind fast and slow
    judged: int = 0  # those of them that were compared with an earlier slow mean, behind noise


@dataclass(frozen=True)
class Horizons:
    """How far back, in records, the two means of the loss look.

    Parameters
    ----------
    fast
        Records after which a loss has faded to 1/e in the fast mean: the level now.
    slow
        The same for the slow mean, which the fast one is compared with, and for the noise.

    Raises ``Invalid`` for a field out of range, or ``fast`` not below ``slow``.
    """

    fast: Count = 256
    slow: Count = 2048

    def __post_init__(self) -> None:
        check(self, ("fast", self.fast >= self.slow, f"must be below slow ({self.slow})"))

    def init(self) -> Averages:
        """Return the averages before the first period."""
        return Averages()


def read(
    horizons: Horizons,
    step: int,
    rate: float,
    losses: Sequence[float],
    baseline_sum: float,
    averages: Averages,
) -> tuple[Reading, Averages]:
    """Return the reading of one period and the averages after it.

    ``step`` counts records learned so far, ``rate`` is the one in force; ``losses`` has one entry a
    record of the period, >= 0 or not finite; ``baseline_sum`` is the no-skill loss over the same
    records. Losses that are not finite are counted and left out of every mean. A period without a
    finite loss has loss NaN and leaves the averages as they were; before the first finite loss
    the means are NaN too.

    A mean fades by ``1 - exp(-n/horizon)`` for a period of n records, divided by the weight of all
    records so far (as Adam corrects its moments): the first period sets it, the early ones are a
    plain mean. The noise is the fading root mean square of a period's loss minus the slow mean
    before it; a steady fall counts as noise too, so it is an upper bound while learning is quick.

    Examples
    --------
    >>> horizons, averages = Horizons(fast=100, slow=1000), Averages()
    >>> for loss in (4.0, 2.0, 2.0):
    ...     reading, averages = read(horizons, 100, 0.1, [loss] * 100, 300.0, averages)
    >>> reading.loss, reading.baseline, round(reading.fast, 3), round(reading.slow, 3)
    (2.0, 3.0, 2.18, 2.601)
    """
    count, loss = _mean(losses)
    if count:
        averages = _fade(horizons, count, loss, averages)
    known = averages.records > 0
    return (
        Reading(  # by position: once a period, and names would double its cost
            step,
            rate,
            loss,
            baseline_sum / max(len(losses), 1),
            averages.fast if known else nan,
            averages.slow if known else nan,
            averages.noise,
            len(losses),
            len(losses) - count,
        ),
        averages,
    )


def _mean(losses: Sequence[float]) -> tuple[int, float]:
    total = sum(losses)
    if isfinite(total):  # nearly always, and then one pass is enough
        return len(losses), total / len(losses) if losses else nan
    finite = [loss for loss in losses if isfinite(loss)]
    count = len(finite)
    # Each divided first: the sum of a diverged model's losses may overflow, their mean does not
    return count, sum(loss / count for loss in finite) if finite else nan


def _fade(horizons: Horizons, count: int, loss: float, averages: Averages) -> Averages:
    fast, slow, noise, records, judged = averages
    seen = records + count
    if records:
        judged += count
        weight = _weight(count, judged, horizons.slow)
        # hypot, where squares of a diverged loss would overflow
        noise = hypot(sqrt(1.0 - weight) * noise, sqrt(weight) * (loss - slow))
    fast += _weight(count, seen, horizons.fast) * (loss - fast)
    slow += _weight(count, seen, horizons.slow) * (loss - slow)
    return Averages(fast, slow, noise, seen, judged)


def _weight(count: int, seen: int, horizon: int) -> float:
    # expm1 keeps its digits when a period is a tiny share of the horizon
    return expm1(-count / horizon) / expm1(-seen / horizon)
