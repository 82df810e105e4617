"""The last level of validation: does what is named exist, and can it work together?

Imports River and opens files; everything before this looks at the text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
            _build(thing, path, problems)
        elif isinstance(thing, ModelSettings):
            _check_model(thing, path, marks, problems)
        for field, message in getattr(thing, "problems", list)():
            where = join(path, field)
            problems.add(marks.get(where) or marks.get(path, NOWHERE), where, message)


def _build(spec: Spec, path: str, problems: Problems) -> None:
    from river.base import DriftDetector

    try:
        built = spec.build()
        if path.endswith(".drift") and not isinstance(built, DriftDetector):
            message = f"{type(built).__name__} is no drift detector for a loss"
            problems.add(spec.node.mark, path, message)
    except ConfigError as error:
        for file, line, column, path, message, hint, source, _ in error.problems:
            problems.add(Mark(file, line, column, source), path, message, hint)


def _check_model(
    settings: ModelSettings, path: str, marks: Mapping[str, Mark], problems: Problems
) -> None:
    from lrcontrol.gain import NotSteerable, attach
    from lrcontrol.scoring import task_of

    where = join(path, "pipeline" if settings.pipeline else "factory")
    try:
        model, metrics = settings.build(), settings.build_metrics()
    except ConfigError:
        return  # told where the spec itself was built
    try:
        task = task_of(model, settings.loss, settings.task, settings.positive)
    except ValueError as error:
        at = join(path, "loss") if settings.loss and join(path, "loss") in marks else where
        problems.add(marks[at], at, str(error))
        return
    for i, message in _misfits(metrics, model, task.kind):
        at = join(join(path, "metrics"), i)
        problems.add(marks[at], at, message)
    try:
        attach(model, settings.initial_rate)
    except NotSteerable as error:
        problems.add(marks[where], where, str(error))


def _misfits(metrics: Iterable[Any], model: Any, kind: str) -> Iterable[tuple[int, str]]:
    from river.metrics.base import BinaryMetric

    names: list[str] = []
    for i, metric in enumerate(metrics):
        name = type(metric).__name__
        if name in names:
            yield i, f"{name} is there already"
        elif not getattr(metric, "works_with", lambda _: False)(model):
            yield i, f"{name} does not work with {type(model).__name__}"
        elif isinstance(metric, BinaryMetric) and kind == "multiclass":
            yield i, f"{name} is for two classes, the task has several"
        names.append(name)
