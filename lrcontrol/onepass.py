"""The fast path for ``StandardScaler | estimator``: one pass over the features of a record.

River scales a record once to predict, updates the statistics in a second pass and scales again in a
third to learn. Done in one pass, with River's own objects and its arithmetic in its order, a record
costs 0.65 to 0.71 of the time (linear regression, SGD, 5 to 50 features; 0.75 to 0.79 with Adam),
and scaler, weights and optimizer end up bit for bit the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from river import base, compose, preprocessing

from lrcontrol.record import Features

Scaled = dict[str, float]
Learn = Callable[..., None]
Scale = Callable[[preprocessing.StandardScaler, Features], tuple[Scaled, Scaled]]

#: ``Counter`` overrides ``__delitem__``, which makes every ``counts[name] = n`` take the slow road
#: through Python's slots; one plain ``dict.update`` a record saves a third. The same dictionary.
_update = dict.update


class OnePass:
    """Predict-then-learn on a pipeline of a StandardScaler and one estimator.

    Get one with ``OnePass.of``; then, for each record, ``predict(x)`` and ``learn(x, y)``. It holds
    no statistics of its own, so it may be made and dropped at any record, and River's methods may
    be used between records. ``predict`` already updates the scaler: use it only when ``learn``
    follows, River's ``predict_one`` otherwise.

    After an exception the state may differ from what River would have left: a feature that is not a
    number raises in ``predict``, the scaler half updated, where River raises in ``learn_one``; when
    the estimator fails to predict, the scaler has seen the record already. Guard the records first.

    Examples
    --------
    >>> from river import datasets, linear_model, preprocessing
    >>> model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    >>> path, errors = OnePass.of(model), []
    >>> for x, y in datasets.TrumpApproval():
    ...     errors.append(abs(y - path.predict(x)))
    ...     path.learn(x, y)
    >>> sum(errors) / len(errors)  # River's own loop gives the same, to the last bit
    1.314548
    """

    __slots__ = ("_ask", "_final", "_learn", "_new", "_scale", "_scaler", "_x")

    def __init__(
        self, scaler: preprocessing.StandardScaler, final: Any, learn: Learn | None = None
    ) -> None:
        self._scaler = scaler
        self._final = final
        self._learn = learn or final.learn_one
        self._scale: Scale = _standardise if scaler.with_std else _centre
        proba = isinstance(final, base.Classifier)
        self._ask = final.predict_proba_one if proba else final.predict_one
        self._x: Features | None = None
        self._new: Scaled = {}

    @classmethod
    def of(cls, model: Any, learn: Learn | None = None) -> Self | None:
        """Return the path for ``model``, or None where it would not be the same as River.

        ``learn`` takes the place of the estimator's ``learn_one``.
        Exactly two steps, a ``StandardScaler`` without a window and a regressor or classifier; no
        subclasses, whose methods may do anything. 4 us: once a block, not once a record.
        """
        if type(model) is not compose.Pipeline or len(model.steps) != 2:
            return None
        scaler, final = model.steps.values()
        if type(scaler) is not preprocessing.StandardScaler or scaler.window_size is not None:
            return None
        if not isinstance(final, (base.Regressor, base.Classifier)):
            return None
        if model._LEARN_UNSUPERVISED_DURING_PREDICT or isinstance(final, base.Transformer):
            return None
        return cls(scaler, final, learn)

    def predict(self, x: Features) -> Any:
        """Return the estimator's prediction for ``x`` scaled as before it; class probabilities from
        a classifier that has them, else its label. Updates the scaler."""
        old, self._new = self._scale(self._scaler, x)
        self._x = x
        try:
            return self._ask(old)
        except NotImplementedError:  # a classifier without probabilities
            self._ask = self._final.predict_one
            return self._ask(old)

    def learn(self, x: Features, y: Any) -> None:
        """Let the estimator learn ``x``, scaled as after it; ``x`` is the one just predicted.

        Raises RuntimeError on any other.
        """
        if x is not self._x:
            raise RuntimeError("learn(x, y) must follow predict(x) of the same x")
        self._x = None
        self._learn(x=self._new, y=y)


def _standardise(scaler: preprocessing.StandardScaler, x: Features) -> tuple[Scaled, Scaled]:
    """Return ``x`` scaled with the statistics before and after it, which are updated."""
    counts, means, variances = scaler.counts, scaler.means, scaler.vars
    old: Scaled = {}
    new: Scaled = {}
    counted: dict[str, int] = {}
    for name, value in x.items():
        mean = means[name]
        variance = variances[name]
        deviation = value - mean
        # Not math.sqrt: the C library's pow may differ from it in the last bit.
        old[name] = deviation / variance**0.5 if variance else 0.0
        counted[name] = count = counts[name] + 1
        means[name] = mean = mean + deviation / count
        remainder = value - mean
        variances[name] = variance = variance + (deviation * remainder - variance) / count
        new[name] = remainder / variance**0.5 if variance else 0.0
    _update(counts, counted)
    return old, new


def _centre(scaler: preprocessing.StandardScaler, x: Features) -> tuple[Scaled, Scaled]:
    """Return ``x`` less the means before and after it (``with_std=False``), which are updated."""
    counts, means = scaler.counts, scaler.means
    old: Scaled = {}
    new: Scaled = {}
    counted: dict[str, int] = {}
    for name, value in x.items():
        mean = means[name]
        old[name] = deviation = value - mean
        counted[name] = count = counts[name] + 1
        means[name] = mean = mean + deviation / count
        new[name] = value - mean
    _update(counts, counted)
    return old, new
