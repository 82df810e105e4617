"""Models that tell how their loss depends on their parameters, so that the trace law moves them.

``torch`` is imported on use: ``from lrcontrol.adapters.torch import TorchLearner``.
"""

from __future__ import annotations

from lrcontrol.adapters.base import Adapter, NotAdapted
from lrcontrol.adapters.fm import FactorizationMachine
from lrcontrol.adapters.steering import Steering

__all__ = ["Adapter", "FactorizationMachine", "NotAdapted", "Steering"]
