"""River's factorization machines, seen through their gradients, and driven without pairs.

``dz/d theta`` = [1, x_i, x_i (V'x) - v_i x_i^2] for intercept, weights and latent vectors (Rendle
2010). River forms all d(d-1)/2 pairs for each prediction; the same number comes from the sum V'x in
d steps. River's own optimizers and update do the learning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from river import compose, facto, optim
from river.utils.math import clamp

from lrcontrol.adapters.base import NotAdapted
from lrcontrol.control.climb import LAM, LOG, SQUARED, Slope, bend
from lrcontrol.gain import attach
from lrcontrol.record import Features

Array = NDArray[np.float64]

#: Features that have a trace; beyond it all traces begin again, which costs a few hundred records.
COLUMNS = 1 << 17
#: A trace is stored divided by its fading factor to the power of its age, so that one number fades
#: all of it; below this scale it is multiplied out.
SMALLEST = 1e-100


class Parameters(NamedTuple):
    """What a factorization machine has learned."""

    intercept: float
    weights: Mapping[Any, float]
    latents: Mapping[Any, Array]


class FactorizationMachine:
    """An ``FMRegressor`` or ``FMClassifier``, alone or behind unsupervised transformers.

    Raises ``NotAdapted`` for any other model, for optimizers other than SGD and losses other than
    squared and (unweighted) log loss: race those. l1 and l2 are learned but not seen by the traces.

    Predictions agree with River's to rounding. Numbers that the model holds are River's own, and
    its methods may be used between records.

    Examples
    --------
    >>> model = facto.FMRegressor(n_factors=4, seed=7)
    >>> machine = FactorizationMachine(model)
    >>> machine.look({"a": 1.0, "b": 2.0}, 3.0).q
    6.27774
    >>> machine.learn(0.01)
    >>> abs(machine.raw({"a": 1.0, "b": 2.0}) - model.predict_one({"a": 1.0, "b": 2.0})) < 1e-12
    True
    """

    def __init__(self, model: Any, rate: float = 0.01) -> None:
        self.transformers, self.final = _parts(model)
        self.attachment = attach(model, rate)
        self.gain = self.attachment.gain
        self.model = model
        self.bound = SQUARED if isinstance(self.final, facto.FMRegressor) else LOG
        self._seen: tuple[Features, Array, Array] | None = None
        self._slope = 0.0
        self.forget()

    @np.errstate(all="ignore")
    def raw(self, x: Features) -> float:
        """Return the raw prediction, transformers as they are."""
        for transformer in self.transformers:
            x = transformer.transform_one(x)
        return self._score(self.final._ohe_cat_features(x))[0]

    @np.errstate(all="ignore")
    def look(self, x: Features, y: Any, w: float = 1.0) -> Slope:
        """Return what the record says; the transformers learn it."""
        final = self.final
        for transformer in self.transformers:
            transformer.learn_one(x)
            x = transformer.transform_one(x)
        numbers: dict[Any, Any] = final._ohe_cat_features(x)
        if final.sample_normalization:
            norm = sum(value**2 for value in numbers.values()) ** 0.5 or 1.0
            numbers = {name: value / norm for name, value in numbers.items()}
        z, values, latents, total = self._score(numbers)
        slope = final.loss.gradient(y_true=y, y_pred=z)
        g = float(clamp(slope, minimum=-final.clip_gradient, maximum=final.clip_gradient)) * w
        dz = np.empty((len(numbers), final.n_factors + 1))
        dz[:, 0] = values
        dz[:, 1:] = values[:, None] * total - latents * (values * values)[:, None]
        self._seen, self._slope = (numbers, dz, self._columns(numbers)), g
        q = 1.0 + float((dz * dz).sum())
        curvature = SQUARED if self.bound == SQUARED else bend(abs(slope), z if y else -z)
        return Slope(self._along(dz, g), q, w * curvature)

    @np.errstate(all="ignore")
    def learn(self, rate: float) -> None:
        """Learn the record last looked at the way River does."""
        if self._seen is None:
            raise RuntimeError("learn(rate) must follow look(x, y)")
        (x, dz, columns), g, final = self._seen, self._slope, self.final
        self._seen = None
        self.gain.rate = rate
        final.intercept -= final.intercept_lr.get(final.weight_optimizer.n_iterations) * g
        gradient = final._calculate_weights_gradients(x, g)
        final.weights = final.weight_optimizer.step(w=final.weights, g=gradient)
        final._update_latents(x, g)
        for i, lam in enumerate(LAM):
            self._scale[i] *= lam
            if self._scale[i] < SMALLEST:
                self._traces[i] *= self._scale[i]
                self._scale[i] = 1.0
            move = rate * g / self._scale[i]
            self._traces[i, columns] -= move * dz
            self._intercepts[i] = lam * self._intercepts[i] - rate * g

    def forget(self) -> None:
        """Set the traces to zero."""
        self._names: dict[Any, int] = {}
        self._traces = np.zeros((2, 8, self.final.n_factors + 1))
        self._intercepts, self._scale = [0.0, 0.0], [1.0, 1.0]

    def copy(self) -> Parameters:
        """Return the machine's parameters; transformers are left out, they do not blow up."""
        final = self.final
        latents = {name: latent.copy() for name, latent in final.latents.items()}
        return Parameters(final.intercept, dict(final.weights), latents)

    def load(self, copy: Parameters) -> None:
        """Set the machine's parameters."""
        final = self.final
        final.intercept = copy.intercept
        final.weights.clear()
        final.weights.update(copy.weights)
        final.latents.clear()
        final.latents.update((name, latent.copy()) for name, latent in copy.latents.items())

    def _score(self, x: Features) -> tuple[float, Array, Array, Array]:
        """Return z, the features' values and latent vectors, and V'x."""
        final = self.final
        values = np.fromiter(x.values(), float, len(x))
        rows = [final.latents[name] for name in x]
        latents = np.array(rows).reshape(len(x), final.n_factors)
        linear = sum(value * final.weights[name] for name, value in x.items())
        total = values @ latents
        own = (values * values) @ (latents * latents)
        z = final.intercept + linear + 0.5 * float(total @ total - own.sum())
        return float(z), values, latents, total

    def _along(self, dz: Array, g: float) -> tuple[float, float]:
        assert self._seen is not None
        columns = self._seen[2]
        first, second = (
            g
            * (self._intercepts[i] + self._scale[i] * float((self._traces[i, columns] * dz).sum()))
            for i in range(2)
        )
        return first, second

    def _columns(self, x: Features) -> Array:
        names = self._names
        if len(names) + len(x) > COLUMNS:
            self.forget()
            names = self._names
        columns = np.array([names.setdefault(name, len(names)) for name in x], np.int64)
        if len(names) > self._traces.shape[1]:
            grown = np.zeros((2, 2 * len(names), self._traces.shape[2]))
            grown[:, : self._traces.shape[1]] = self._traces
            self._traces = grown
        return columns  # type: ignore[return-value]


def adapts(model: Any) -> bool:
    """Return whether ``FactorizationMachine`` takes the model."""
    try:
        _parts(model)
    except NotAdapted:
        return False
    return True


def _parts(model: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the transformers before the machine, and the machine."""
    *before, final = model.steps.values() if type(model) is compose.Pipeline else (model,)
    what = type(final).__name__
    if type(final) not in (facto.FMRegressor, facto.FMClassifier):
        raise NotAdapted(f"{what} is not FMRegressor or FMClassifier; race it")
    for name in ("weight_optimizer", "latent_optimizer"):
        optimizer = getattr(final, name)
        if type(optimizer) is not optim.SGD:
            raise NotAdapted(f"{what}.{name} is {type(optimizer).__name__}, not SGD; race it")
    loss = final.loss
    plain = type(loss) is optim.losses.Log and loss.weight_pos == loss.weight_neg == 1.0
    if type(loss) is not optim.losses.Squared and not plain:
        raise NotAdapted(f"{what}.loss is {type(loss).__name__}, not Squared or plain Log; race it")
    for step in before:
        if getattr(step, "_supervised", True):
            raise NotAdapted(f"{type(step).__name__} before {what} learns from targets; race it")
    return tuple(before), final
