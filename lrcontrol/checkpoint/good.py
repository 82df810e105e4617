"""Which checkpoint is good: one that its models learned on from without getting worse.

Counted in records. What a model was like at the moment of a checkpoint is compared with what it did
in the records after it, so a checkpoint is called good only later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

E = TypeVar("E")

#: Records that every model must have learned after a checkpoint: as many as the divergence ladder
#: watches a marked copy before it pins it.
WINDOW = 1000
#: The loss after a checkpoint may be this many times that before it, or this many times that of no
#: skill, whichever is more: the factors of the divergence ladder.
FACTOR = 5.0
NO_SKILL = 1.25


class Seen(NamedTuple):
    """What a model had seen at a moment, all counted from its beginning."""

    records: int = 0
    loss: float = 0.0  # summed
    baseline: float = 0.0  # of no skill, summed
    nonfinite: int = 0  # losses that were not finite
    rulings: int = 0  # of the divergence ladder: rates lowered, roll backs, ...
    watching: bool = True  # whether the ladder is on its lowest rung


class Candidate(NamedTuple, Generic[E]):
    """A checkpoint that may turn out to be good, and what its models had seen."""

    entry: E
    seen: Mapping[str, Seen]


def turned_out(before: Mapping[str, Seen], now: Mapping[str, Seen]) -> bool | None:
    """Return whether a checkpoint was good, None where it is too early to tell.

    >>> before = {"m": Seen(5000, loss=500.0, baseline=2500.0)}
    >>> turned_out(before, {"m": Seen(5500, loss=550.0, baseline=2750.0)})
    >>> turned_out(before, {"m": Seen(6000, loss=600.0, baseline=3000.0)})
    True
    >>> turned_out(before, {"m": Seen(6000, loss=9999.0, baseline=3000.0)})
    False
    """
    found = [_one(before[name], seen) if name in before else False for name, seen in now.items()]
    if False in found:
        return False
    return None if None in found else True


def _one(before: Seen, now: Seen) -> bool | None:
    records = now.records - before.records
    calm = before.watching and now.watching and now.rulings == before.rulings
    if records < 0 or not calm or now.nonfinite != before.nonfinite:
        return False
    if records < WINDOW:
        return None
    loss = (now.loss - before.loss) / records
    if not before.records:
        return loss <= NO_SKILL * (now.baseline / records)
    baseline = (now.baseline - before.baseline) / records
    return loss <= max(FACTOR * before.loss / before.records, NO_SKILL * baseline)
