"""Models of one kind at many fixed rates, side by side on the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from lrcontrol.kernels.arrays import Array, dense
from lrcontrol.kernels.glm import glm
from lrcontrol.kernels.softmax import FLOOR, softmax
from lrcontrol.kernels.steps import OPTIMIZERS, WITH_M, WITH_V, Optimizer

if TYPE_CHECKING:
    from lrcontrol.scoring import Kind


class Shadows:
    """River's linear, logistic or softmax model, once for each of many fixed rates.

    Each agrees with ``river.linear_model`` and ``river.optim`` 0.26.1 (their constants, gradient
    clipping, the intercept on the same rate) to 1e-9 and costs a small part of it: the loop over
    the rates is innermost and vectorised. All features are present in every record and all classes
    known from the start.

    Parameters
    ----------
    kind
        "regression", "binary" or "multiclass".
    optimizer
        "SGD", "Adam", "AdaGrad" or "RMSProp".
    rates
        Rates > 0, one a model.
    features
        Number of features.
    classes
        Number of classes, for "multiclass".
    l2
        Weight of the squared-norm penalty, >= 0.
    floor
        For "multiclass": how near to 0 and 1 the gradient sees a probability. River's 1e-15 moves a
        saturated model with large features; 0 is the plain cross entropy.

    Examples
    --------
    >>> from lrcontrol.kernels import Shadows, losses
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(1000, 3))
    >>> y = x @ [1.0, 2.0, 3.0] + 4.0
    >>> shadows = Shadows("regression", "SGD", rates=[0.001, 0.01, 0.1], features=3)
    >>> losses("regression", shadows.learn(x, x, y), y).mean(axis=0).tolist()
    [7.379, 0.779, 0.108]
    """

    def __init__(
        self,
        kind: Kind,
        optimizer: Optimizer,
        rates: ArrayLike,
        features: int,
        classes: int = 0,
        l2: float = 0.0,
        floor: float = FLOOR,
    ) -> None:
        self.kind: Kind = kind
        self.l2 = l2
        self.floor = floor
        self.rates = dense(rates)
        self.learned = 0
        self._code = OPTIMIZERS.index(optimizer)
        blocks = (classes,) if kind == "multiclass" else ()
        shape, empty = (*blocks, features, len(self.rates)), (*blocks, 0, 0)
        self.weights = np.zeros(shape)
        self.intercepts = np.zeros(len(self.rates))
        self._m = np.zeros(shape if self._code in WITH_M else empty)
        self._v = np.zeros(shape if self._code in WITH_V else empty)

    def learn(self, before: ArrayLike, after: ArrayLike, targets: ArrayLike) -> Array:
        """Predict, then learn each record of a block; return the scores (records, rates).

        ``before`` and ``after`` (records, features): the records as they are predicted and as they
        are learned, the same array without a scaler. ``targets`` (records): numbers; 0 and 1;
        or 0, 1, ... classes - 1. A score is the prediction (regression), the log odds of 1
        (binary), or the log probability of the record's own class (multiclass).
        """
        old, new, y = dense(before), dense(after), dense(targets)
        scores = np.empty((len(y), len(self.rates)))
        if self.kind == "multiclass":
            softmax(
                self._code, self.rates, self.l2, self.floor, old, new, y,
                self.weights, self._m, self._v, self.learned, scores,
            )  # fmt: skip
        else:
            glm(
                self.kind == "binary", self._code, self.rates, self.l2, old, new, y,
                self.weights, self.intercepts, self._m, self._v, self.learned, scores,
            )  # fmt: skip
        self.learned += len(y)
        return scores
