"""When to write the next checkpoint: often enough to lose little, seldom enough to cost little.

Pure numbers. It may ask a clock of the daemon's, because when a checkpoint is written changes
nothing of what is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

from lrcontrol.checks import Count, Fraction, Natural, check
from lrcontrol.units import Duration

#: Wait after a first failed write, seconds; doubled with each further one.
FIRST_WAIT = 1.0
#: Longest such wait: a disk that is well again is noticed within a minute.
LONGEST_WAIT = 60.0
#: Doublings that reach it from any first wait; more would only overflow.
MOST_DOUBLINGS = 16


@dataclass(frozen=True)
class Cadence:
    """A checkpoint every so many records or seconds, but for no more than a share of the time.

    Parameters
    ----------
    records
        Records learned after which one is due.
    interval
        Seconds after which one is due, when any record was learned.
    duty
        Largest share of the time that writing may take; a costly one comes less often.
    max_failures
        Writes that fail in a row before the daemon is no longer ready.
    max_age
        Seconds without a durable checkpoint, records having been learned, before it is not.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> cadence = Cadence()
    >>> cadence.due(records=10_000, seconds=4.0, cost=0.01)
    True
    >>> cadence.due(records=10_000, seconds=4.0, cost=0.9)  # 0.9 s is 2 % of 45 s
    False
    """

    records: Count = 10_000
    interval: Duration = 30.0
    duty: Fraction = 0.02
    max_failures: Natural = 5
    max_age: Duration = 600.0

    def __post_init__(self) -> None:
        check(self)

    def due(self, records: int, seconds: float, cost: float, failures: int = 0) -> bool:
        """Return whether to write now.

        ``records`` were learned since the last durable one, ``seconds`` passed since the last
        attempt, which took ``cost`` seconds; ``failures`` attempts in a row have failed.
        """
        if not records or seconds < max(cost / self.duty, self.wait(failures)):
            return False
        return records >= self.records or seconds >= self.interval or failures > 0

    def wait(self, failures: int) -> float:
        """Return the least seconds between attempts after so many failures.

        >>> [Cadence().wait(failures) for failures in (0, 1, 2, 10)]
        [0.0, 1.0, 2.0, 60.0]
        """
        if not failures:
            return 0.0
        return min(FIRST_WAIT * 2.0 ** min(failures - 1, MOST_DOUBLINGS), LONGEST_WAIT)

    def well(self, failures: int, records: int, age: float) -> bool:
        """Return whether the daemon may call itself ready; ``age`` is of the last durable one."""
        return failures < max(self.max_failures, 1) and (not records or age <= self.max_age)
