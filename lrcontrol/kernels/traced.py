"""Models whose one rate the trace controller moves, from many start rates side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from lrcontrol.kernels.arrays import Array, dense
from lrcontrol.kernels.trace import TRACE, Law
from lrcontrol.kernels.traced_glm import traced_glm
from lrcontrol.kernels.traced_softmax import traced_softmax

if TYPE_CHECKING:
    from lrcontrol.scoring import Kind


class Traced:
    """River's linear, logistic or softmax model with SGD, its rate moved by the trace controller.

    Parameters
    ----------
    kind
        "regression", "binary" or "multiclass".
    starts
        Start rates > 0, one a model; the band makes them harmless from the first record, and the
        same: all begin at its top.
    features
        Number of features, all present in every record.
    classes
        Number of classes, for "multiclass", all known from the start.
    law
        ``TRACE``, or ``PROTOTYPE``, which raw, badly conditioned features mislead.

    ``gains`` (models) is what the controller moves, ``applied`` (models) the rate of the last
    record. Regression predictions are to be clamped to the labels seen (``clamp``).

    Examples
    --------
    >>> from lrcontrol.kernels import Traced
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(1000, 3))
    >>> traced = Traced("regression", starts=[1e-5, 10.0], features=3)
    >>> scores = traced.learn(x, x, x @ [1.0, 2.0, 3.0] + 4.0)
    >>> np.abs(scores[-1] - x[-1] @ [1.0, 2.0, 3.0] - 4.0).max() < 1e-6
    np.True_
    """

    def __init__(
        self,
        kind: Kind,
        starts: ArrayLike,
        features: int,
        classes: int = 0,
        law: Law = TRACE,
    ) -> None:
        self.kind: Kind = kind
        self.gains = dense(np.array(starts, np.float64))
        self.applied = np.zeros_like(self.gains)
        self.learned = 0
        self.law = law
        models = len(self.gains)
        blocks = (classes,) if kind == "multiclass" else ()
        self.weights = np.zeros((*blocks, features, models))
        self.intercepts = np.zeros(models)
        self._s = np.zeros((2, *blocks, features, models))
        self._s_intercepts = np.zeros((2, models))
        self._v = np.zeros((2, models))
        self._slow = np.zeros((3, models))
        self._mean = np.zeros(1)

    def learn(self, before: ArrayLike, after: ArrayLike, targets: ArrayLike) -> Array:
        """Predict, then learn each record of a block; return the scores, as ``Shadows.learn``."""
        old, new, y = dense(before), dense(after), dense(targets)
        scores = np.empty((len(y), len(self.gains)))
        if self.kind == "multiclass":
            traced_softmax(
                self.law, old, new, y, self.weights, self.gains, self.applied,
                self._s, self._v, self._slow, self._mean, self.learned, scores,
            )  # fmt: skip
        else:
            traced_glm(
                self.kind == "binary", self.law, old, new, y, self.weights, self.intercepts,
                self.gains, self.applied, self._s, self._s_intercepts, self._v, self._slow,
                self._mean, self.learned, scores,
            )  # fmt: skip
        self.learned += len(y)
        return scores
