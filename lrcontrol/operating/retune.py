"""What of a model's section can be given to a loop that runs: the fields that are live."""

from __future__ import annotations

from dataclasses import replace

from lrcontrol.config.changes import own_law
from lrcontrol.config.models import ModelSettings
from lrcontrol.learners.steered import Steered
from lrcontrol.loop import Loop
from lrcontrol.scoring import Regression
from lrcontrol.served import Timed


def retune(loop: Loop, settings: ModelSettings) -> None:
    """Let a loop go on with the live fields of ``settings``, from the next record.

    What it has learned, its counters, its rate and the state of its controller stay. A rate outside
    new limits is brought in from the next decision on, as fast as the slew allows; one held by hand
    stays where it is until it is given back. A period that was made shorter than what has run of it
    ends with the next record.

    Only for settings that differ in live fields alone (``config.changes``); of others it would take
    over some and not the rest.
    """
    bounds = settings.bounds
    loop.horizons = settings.horizons
    # Not whole: a kernel may have lowered the most names there can be.
    loop.guard.bounds = replace(
        loop.guard.bounds,
        max_abs=bounds.max_abs,
        max_features=bounds.max_features,
        max_text=bounds.max_text,
    )
    if isinstance(loop.learner.task, Regression):
        loop.learner.task.max_abs = bounds.max_abs
    if own_law(settings.controller):
        _retune_law(loop, settings)


def _retune_law(loop: Loop, settings: ModelSettings) -> None:
    limits = settings.held
    loop.period, loop.limits, loop.hand.limits = settings.period, limits, limits
    if isinstance(loop.controller, Timed):
        loop.controller.controller = settings.controller
    if isinstance(loop.learner, Steered):
        loop.learner.limits = limits
    if loop.watched is not None and settings.divergence is not None:
        loop.watched.retune(settings.divergence, limits)
