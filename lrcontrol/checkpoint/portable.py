"""What a linear model has learned, as plain data that a later River can be given.

A pickle is read by the very River that wrote it. Weights, scaler and optimizer state of the linear
models are few and have names, so an upgrade need not lose them. For other models there is no such
form: ``describe`` says so by returning None.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from river import compose, utils

from lrcontrol.checkpoint.unusable import Unusable

#: The learned attributes of each class, by its name (River moves classes between modules).
LEARNED: Mapping[str, tuple[str, ...]] = {
    "StandardScaler": ("counts", "means", "vars"),
    "Normalizer": (),
    "LinearRegression": ("intercept", "_weights", "optimizer"),
    "LogisticRegression": ("intercept", "_weights", "optimizer"),
    "SoftmaxRegression": ("weights", "optimizers"),
    "SGD": ("n_iterations",),
    "Adam": ("n_iterations", "m", "v"),
    "AdaGrad": ("n_iterations", "g2"),
    "RMSProp": ("n_iterations", "g2"),
    "Momentum": ("n_iterations", "s"),
    "NesterovMomentum": ("n_iterations", "s"),
}


def describe(model: Any) -> Any:
    """Return what a linear model has learned as plain data, or None for another model.

    >>> from river import linear_model
    >>> model = linear_model.LinearRegression()
    >>> model.learn_one({"a": 1.0}, 2.0)
    >>> describe(model)["learned"]["_weights"]
    {'form': 'VectorDict', 'values': [['a', 0.04]]}
    """
    try:
        return _described(model)
    except _NotPortable:
        return None


def dumps(described: Any) -> bytes:
    """Return a description as JSON with ordinary numbers, which Python writes so that they are read
    back to the last bit; other programs can read it, and it is far faster than ``exact``.

    Raises ValueError for a number that is not finite.
    """
    return json.dumps(described, separators=(",", ":"), allow_nan=False).encode()


def loads(data: bytes) -> Any:
    """Return the description in ``data``. Raises Unusable."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unusable("content", f"the portable form is not readable: {error}") from None


def apply(described: Any, model: Any) -> None:
    """Give a new model of the same shape what another had learned. Raises Unusable.

    To be called before a gain is attached: it goes on at whatever rate the model has.
    """
    kind = type(model).__name__
    if not isinstance(described, Mapping) or described.get("class") != kind:
        found = described.get("class") if isinstance(described, Mapping) else "nothing"
        raise Unusable("configuration", f"the checkpoint holds {found} where a {kind} is wanted")
    if isinstance(model, compose.Pipeline):
        steps = described["steps"]
        if [name for name, _ in steps] != list(model.steps):
            raise Unusable("configuration", "the checkpoint's pipeline has other steps")
        for (_, step), part in zip(steps, model.steps.values(), strict=True):
            apply(step, part)
        return
    for name, value in described["learned"].items():
        held = getattr(model, name)
        if isinstance(value, Mapping) and "class" in value:
            apply(value, held)
        elif name == "optimizers":
            for label, optimizer in value["values"]:
                apply(optimizer, held[label])
        elif name == "weights":
            for label, weights in value["values"]:
                held[label].update(weights["values"])
        else:
            setattr(model, name, _built(value))


class _NotPortable(Exception):
    """Something in the model has no portable form."""


def _described(thing: Any) -> Any:
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, compose.Pipeline):
        steps = [[name, _described(step)] for name, step in thing.steps.items()]
        return {"class": "Pipeline", "steps": steps}
    form = type(thing).__name__
    if isinstance(thing, Counter | defaultdict | utils.VectorDict):
        return {"form": form, "values": [[k, _described(v)] for k, v in thing.items()]}
    kind = type(thing)
    if form not in LEARNED or not kind.__module__.startswith("river."):
        raise _NotPortable
    if form == "StandardScaler" and thing.window_size is not None:
        raise _NotPortable
    learned = {name: _described(getattr(thing, name)) for name in LEARNED[form]}
    return {"class": form, "learned": learned}


def _built(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    pairs = {name: _built(held) for name, held in value["values"]}
    if value["form"] == "VectorDict":
        return utils.VectorDict(pairs)
    return Counter(pairs) if value["form"] == "Counter" else defaultdict(float, pairs)
