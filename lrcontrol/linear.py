"""Recognises River's linear models, with what stands before them in a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from river import compose, linear_model, optim, preprocessing

from lrcontrol.kernels import OPTIMIZERS, Optimizer
from lrcontrol.scoring import Kind
from lrcontrol.straight import Step, step_of

#: The models that kernels know, and their losses; no subclasses, whose methods may do anything.
MODELS: dict[type, tuple[Kind, Any]] = {
    linear_model.LinearRegression: ("regression", optim.losses.Squared),
    linear_model.LogisticRegression: ("binary", optim.losses.Log),
    linear_model.SoftmaxRegression: ("multiclass", optim.losses.CrossEntropy),
}


class Linear(NamedTuple):
    """A linear model, the scaler right before it, if any, and the steps before that."""

    steps: tuple[Step, ...]
    scaler: preprocessing.StandardScaler | None
    final: Any
    kind: Kind

    @property
    def optimizer(self) -> Optimizer:
        """River's class name of the optimizer."""
        return OPTIMIZERS[
            [optimizer.__name__ for optimizer in _OPTIMIZERS].index(
                type(self.final.optimizer).__name__
            )
        ]

    @property
    def constants(self) -> tuple[float, float, float]:
        """The optimizer's constants, as kernels take them."""
        return constants(self.final.optimizer)

    @property
    def intercept(self) -> bool:
        """Whether there is an intercept that moves."""
        if self.kind == "multiclass":
            return False
        lr = self.final.intercept_lr
        return not (type(lr) is optim.schedulers.Constant and lr.learning_rate == 0.0)


_OPTIMIZERS = tuple(getattr(optim, name) for name in OPTIMIZERS)


def constants(optimizer: Any) -> tuple[float, float, float]:
    """Return beta_1, beta_2 or rho, and eps; 0 for what the optimizer does not have.

    >>> from river import optim
    >>> constants(optim.Adam()), constants(optim.SGD())
    ((0.9, 0.999, 1e-08), (0.0, 0.0, 0.0))
    """
    first = getattr(optimizer, "beta_1", 0.0)
    second = getattr(optimizer, "beta_2", getattr(optimizer, "rho", 0.0))
    return float(first), float(second), float(getattr(optimizer, "eps", 0.0))


def linear(model: Any) -> Linear | None:
    """Return the parts of a model that kernels can mirror exactly, None for any other.

    That is River's ``LinearRegression``, ``LogisticRegression`` or ``SoftmaxRegression`` with its
    default loss, without l1 and with weights that begin at 0, on SGD, Adam, AdaGrad or RMSProp;
    alone or last in a pipeline of unsupervised transformers.
    """
    steps: list[Any] = []
    if type(model) is compose.Pipeline:
        if model._LEARN_UNSUPERVISED_DURING_PREDICT or not model.steps:
            return None
        *steps, model = model.steps.values()
    if type(model) not in MODELS or not _plain(model):
        return None
    scaler = steps.pop() if steps and _is_scaler(steps[-1]) else None
    before = [step_of(step) for step in steps]
    if any(step is None for step in before):
        return None
    kind, _ = MODELS[type(model)]
    return Linear(tuple(step for step in before if step is not None), scaler, model, kind)


def _is_scaler(step: Any) -> bool:
    exact = type(step) is preprocessing.StandardScaler
    return exact and step.with_std and step.window_size is None


def _plain(model: Any) -> bool:
    """Return whether a model has nothing about it that kernels do not know."""
    kind, loss = MODELS[type(model)]
    if type(model.loss) is not loss or type(model.optimizer) not in _OPTIMIZERS:
        return False
    if kind == "multiclass":
        expected = type(model.optimizer), constants(model.optimizer)
        born = [(type(o), constants(o)) for o in model.optimizers.values()]
        return not model.loss.class_weight and all(each == expected for each in born)
    weighted = kind == "binary" and (model.loss.weight_pos, model.loss.weight_neg) != (1.0, 1.0)
    zeros = type(model.initializer) is optim.initializers.Zeros
    return not model.l1 and not weighted and zeros and _by_records(model.optimizer)


def _by_records(optimizer: Any) -> bool:
    """Return whether the optimizer's state is what ``learn_one`` leaves, and not ``learn_many``."""
    states = (getattr(optimizer, name, None) for name in ("m", "v", "g2"))
    return all(s is None or isinstance(s, Mapping) or hasattr(s, "to_dict") for s in states)
