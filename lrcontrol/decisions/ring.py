"""The newest decisions in memory: written by the learning thread, read by any."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from lrcontrol.decisions.entry import Entry, Made, entry

#: Decisions held: of a model that decides every 64 records at 10,000 a second those of 6 seconds,
#: 500 kB.
MOST = 1000
#: And those that did something, which the others would push out within seconds.
MOST_MOVES = 1000


class Ring:
    """The last decisions, and apart from them the last that moved a rate or came from people.

    Only the learning thread adds; an append to a deque is atomic, so readers need no lock.

    >>> from lrcontrol.status import Decision
    >>> ring = Ring()
    >>> _ = ring.add(0.0, "fare", Made(Decision(64, "lower", "worse", "none", 1.0, 0.5, 0.5)))
    >>> [e.applied for e in ring.since(0)]
    [0.5]
    """

    def __init__(self) -> None:
        self._all: deque[Entry] = deque(maxlen=MOST)
        self._moves: deque[Entry] = deque(maxlen=MOST_MOVES)
        self.last = 0

    def add(self, at: float, model: str, made: Made) -> Entry:
        """Number a decision and take it in."""
        self.last += 1
        one = entry(self.last, at, model, made)
        self._all.append(one)
        if one.action != "keep" or one.actor:
            self._moves.append(one)
        return one

    def since(
        self, number: int, limit: int = MOST, model: str = "", moves: bool = False
    ) -> Sequence[Entry]:
        """Return up to ``limit`` of the newest decisions beyond ``number``, oldest first.

        Of one model where it is named; with ``moves`` only those that moved a rate or were ordered.
        """
        held = tuple(self._moves if moves else self._all)
        found = [e for e in held if e.number > number and model in ("", e.model)]
        return found[-limit:] if limit else []
