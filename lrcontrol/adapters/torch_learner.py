"""The library's way to train a torch module online without choosing a rate."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import Any

from river.utils.math import sigmoid

from lrcontrol.adapters.steering import Steering
from lrcontrol.adapters.torch import TorchModule, load_torch
from lrcontrol.restore import Restore, Span

#: The least probability a loss is computed from, as everywhere in the project.
FLOOR = 1e-15


class TorchLearner:
    """A torch module, its optimizer and its loss, trained one record at a time.

    The optimizer's own rate is not used: the gain starts at the floor of its band and is moved on
    every record, and a module that blows up is set back to its last good state. Scale the features
    yourself. Regression predictions are cut to the labels seen, unless ``clamp`` is off.

    Parameters
    ----------
    module, optimizer, loss
        As ``TorchModule`` takes them.
    restore
        When the module counts as blown up.
    clamp
        Whether a regression prediction is cut to the range of the labels seen.

    A record is a tensor without a batch dimension, or a dictionary of numbers, whose names, in the
    order of the first record, are the inputs; absent ones are 0. Labels are numbers, booleans, or
    the index of the class.

    Raises ``NotAdapted`` for optimizers and losses it does not know, ``ValueError`` for a record
    with a name that the first did not have, ``ImportError`` where torch is not installed.

    Examples
    --------
    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> module = torch.nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(module.parameters(), lr=100.0)
    >>> learner = TorchLearner(module, optimizer, torch.nn.MSELoss())
    >>> losses = [learner.learn_one({"a": i % 3, "b": i % 7}, i % 3 + 1) for i in range(500)]
    >>> losses[-1] < 1e-3
    True
    """

    def __init__(
        self,
        module: Any,
        optimizer: Any,
        loss: Any,
        restore: Restore | None = None,
        clamp: bool = True,
    ) -> None:
        load_torch()
        self._module = TorchModule(module, optimizer, loss)
        self._span = Span() if self._module.kind == "regression" else None
        self._steering = Steering(self._module, self._span, restore)
        self._clamp = clamp
        self._names: tuple[str, ...] = ()

    @property
    def module(self) -> Any:
        """The module."""
        return self._module.module

    @property
    def rate(self) -> float:
        """The rate that the last record was learned at."""
        return self._module.rate

    @property
    def gain(self) -> float:
        """What the law moves; the rate of a record is this, under the record's ceiling."""
        return self._steering.state.gain

    @property
    def restores(self) -> int:
        """How many times the module was set back."""
        return self._steering.keeper.restored

    def predict_one(self, x: Any) -> Any:
        """Return a number, or probabilities by label (False and True, or the class's index)."""
        with load_torch().no_grad():
            return self._served(self._module.raw(self._tensor(x)))

    def learn_one(self, x: Any, y: Any, w: float = 1.0) -> float:
        """Predict, score, learn one record of weight ``w``; return its loss, squared or log."""
        prediction = self._served(self._steering.learn(self._tensor(x), y, w))
        if self._span is None:
            return -log(max(prediction[y], FLOOR))
        self._span.add(y)
        return float((prediction - y) ** 2)

    def _tensor(self, x: Any) -> Any:
        if not isinstance(x, Mapping):
            return x
        self._names = self._names or tuple(x)
        if len(x) > len(self._names) or any(name not in self._names for name in x):
            unknown = sorted(set(x) - set(self._names))
            raise ValueError(f"features {unknown} were not in the first record: {self._names}")
        row = [float(x.get(name, 0.0)) for name in self._names]
        return load_torch().tensor(row, dtype=self._module.dtype)

    def _served(self, raw: Any) -> Any:
        if self._span is not None:
            return self._span.clamp(raw) if self._clamp else raw
        if isinstance(raw, float):
            p = sigmoid(raw)
            return {False: 1.0 - p, True: p}
        largest = max(raw)
        shares = [exp(z - largest) for z in raw]
        total = sum(shares)
        return {label: share / total for label, share in enumerate(shares)}
