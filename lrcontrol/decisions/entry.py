"""One line of the decision log: what was seen, asked, limited and applied, why, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lrcontrol.control.base import Reading
from lrcontrol.status import EMPTY, Decision


class Made(NamedTuple):
    """A decision as a loop gives it: with the reading it came from, None where nothing was read.

    ``actor`` is empty for the controller and the ladder, else who gave the order; ``note`` is the
    reason they gave.
    """

    decision: Decision
    seen: Reading | None = None
    actor: str = ""
    note: str = ""


class Entry(NamedTuple):
    """A decision among those of all models: numbered from 1 since the process began.

    ``at`` is when it was taken in, seconds since the epoch: for people, nothing is derived from it.
    """

    number: int
    at: float
    model: str
    step: int
    action: str
    reason: str
    limit: str
    before: float
    asked: float
    applied: float
    terms: Mapping[str, float] = EMPTY
    seen: Reading | None = None
    actor: str = ""
    note: str = ""


def entry(number: int, at: float, model: str, made: Made) -> Entry:
    """Return a decision as a line of the log.

    >>> decision = Decision(64, "lower", "worse", "slew", 1.0, 0.01, 0.1)
    >>> entry(1, 0.0, "fare", Made(decision)).applied
    0.1
    """
    return Entry(number, at, model, *made.decision, made.seen, made.actor, made.note)
