"""Ways to learn: one file each, chosen by the controller (``learner_for``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from river import metrics as river_metrics

from lrcontrol.adapters.fm import adapts
from lrcontrol.control import Limits
from lrcontrol.control.bank import Bank
from lrcontrol.control.base import Controller
from lrcontrol.control.limits import LEAST_BOUND, MOST_BOUND
from lrcontrol.control.mixture import Mixture
from lrcontrol.control.race import Race
from lrcontrol.control.trace import Trace
from lrcontrol.gain import NotSteerable
from lrcontrol.kernels import available
from lrcontrol.learners.adapted import Adapted
from lrcontrol.learners.base import Learner
from lrcontrol.learners.choice import Choice, choose
from lrcontrol.learners.mirrored import REFUSED, Mirrored
from lrcontrol.learners.mixed import Mixed
from lrcontrol.learners.raced import Raced
from lrcontrol.learners.steered import Steered
from lrcontrol.learners.traced import Traced
from lrcontrol.linear import linear
from lrcontrol.scoring import Task

__all__ = ["Choice", "Learner", "choose", "learner_for"]


def learner_for(
    model: Any,
    controller: Controller[Any],
    task: Task,
    metrics: Sequence[river_metrics.base.Metric],
    initial_rate: float,
    limits: Limits,
    compiled: bool = False,
) -> Learner:
    """Return what carries out ``controller`` on ``model``, whose gain is taken over in place.

    ``compiled`` runs a linear model in a kernel whatever the controller; bank always does, trace
    where numba is installed.

    Raises ``NotSteerable`` where the model has no rate that can be moved so, ``Invalid`` for an
    initial rate outside the limits.
    """
    if compiled and linear(model) is None:
        raise NotSteerable(REFUSED.format(type(model).__name__))
    given = (task, metrics, initial_rate, limits)
    if isinstance(controller, Bank):
        return Mirrored(model, controller, *given)
    if isinstance(controller, Mixture):
        return Mixed(model, controller, *given)
    if isinstance(controller, Race):
        return Raced(model, controller, *given)
    if not isinstance(controller, Trace):
        return Steered(model, controller, *given, compiled)
    if adapts(model):
        return Adapted(model, controller, *given)
    parts = linear(model)
    free = limits.low <= LEAST_BOUND and limits.high >= MOST_BOUND  # the kernel heeds no others
    if parts is not None and parts.optimizer == "SGD" and free and (compiled or available()):
        return Mirrored(model, controller, *given)
    return Traced(model, controller, *given)
