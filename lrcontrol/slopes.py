"""River's linear models, learned record by record at the rate that the trace law gives each.

The rate depends on the record's own derivative, so it is found halfway through ``learn_one``, and
these take its place: River's weights, loss, optimizer and intercept, in River's order and with its
arithmetic, the rate written in between. Nothing else of River's is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log
from typing import Any

from river import linear_model, optim
from river.utils import VectorDict
from river.utils.math import clamp

from lrcontrol.control.trace import LAM, LOG, SQUARED, Slope, bend
from lrcontrol.gain import Gain

#: Turns a record's slope and the curvature bound of its loss into the rate to apply.
Rule = Callable[[Slope, float], float]
#: A trace's common factor is multiplied out before it is too small to divide by.
LEAST_FACTOR = 1e-100
#: Least probability that a margin is taken from.
FLOOR = 1e-15


class Sensitivity:
    """How the weights would differ had the rate been larger, faded by ``lam`` a record.

    Fading is one multiplication: the factor is kept apart from the vector.
    """

    __slots__ = ("_bias", "_factor", "_lam", "_vector")

    def __init__(self, lam: float) -> None:
        self._lam = lam
        self._factor = 1.0
        self._vector: Any = VectorDict(None)
        self._bias = 0.0

    def along(self, x: dict[Any, Any]) -> float:
        """Return the derivative of the prediction for ``x`` along ln(rate)."""
        return float(self._factor * self._vector.dot(x) + self._bias)

    def add(self, gradient: Any, slope: float, rate: float) -> None:
        """Fade, and take the step ``-rate * gradient`` in; ``slope`` is the intercept's part."""
        factor = self._factor * self._lam
        if factor < LEAST_FACTOR:
            self._vector *= factor
            factor = 1.0
        self._vector.isub_scaled(gradient, rate / factor)
        self._factor = factor
        self._bias = self._bias * self._lam - rate * slope


class LinearSlope:
    """Linear or logistic regression with a plain gradient step (``optim.SGD``)."""

    def __init__(self, model: Any, gain: Gain, rule: Rule) -> None:
        self._model = model
        self._gain = gain
        self._rule = rule
        self._logistic = isinstance(model, linear_model.LogisticRegression)
        self._bound = LOG if self._logistic else SQUARED
        self._short, self._long = map(Sensitivity, LAM)

    def learn_one(self, x: dict[Any, Any], y: Any, w: float = 1.0) -> None:
        """Learn one record, as River would at the rate that the rule gives."""
        model = self._model
        before = model._enter_learn_mode(x)
        try:
            self._step(model, x, y, w)
        finally:
            model._exit_learn_mode(before)

    def _step(self, model: Any, x: dict[Any, Any], y: Any, w: float) -> None:
        weights, clip, short, long = model._weights, model.clip_gradient, self._short, self._long
        z = weights.dot(x) + model.intercept
        g = float(clamp(model.loss.gradient(y_true=y, y_pred=z) * w, -clip, clip))
        q = sum([value * value for value in x.values()]) + 1.0
        curvature = bend(abs(g), z if y else -z) if self._logistic else SQUARED
        slope = Slope((g * short.along(x), g * long.along(x)), q, curvature * w)
        self._gain.rate = rate = self._rule(slope, self._bound)
        pure = gradient = VectorDict.from_scaled(x, g)
        if model.l2:
            gradient = VectorDict.from_scaled(x, g)
            gradient.iadd_scaled(weights, model.l2)
        model.intercept -= rate * g
        model.optimizer.step(w=weights, g=gradient)
        short.add(pure, g, rate)
        long.add(pure, g, rate)


class SoftmaxSlope:
    """Softmax regression with a plain gradient step a class; it has no intercept."""

    def __init__(self, model: Any, gain: Gain, rule: Rule) -> None:
        self._model = model
        self._gain = gain
        self._rule = rule
        self._traces: dict[Any, tuple[Sensitivity, Sensitivity]] = {}

    def learn_one(self, x: dict[Any, Any], y: Any) -> None:
        """Learn one record, as River would at the rate that the rule gives."""
        model, traces = self._model, self._traces
        p = model.predict_proba_one(x)
        slopes = model.loss.gradient(y_true=y, y_pred=p)
        # Not the order of ``slopes``, which River makes from a set: sums would differ by process.
        labels = list(p) if y in p else [*p, y]
        h = [0.0, 0.0]
        for label in labels:
            g = slopes[label]
            for i, trace in enumerate(traces.get(label, ())):
                h[i] += g * trace.along(x)
        q = sum([value * value for value in x.values()])
        curvature = bend(-slopes[y], _margin(p, y))
        self._gain.rate = rate = self._rule(Slope((h[0], h[1]), q, curvature), LOG)
        for label in labels:
            g, weights = slopes[label], model.weights[label]
            gradient = {i: xi * g + model.l2 * weights.get(i, 0) for i, xi in x.items()}
            model.weights[label] = model.optimizers[label].step(w=weights, g=gradient)
            if label not in traces:
                traces[label] = (Sensitivity(LAM[0]), Sensitivity(LAM[1]))
            pure = VectorDict.from_scaled(x, g)
            for trace in traces[label]:
                trace.add(pure, 0.0, rate)


def _margin(p: dict[Any, float], y: Any) -> float:
    """Return the log odds of ``y`` against the likeliest other class."""
    other = max((share for label, share in p.items() if label != y), default=0.0)
    return log(max(p.get(y, 0.0), FLOOR)) - log(other) if other > 0.0 else inf


def slope_of(model: Any, gain: Gain, rule: Rule) -> LinearSlope | SoftmaxSlope | None:
    """Return what learns in place of a River model under the trace law, None for other models.

    Linear (squared loss), logistic and softmax regression, with ``optim.SGD`` and no l1.
    """
    kind = type(model)
    if kind is linear_model.SoftmaxRegression:
        plain = type(model.loss) is optim.losses.CrossEntropy and not model.loss.class_weight
        known = plain and type(model.optimizer) is optim.SGD
        return SoftmaxSlope(model, gain, rule) if known else None
    if kind not in (linear_model.LinearRegression, linear_model.LogisticRegression):
        return None
    plain = _is_plain(model.loss) and not model.l1 and type(model.optimizer) is optim.SGD
    return LinearSlope(model, gain, rule) if plain else None


def _is_plain(loss: Any) -> bool:
    unweighted = type(loss) is optim.losses.Log and loss.weight_pos == loss.weight_neg == 1.0
    return unweighted or type(loss) is optim.losses.Squared
