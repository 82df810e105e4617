"""River's linear models, learned record by record at the rate that the trace law gives each.

The rate depends on the record's own derivative, so it is found halfway through ``learn_one``, and
these take its place: River's weights, loss, optimizer and intercept, in River's order and with its
arithmetic, the rate written in between. Nothing else of River's is touched.
"""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

from river import linear_model, optim
from river.utils import VectorDict
from river.utils.math import dot, softmax

from lrcontrol.control.trace import CLASSES, LAM, LOG, SQUARED, Course, Trace, bend
from lrcontrol.gain import Gain

#: A trace's common factor is multiplied out before it is too small to divide by.
LEAST_FACTOR = 1e-100
#: Slopes smaller than this are too small to divide by.
LEAST_SLOPE = 1e-100


class Sensitivity:
    """How the weights would differ had the gain been larger, faded by ``lam`` a record.

    Fading is one multiplication: the factor is kept apart from the vector.
    """

    __slots__ = ("_bias", "_factor", "_lam", "_vector")

    def __init__(self, lam: float) -> None:
        self._lam = lam
        self._factor = 1.0
        self._vector: Any = VectorDict(None)
        self._bias = 0.0

    def along(self, x: dict[Any, Any]) -> float:
        """Return the derivative of the prediction for ``x`` along ln(gain)."""
        return float(self._factor * self._vector.dot(x) + self._bias)

    def move(self, gradient: Any, step: float, bias: float) -> None:
        """Fade, then subtract ``step`` times the gradient; ``bias`` is the intercept's part."""
        factor = self._factor * self._lam
        if factor < LEAST_FACTOR:
            self._vector *= factor
            factor = 1.0
        self._vector.isub_scaled(gradient, step / factor)
        self._factor = factor
        self._bias = self._bias * self._lam - bias


class LinearSlope:
    """Linear or logistic regression with a plain gradient step (``optim.SGD``).

    ``weight`` is that of the record to be learned next.
    """

    def __init__(self, model: Any, gain: Gain, course: Course) -> None:
        self.weight = 1.0
        self._model = model
        self._gain = gain
        self.course = course
        self._logistic = isinstance(model, linear_model.LogisticRegression)
        self._short, self._long = map(Sensitivity, LAM)

    def learn_one(self, x: dict[Any, Any], y: Any) -> None:
        """Learn one record, as River would at the rate that the course gives."""
        model = self._model
        before = model._enter_learn_mode(x)
        try:
            self._step(model, x, y, self.weight)
        finally:
            model._exit_learn_mode(before)

    def _step(self, model: Any, x: dict[Any, Any], y: Any, w: float) -> None:
        weights, clip, course = model._weights, model.clip_gradient, self.course
        z = weights.dot(x) + model.intercept
        slope = model.loss.gradient(y_true=y, y_pred=z)
        g = float(min(max(slope * w, -clip), clip))
        effects = self._short.along(x), self._long.along(x)
        q = sum([value * value for value in x.values()]) + 1.0
        curvature, bent = SQUARED, SQUARED
        if self._logistic:
            size = abs(slope)
            curvature, bent = bend(size, z if y else -z), size * (1.0 - size)
        rate = course.move(g * effects[0], g * effects[1], q, curvature * w)
        self._gain.rate = rate
        gradient = pure = VectorDict.from_scaled(x, g)
        if model.l2:
            gradient = VectorDict.from_scaled(x, g)
            gradient.iadd_scaled(weights, model.l2)
        model.intercept -= rate * g
        model.optimizer.step(w=weights, g=gradient)
        if abs(g) < LEAST_SLOPE:
            pure, g = VectorDict.from_scaled(x, 1.0), 1.0
            course.own = 0.0
        for trace, effect in ((self._short, effects[0]), (self._long, effects[1])):
            push = course.give * bent * w * effect
            move = course.own * g + (push if isfinite(push) else 0.0)
            trace.move(pure, move / g, move)


class SoftmaxSlope:
    """Softmax regression with a plain gradient step a class; it has no intercept."""

    def __init__(self, model: Any, gain: Gain, course: Course) -> None:
        self._model = model
        self._gain = gain
        self.course = course
        self._traces: dict[Any, tuple[Sensitivity, Sensitivity]] = {}

    def learn_one(self, x: dict[Any, Any], y: Any) -> None:
        """Learn one record, as River would at the rate that the course gives."""
        model, course = self._model, self.course
        scores = {label: dot(weights, x) for label, weights in model.weights.items()}
        p = softmax(dict(scores))
        slopes = model.loss.gradient(y_true=y, y_pred=p)
        # Not the order of ``slopes``, which River makes from a set: sums would differ by process.
        labels = list(p) if y in p else [*p, y]
        g = [slopes[label] for label in labels]
        short, long = self._effects(labels, x)
        h0, h1 = _along(g, short), _along(g, long)
        q = sum([value * value for value in x.values()])
        curvature = bend(-slopes[y], _margin(scores, y))
        self._gain.rate = course.move(h0, h1, q, curvature)
        for label in labels:
            weights = model.weights[label]
            gradient = {i: xi * slopes[label] + model.l2 * weights.get(i, 0) for i, xi in x.items()}
            model.weights[label] = model.optimizers[label].step(w=weights, g=gradient)
        at, vector = labels.index(y), VectorDict.from_scaled(x, 1.0)
        moves = zip(
            _turned(course, g, short, h0, at), _turned(course, g, long, h1, at), strict=True
        )
        for label, move in zip(labels, moves, strict=True):
            for trace, step in zip(self._traces[label], move, strict=True):
                trace.move(vector, step, 0.0)

    def _effects(self, labels: list[Any], x: dict[Any, Any]) -> tuple[list[float], list[float]]:
        for label in labels:
            if label not in self._traces:
                self._traces[label] = (Sensitivity(LAM[0]), Sensitivity(LAM[1]))
        traces = [self._traces[label] for label in labels]
        return [short.along(x) for short, _ in traces], [long.along(x) for _, long in traces]


def _along(g: list[float], effects: list[float]) -> float:
    return sum([slope * effect for slope, effect in zip(g, effects, strict=True)])


def _turned(course: Course, g: list[float], effects: list[float], h: float, at: int) -> list[float]:
    """Return how a trace moves by class: along g, and against its own effect on it."""
    mean = h + effects[at]
    moves = []
    for c, (slope, effect) in enumerate(zip(g, effects, strict=True)):
        push = course.give * (slope + (c == at)) * (effect - mean)
        moves.append(course.own * slope + (push if isfinite(push) else 0.0))
    return moves


def _margin(scores: dict[Any, float], y: Any) -> float:
    """Return the log odds of ``y`` against the likeliest other class; a new class scores 0."""
    return scores.get(y, 0.0) - max((z for c, z in scores.items() if c != y), default=-inf)


def slope_of(
    model: Any, gain: Gain, trace: Trace, low: float, high: float
) -> LinearSlope | SoftmaxSlope | None:
    """Return what learns in place of a River model under the trace law, None for other models.

    Linear (squared loss), logistic and softmax regression, with ``optim.SGD`` and no l1. The gain
    is where it starts, ``low`` and ``high`` what the rate is held within.
    """
    kind, loss = type(model), getattr(model, "loss", None)
    if kind is linear_model.SoftmaxRegression and type(loss) is optim.losses.CrossEntropy:
        plain, course = not loss.class_weight, trace.begin(gain.rate, low, high, LOG, CLASSES)
        made: LinearSlope | SoftmaxSlope = SoftmaxSlope(model, gain, course)
    elif kind is linear_model.LinearRegression and type(loss) is optim.losses.Squared:
        plain, course = not model.l1, trace.begin(gain.rate, low, high)
        made = LinearSlope(model, gain, course)
    elif kind is linear_model.LogisticRegression and type(loss) is optim.losses.Log:
        plain = loss.weight_pos == loss.weight_neg == 1.0 and not model.l1
        made = LinearSlope(model, gain, trace.begin(gain.rate, low, high, LOG, LOG))
    else:
        return None
    return made if plain and type(model.optimizer) is optim.SGD else None
