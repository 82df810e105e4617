"""River's registry: every regressor and classifier, with the parameters River tests it with."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator

import river
from river import base


def estimators() -> Iterator[base.Estimator]:
    """Yield an instance per class and per River's own set of test parameters, in module order."""
    for module in sorted(m.name for m in pkgutil.iter_modules(river.__path__) if m.ispkg):
        if module in {"datasets", "checks", "test", "base"}:
            continue
        members = inspect.getmembers(importlib.import_module(f"river.{module}"), inspect.isclass)
        for _, kind in members:
            if issubclass(kind, base.Regressor | base.Classifier) and not inspect.isabstract(kind):
                yield from _instances(kind)


def _instances(kind: type[base.Estimator]) -> Iterator[base.Estimator]:
    if issubclass(kind, base.MultiLabelClassifier | base.MultiTargetRegressor):
        return  # several targets a record: not what a loop is for
    if kind.__name__ == "ZstdClassifier" and sys.version_info < (3, 14):
        return  # refuses older Pythons
    required = [
        p
        for p in list(inspect.signature(kind).parameters.values())
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    for parameters in kind._unit_test_params():
        if all(p.name in parameters for p in required):  # River gives some none, and tests them not
            yield kind(**parameters)
