"""The user's model with another optimizer in the place of its own, everything else the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from river import base, optim

#: Names for ``--compare`` -> River's class, taken with River's default rate.
OPTIMIZERS: Mapping[str, Callable[[], optim.base.Optimizer]] = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "adagrad": optim.AdaGrad,
    "rmsprop": optim.RMSProp,
}


def with_optimizer(model: base.Estimator, name: str) -> Any:
    """Return an untaught copy of ``model``, each optimizer argument replaced by River's ``name``.

    The intercept's rate stays the model's own. Raises ValueError where no part of the model takes
    an optimizer as an argument.

    >>> from river import linear_model, preprocessing
    >>> model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    >>> with_optimizer(model, "adam")["LogisticRegression"].optimizer.learning_rate
    0.1
    """
    changes = _changes(model._get_params(), OPTIMIZERS[name])
    if not changes:
        raise ValueError(f"no part of {type(model).__name__} takes an optimizer as an argument")
    return model.clone(changes)


def _changes(params: Mapping[str, Any], kind: Callable[[], optim.base.Optimizer]) -> dict[str, Any]:
    """Return the arguments that hold an optimizer, in the shape that River's ``clone`` takes."""
    changes: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):  # a step of a pipeline
            if inner := _changes(value, kind):
                changes[name] = inner
        elif _is_part(value):
            if issubclass(value[0], optim.base.Optimizer):
                changes[name] = kind()
            elif inner := _changes(value[1], kind):
                changes[name] = (value[0], inner)
    return changes


def _is_part(value: Any) -> bool:
    # River writes an argument that is an object as (its class, its arguments).
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], type)
