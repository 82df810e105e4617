"""Carries weights, optimizer state and scaler statistics between River's objects and kernels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from river import utils

from lrcontrol.kernels import Bank, Columns
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.classes import Classes
from lrcontrol.linear import Linear

#: River's names for what kernels call m and v, by optimizer.
STATES: dict[str, dict[str, str]] = {
    "SGD": {},
    "Adam": {"m": "m", "v": "v"},
    "AdaGrad": {"v": "g2"},
    "RMSProp": {"v": "g2"},
}


def read(linear: Linear, bank: Bank, columns: Columns, classes: Classes) -> None:
    """Give every member what the River objects have learned, in new columns and classes."""
    names: dict[Any, float] = {}
    if linear.scaler is not None:
        names |= dict.fromkeys(linear.scaler.counts, 0.0)
    for _, weights, _ in _parts(linear):
        names |= dict.fromkeys(weights, 0.0)
    columns.rows([names])
    bank.make_room(len(columns), 1)
    if linear.kind == "multiclass":
        classes.numbers(list(linear.final.weights))
        bank.known = len(classes)
        bank.make_room(len(columns), len(classes))
    else:
        bank.models.biases[:] = linear.final.intercept
    if linear.scaler is not None:
        parts = (linear.scaler.counts, linear.scaler.means, linear.scaler.vars)
        for stored, part in zip(bank.scales, parts, strict=True):
            _fill(stored, part, columns)
    for index, (_, weights, optimizer) in enumerate(_parts(linear)):
        lanes = _lanes(bank, index)
        _fill(bank.models.w[:, lanes], weights, columns)
        for ours, theirs in STATES[linear.optimizer].items():
            state = getattr(optimizer, theirs) or {}
            _fill(getattr(bank.models, ours)[:, lanes], dict(state.items()), columns)
        bank.models.ages[index] = optimizer.n_iterations


def write(linear: Linear, bank: Bank, columns: Columns, classes: Classes) -> None:
    """Give the River objects what the served member has learned, so that they go on from there."""
    names, d = columns.names, len(columns)
    if linear.scaler is not None:
        counts, means, variances = (part[:d].tolist() for part in bank.scales)
        # Counter.update would add.
        dict.update(linear.scaler.counts, zip(names, map(int, counts), strict=True))
        linear.scaler.means.update(zip(names, means, strict=True))
        linear.scaler.vars.update(zip(names, variances, strict=True))
    if linear.kind != "multiclass":
        linear.final.intercept = float(bank.models.biases[bank.served])
    several = linear.kind == "multiclass"
    for index, label in enumerate(classes if several else [None]):
        lane = index * len(bank.rates) + bank.served
        values = dict(zip(names, bank.models.w[:d, lane].tolist(), strict=True))
        (linear.final.weights[label] if several else linear.final._weights).update(values)
        optimizer = linear.final.optimizers[label] if several else linear.final.optimizer
        optimizer.n_iterations = int(bank.models.ages[index])
        for ours, theirs in STATES[linear.optimizer].items():
            state = getattr(bank.models, ours)[:d, lane].tolist()
            if optimizer.n_iterations:
                _store(linear, optimizer, theirs, dict(zip(names, state, strict=True)))


def _store(linear: Linear, optimizer: Any, name: str, state: dict[Any, float]) -> None:
    """Put an optimizer's state where River keeps it, of the type that ``learn_one`` makes."""
    vectors = linear.kind != "multiclass" and linear.optimizer != "AdaGrad"
    setattr(optimizer, name, utils.VectorDict(state) if vectors else defaultdict(float, state))


def _parts(linear: Linear) -> Iterator[tuple[Any, dict[Any, float], Any]]:
    """Yield the label, the weights and the optimizer of each class; of the one model without."""
    if linear.kind != "multiclass":
        yield None, linear.final.weights, linear.final.optimizer
        return
    for label, weights in list(linear.final.weights.items()):
        yield label, weights, linear.final.optimizers[label]


def _lanes(bank: Bank, index: int) -> slice:
    members = len(bank.rates)
    return slice(index * members, (index + 1) * members)


def _fill(stored: Array, values: Mapping[Any, float], columns: Columns) -> None:
    for name, value in values.items():
        column = columns.get(name)
        if column is not None:
            stored[column] = np.float64(value)
