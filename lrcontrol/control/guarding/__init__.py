"""The guard over what was learned: is the model worse than it was, and what is done about it."""

from __future__ import annotations

from lrcontrol.control.guarding.ladder import Ladder
from lrcontrol.control.guarding.ruling import Ruling, Rung, Watch
from lrcontrol.control.guarding.verdict import Level, Standard, Verdict

__all__ = ["Ladder", "Level", "Ruling", "Rung", "Standard", "Verdict", "Watch"]
