"""Shadow arms: what another rate would give, found out now and then, within a budget."""

from lrcontrol.arms.shadows import Shadows

__all__ = ["Shadows"]
