"""What is told of a daemon, its sources and models: one line a metric, name, help and value."""

from __future__ import annotations

from lrcontrol.measures.daemon import of_checkpoints, of_daemon, of_letters, of_reload, of_requests
from lrcontrol.measures.measure import Measure
from lrcontrol.measures.model import of_arms, of_members, of_model
from lrcontrol.measures.source import of_source

__all__ = [
    "Measure",
    "of_arms",
    "of_checkpoints",
    "of_daemon",
    "of_letters",
    "of_members",
    "of_model",
    "of_reload",
    "of_requests",
    "of_source",
]
