"""From the sections of a configuration to what runs: an intake a source, a loop a model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lrcontrol.config.kinds import CONTROLLER, SOURCE
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.sources import SourceSettings
from lrcontrol.control.base import PerRecord
from lrcontrol.decode import Rejection
from lrcontrol.intake import Intake
from lrcontrol.loop import Loop
from lrcontrol.operating.retune import retune
from lrcontrol.scoring import task_of
from lrcontrol.served import Served, Timed


def assemble_source(
    name: str, settings: SourceSettings, rejected: Callable[[str, Rejection], None]
) -> Intake:
    """Return the intake of a source, not yet open."""
    return Intake(name, SOURCE.name_of(settings), settings, time.time, rejected)


def assemble_model(name: str, settings: ModelSettings, kept: Loop | None = None) -> Served:
    """Return a model wired to its controller, or one that goes on with what a checkpoint kept.

    Raises ConfigError, NotSteerable, ValueError.
    """
    loop = loop_of(settings, settings.build()) if kept is None else kept
    retune(loop, settings)  # what was kept may be of before a change that needs no restart
    controller = CONTROLLER.name_of(settings.controller)
    if chosen := loop.status.chosen:
        controller = f"{controller}:{chosen}"
    detector = loop.detector
    detected = "" if detector is None else type(detector).__name__
    return Served(name, controller, detected, loop, time.perf_counter)


def loop_of(settings: ModelSettings, model: Any) -> Loop:
    """Return the loop of a model's section around a River model, new or with what it has learned.

    Raises NotSteerable, ValueError, and ConfigError for a metric or detector that cannot be built.
    """
    # One that decides on each record is carried out by its learner, and costs what learning costs.
    each = isinstance(settings.controller, PerRecord)
    return Loop(
        model,
        settings.controller if each else Timed(settings.controller),
        initial_rate=settings.initial_rate,
        limits=settings.held,
        task=task_of(
            model,
            settings.loss,
            settings.task,
            settings.positive,
            settings.bounds.max_abs,
            settings.bounds.max_classes,
            settings.bounds.slips,
        ),
        metrics=settings.build_metrics(),
        detector=settings.build_detector(),
        period=settings.period,
        horizons=settings.horizons,
        bounds=settings.bounds,
        compiled=settings.compiled,
        divergence=settings.divergence,
        shadows=settings.shadows,
    )
