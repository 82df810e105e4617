"""The breaker: when most records are bad, it is not poison but a change of the schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from lrcontrol.checks import Range, check


class Broken(NamedTuple):
    """The last records as bits, newest lowest and 1 for a bad one; how often it broke; whether it
    is broken now. Plain integers: a checkpoint holds them as they are."""

    bits: int = 0
    times: int = 0
    paused: bool = False


@dataclass(frozen=True)
class Breaker:
    """Breaks when more than ``share`` of the last ``window`` records were bad.

    Intake is to be paused then, and the daemon not ready, until somebody looked and said go on
    (``mend``). A stream that is bad from its first record breaks after ``share * window`` records:
    records not seen yet count as good. Not for a stream that is known to be mostly noise; raise
    ``share``.

    Parameters
    ----------
    share
        Share of bad records beyond which intake pauses; with 1 it never does.
    window
        Records that are looked back on.

    Examples
    --------
    >>> breaker, state = Breaker(share=0.5, window=10), Broken()
    >>> breaker.update(state, records=4, bad=[0, 1, 3]).paused
    False
    >>> breaker.update(state, records=8, bad=[0, 1, 3, 4, 5, 7]).paused
    True
    """

    share: Annotated[float, Range(above=0, at_most=1)] = 0.5
    window: Annotated[int, Range(at_least=10, at_most=10_000)] = 1000

    def __post_init__(self) -> None:
        check(self)

    def update(self, state: Broken, records: int, bad: Iterable[int] = ()) -> Broken:
        """Return the state after ``records`` more, of which those at the places ``bad`` were bad.

        Places count from 0 and lie below ``records``.
        """
        bits = state.bits << records
        for at in bad:
            bits |= 1 << (records - 1 - at)
        bits &= (1 << self.window) - 1
        broke = bits.bit_count() > self.share * self.window
        return Broken(bits, state.times + (broke and not state.paused), state.paused or broke)

    def mend(self, state: Broken) -> Broken:
        """Return the state from which intake goes on: nothing bad remembered but the count."""
        return Broken(times=state.times)
