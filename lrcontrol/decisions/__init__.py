"""The decisions of every controller and of the people beside it: kept, told in words, replayed."""

from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.ring import Ring

__all__ = ["Entry", "Ring"]
