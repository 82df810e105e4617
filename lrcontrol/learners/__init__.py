"""Ways to learn: one file each, chosen by the controller (``learner_for``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from river import metrics as river_metrics

from lrcontrol.control import Limits
from lrcontrol.control.base import Controller
from lrcontrol.learners.base import Learner
from lrcontrol.learners.steered import Steered
from lrcontrol.scoring import Task

__all__ = ["Learner", "Steered", "learner_for"]


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
    return Steered(model, controller, task, metrics, initial_rate, limits or Limits())
