"""River metrics fed with what was served, for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from river.metrics.base import Metric


class Observed:
    """River metrics, updated with each prediction in whatever form each of them takes.

    >>> from river import metrics
    >>> observed = Observed([metrics.Accuracy(), metrics.LogLoss()])
    >>> observed.update(True, {False: 0.2, True: 0.8})
    >>> observed.readings()
    {'Accuracy': 1.0, 'LogLoss': 0.22314}
    """

    def __init__(self, metrics: Sequence[Metric] = ()) -> None:
        self.metrics: tuple[Any, ...] = tuple(metrics)

    def update(self, y: Any, prediction: Any) -> None:
        """Learn a label and the prediction made before it."""
        for metric in self.metrics:
            labels = isinstance(prediction, dict) and metric.requires_labels
            metric.update(y, _likeliest(prediction) if labels else prediction)

    def readings(self) -> Mapping[str, float]:
        """Return each metric's value by class name, where it is a finite number."""
        values = {type(metric).__name__: metric.get() for metric in self.metrics}
        return {name: float(v) for name, v in values.items() if _number(v)}


def _likeliest(prediction: Mapping[Any, float]) -> Any:
    return max(prediction, key=prediction.__getitem__) if prediction else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and isfinite(value)
