"""The wing for messages that could not be learned: kept with their reason, shown, sent again."""

from __future__ import annotations

from lrcontrol.deadletters.breaker import Breaker, Broken
from lrcontrol.deadletters.letter import Kept, Letter, letter
from lrcontrol.deadletters.replay import Replay, ask
from lrcontrol.deadletters.store import Counts, DeadLetters, Shelf

__all__ = [
    "Breaker",
    "Broken",
    "Counts",
    "DeadLetters",
    "Kept",
    "Letter",
    "Replay",
    "Shelf",
    "ask",
    "letter",
]
