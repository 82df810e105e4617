"""The last level of validation: does what is named exist, and can it work together?

Imports River and opens files; everything before this looks at the text alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lrcontrol.config.models import ModelSettings
from lrcontrol.config.nodes import NOWHERE, Mark, join
from lrcontrol.config.problems import ConfigError, Problems
from lrcontrol.config.specs import Spec


def check_up(made: Mapping[str, Any], marks: Mapping[str, Mark], problems: Problems) -> None:
    """Note what is wrong with the sections and specs of ``made`` (path -> object) in this place.

    Every spec is built once. A model must have a task that fits its loss and metrics, and an
    optimizer whose rate can be set. Any section with a ``problems()`` method (it yields pairs of
    field and message) is asked.
    """
    for path, thing in made.items():
        if isinstance(thing, Spec):
            _build(thing, problems)
        elif isinstance(thing, ModelSettings):
            _check_model(thing, path, marks, problems)
        for field, message in getattr(thing, "problems", list)():
            where = join(path, field)
            problems.add(marks.get(where) or marks.get(path, NOWHERE), where, message)


def _build(spec: Spec, problems: Problems) -> None:
    try:
        spec.build()
    except ConfigError as error:
        for file, line, column, path, message, hint, source, _ in error.problems:
            problems.add(Mark(file, line, column, source), path, message, hint)


def _check_model(
    settings: ModelSettings, path: str, marks: Mapping[str, Mark], problems: Problems
) -> None:
    try:
        model, metrics = settings.build(), settings.build_metrics()
        detector = settings.build_detector()
    except ConfigError:
        return  # told where the spec itself was built
    for field, message in _conflicts(settings, model, metrics, detector):
        where = f"{path}.{field}"
        problems.add(marks.get(where) or marks[path], where, message)


def _conflicts(
    settings: ModelSettings, model: Any, metrics: Sequence[Any], detector: Any
) -> Iterator[tuple[str, str]]:
    """Yield what of a model's parts does not go together, with the field that says it."""
    from river.base import DriftDetector

    from lrcontrol.gain import NotSteerable, attach
    from lrcontrol.learners import choose, learner_for
    from lrcontrol.scoring import task_of

    origin = "pipeline" if settings.pipeline else "factory"
    if detector is not None and not isinstance(detector, DriftDetector):
        yield "drift", f"{type(detector).__name__} is no drift detector for a loss"
    try:
        task = task_of(model, settings.loss, settings.task, settings.positive)
    except ValueError as error:
        yield "loss" if settings.loss else origin, str(error)
        return
    yield from _misfits(metrics, model, task.kind)
    try:
        attach(model, settings.initial_rate)
    except NotSteerable as error:
        yield origin, str(error)
        return
    controller, rate = choose(model, settings.controller).controller, settings.initial_rate
    try:
        learner_for(model, controller, task, (), rate, settings.held, settings.compiled)
    except NotSteerable as error:
        yield "compiled" if settings.compiled else "controller", str(error)


def _misfits(metrics: Sequence[Any], model: Any, kind: str) -> Iterator[tuple[str, str]]:
    from river.metrics.base import BinaryMetric

    names: list[str] = []
    for i, metric in enumerate(metrics):
        name = type(metric).__name__
        if name in names:
            yield f"metrics.{i}", f"{name} is there already"
        elif not getattr(metric, "works_with", lambda _: False)(model):
            yield f"metrics.{i}", f"{name} does not work with {type(model).__name__}"
        elif isinstance(metric, BinaryMetric) and kind == "multiclass":
            yield f"metrics.{i}", f"{name} is for two classes, the task has several"
        names.append(name)
