"""Ways to learn: one file each, chosen by the controller (``learner_for``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from river import metrics as river_metrics

from lrcontrol.control import Limits, Trace
from lrcontrol.control.base import Controller
from lrcontrol.control.limits import limits_for
from lrcontrol.learners.base import Learner
from lrcontrol.learners.steered import Steered
from lrcontrol.learners.traced import Traced
from lrcontrol.scoring import Task

__all__ = ["Learner", "Steered", "Traced", "learner_for"]


def learner_for(
    model: Any,
    controller: Controller[Any],
    task: Task,
    metrics: Sequence[river_metrics.base.Metric] = (),
    initial_rate: float = 0.01,
    limits: Limits | None = None,
) -> Learner:
    """Return what carries out ``controller`` on ``model``, whose gain is taken over in place.

    Raises ``NotSteerable`` where the model has no rate that can be moved, ``Invalid`` for an
    initial rate outside the limits.
    """
    held = limits or limits_for(controller)
    if isinstance(controller, Trace):
        return Traced(model, controller, task, metrics, initial_rate, held)
    return Steered(model, controller, task, metrics, initial_rate, held)
