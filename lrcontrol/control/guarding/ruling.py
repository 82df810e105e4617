"""What the divergence guard says to do, and where it stands: its message and its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from lrcontrol.control.guarding.verdict import Level

Rung = Literal["watching", "lowered", "frozen", "cooling", "safe"]
Action = Literal["none", "lower", "freeze", "thaw", "roll_back", "safe", "release"]
#: Why a ruling is what it is; a closed list, because it becomes a metric label.
Why = Literal[
    "good", "worse", "absurd", "nonfinite", "drift", "falling", "cooldown", "recovered", "by_hand"
]
Keep = Literal["none", "mark", "pin", "settle"]


class Ruling(NamedTuple):
    """What to do now, and why.

    ``rate`` is to be applied (limits hold it as any other), None leaves it. ``keep``: ``mark``
    copies the learner as it is now in place of an earlier mark; ``settle`` makes the marked copy
    the good one, and ``pin`` marks anew after that. ``roll_back`` and ``safe`` return to the pinned
    copy. ``alarm`` stays up through safe mode. ``terms`` are the numbers behind it, for people.
    """

    action: Action
    why: Why
    rate: float | None = None
    keep: Keep = "none"
    alarm: bool = False
    terms: Mapping[str, float] = {}


class Watch(NamedTuple):
    """Where the ladder stands; counts are records that were scored, learned or not."""

    seen: int = 0
    rung: Rung = "watching"
    level: Level = Level()
    bad: int = 0  # records of bad periods, less those of good ones since; never below 0
    since: int = 0  # when this rung was entered
    last: float = 0.0  # loss of the last period
    marked: int | None = None
    settled: bool = False  # whether the marked copy is the pinned one
    marked_rate: float = 0.0
    pinned_rate: float = 0.0
    rollbacks: tuple[int, ...] = ()  # when; those within ``within`` only
    spacing: int = 0  # least records between two marks, where these are dear; ``window`` if more
    quiet: int = 0  # records without a bad period, in safe mode
