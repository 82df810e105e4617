"""From the sections of a configuration to what runs: an intake a source, a loop a model."""

from __future__ import annotations

import time
from collections.abc import Callable

from lrcontrol.config.kinds import CONTROLLER, SOURCE
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.sources import SourceSettings
from lrcontrol.control.base import PerRecord
from lrcontrol.decode import Rejection
from lrcontrol.intake import Intake
from lrcontrol.loop import Loop
from lrcontrol.scoring import task_of
from lrcontrol.served import Served, Timed


def assemble_source(
    name: str, settings: SourceSettings, rejected: Callable[[str, Rejection], None]
) -> Intake:
    """Return the intake of a source, not yet open."""
    return Intake(name, SOURCE.name_of(settings), settings, time.time, rejected)


def assemble_model(name: str, settings: ModelSettings) -> Served:
    """Return a model wired to its controller. Raises ConfigError, NotSteerable, ValueError."""
    model = settings.build()
    detector = settings.build_detector()
    timed = Timed(settings.controller, time.perf_counter)
    # One that decides on each record is carried out by its learner, and costs what learning costs.
    each = isinstance(settings.controller, PerRecord)
    loop = Loop(
        model,
        settings.controller if each else timed,
        initial_rate=settings.initial_rate,
        limits=settings.held,
        task=task_of(
            model, settings.loss, settings.task, settings.positive, settings.bounds.max_abs
        ),
        metrics=settings.build_metrics(),
        detector=detector,
        period=settings.period,
        horizons=settings.horizons,
        bounds=settings.bounds,
        compiled=settings.compiled,
    )
    controller = CONTROLLER.name_of(settings.controller)
    if chosen := loop.status.chosen:
        controller = f"{controller}:{chosen}"
    detected = "" if detector is None else type(detector).__name__
    return Served(name, controller, detected, loop, timed, time.perf_counter)
