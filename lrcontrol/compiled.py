"""Progressive validation in a kernel: the same losses as ``progressive``, several times sooner.

Equal to River to 1e-9 rather than to the last bit, as sums are formed in another order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from river.metrics.base import Metric
from river.utils.math import sigmoid

from lrcontrol.mirror import Mirror
from lrcontrol.observed import Observed
from lrcontrol.record import Features
from lrcontrol.scoring import Task


class Compiled:
    """A mirrored River model, the task it is for, and the River metrics people asked for.

    The model is brought up to date when it is asked for, not before.
    """

    def __init__(self, mirror: Mirror, task: Task, metrics: Sequence[Metric] = ()) -> None:
        self.mirror = mirror
        self.task = task
        self._observed = Observed(metrics)
        self._learned = 0  # records in the kernel that the River objects have not seen

    @property
    def model(self) -> Any:
        """The River model, with all that was learned."""
        if self._learned:
            self.mirror.write_back()
            self._learned = 0
        return self.mirror.model

    def prepare(self) -> None:
        """Compile the kernel, or load it, before the first record comes; nothing else changes."""
        self.mirror.prepare()

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return what is served: a number, or the probability of each class."""
        return self.mirror.predict_one(x)

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record, of weight ``w`` if given; return the loss."""
        weight = params.pop("w", 1.0)
        if params:
            raise TypeError(f"learn_one of a compiled model takes no {', '.join(params)}")
        if self._observed.metrics:
            self._observed.update(y, self.predict_one(x))
        self._learned += 1
        loss = self.mirror.learn_one(x, y, weight)
        return loss if self.task.loss != "absolute" else loss**0.5

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        if not xs:
            return []
        self._learned += len(xs)
        if not self._observed.metrics:
            losses = self.mirror.learn_all(xs, targets)
        else:
            losses = []
            for served in self.mirror.serve(xs, targets):
                for y, said in zip(targets[len(losses) :], served.predictions, strict=False):
                    self._observed.update(y, self._shown(said))
                losses += served.losses.tolist()
        if self.task.loss == "absolute":
            return [loss**0.5 for loss in losses]  # kernels give squared errors
        return losses

    def _shown(self, said: Any) -> Any:
        """Return a line of the kernel's predictions as River would put it."""
        if self.task.kind == "regression":
            return float(said[0])
        if self.task.kind == "binary":
            p = sigmoid(float(said[0]))
            return {False: 1.0 - p, True: p}
        return dict(zip(self.mirror.classes, said.tolist(), strict=False))

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._observed.readings()
