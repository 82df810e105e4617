"""A River linear pipeline run in a kernel, alone or with many members, and given back at any time.

The River objects stay where they are and are brought up to date by ``write_back``; until then they
hold what they held when the mirror was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from river import utils

from lrcontrol import vectors
from lrcontrol.control.bank import Bank as Settings
from lrcontrol.kernels import Bank, Columns, Members, Rows, Served, classes, members, rows
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.classes import Classes
from lrcontrol.linear import Linear, linear
from lrcontrol.record import Features

Mode = Literal["plain", "trace", "bank"]

#: Records that one call of the kernel takes, so that its output has a size.
BLOCK = 1024
#: Labels to see before predictions of a model that has learned elsewhere are cut to their range.
WITNESSES = 100


class Standing(NamedTuple):
    """A member: its name, the rate held (of a traced one the gain) and the one last applied.

    ``behind``: what it lost against the best of late; ``loss``: its mean since it was last asked.
    """

    name: str
    rate: float
    applied: float
    behind: float
    loss: float
    served: bool


class Mirror:
    """Predicts and learns as the River model would, in one call a block of records.

    Get one with ``Mirror.of``. With one member at a fixed rate it agrees with River to 1e-9 over
    whole streams: features that come and go, new classes, sample weights, l2, gradient clipping.
    The intercept moves at the same rate as the weights, as behind a ``Gain``.

    What happens at the caps: a block whose records bring the 10,001st feature name or the 1,001st
    class raises ``TooManyColumns`` or ``TooManyClasses`` before the kernel has learned any of it.
    Write back, and go on with River's own objects, which have no cap (steps before the mirrored
    ones have seen the block).

    Examples
    --------
    >>> from river import linear_model, optim, preprocessing
    >>> model = preprocessing.StandardScaler() | linear_model.LinearRegression(optim.SGD(0.1))
    >>> mirror = Mirror.of(model, "bank")
    >>> losses = mirror.learn_all([{"x": i % 7} for i in range(100)], [i % 7 for i in range(100)])
    >>> mirror.write_back() is model, round(model.predict_one({"x": 3}), 2)
    (True, 3.01)
    """

    def __init__(self, model: Any, parts: Linear, bank: Bank, caps: tuple[int, int]) -> None:
        self.model = model
        self.bank = bank
        self._linear = parts
        self.columns = Columns(caps[0])
        self.classes = Classes(caps[1])
        self._counted = 0
        vectors.read(parts, bank, self.columns, self.classes)

    @classmethod
    def of(
        cls,
        model: Any,
        mode: Mode = "plain",
        rate: float | None = None,
        settings: Settings | None = None,
        within: tuple[float, float] = (0.0, np.inf),
        caps: tuple[int, int] = (rows.CAP, classes.CAP),
    ) -> Self | None:
        """Return a mirror of ``model`` as it is now, None where kernels would not be the same.

        ``mode``: one member at a fixed rate, one that is traced, or the bank. ``rate`` > 0: the
        optimizer's own unless given. ``settings`` of the leader and the clamp; the plain member is
        River's model as it is, unclamped unless they say so. ``within``: range of a bank's rates.
        ``caps``: most features and classes.
        Which models there are kernels for, ``linear`` tells.
        """
        parts = linear(model)
        if parts is None or (mode == "trace" and parts.optimizer != "SGD"):
            return None
        start = parts.final.optimizer.learning_rate if rate is None else rate
        settings = settings or Settings(clamp=mode != "plain")
        learned = parts.final.optimizer.n_iterations > 0
        bank = Bank(
            parts.kind, parts.optimizer, _members(mode, parts, start, within),
            constants=parts.constants, scaled=parts.scaler is not None, intercept=parts.intercept,
            l2=parts.final.l2, clip=getattr(parts.final, "clip_gradient", np.inf),
            clamp=(WITNESSES if learned else 1) if settings.clamp else 0,
            memory=settings.memory, switch=settings.switch,
        )  # fmt: skip
        return cls(model, parts, bank, caps)

    @property
    def kind(self) -> str:
        """The kind of task: regression, binary or multiclass."""
        return self._linear.kind

    @property
    def rate(self) -> float:
        """The rate that the served member last applied; of a fixed, plain one the rate held."""
        return float(self.bank.applied[self.bank.served])

    @rate.setter
    def rate(self, rate: float) -> None:
        if len(self.bank.rates) > 1:
            raise ValueError("a bank has a rate for each member; only a single member's can be set")
        self.bank.rates[:] = self.bank.applied[:] = rate

    @property
    def gain(self) -> float:
        """The rate that the served member holds, before its ceiling."""
        return float(self.bank.rates[self.bank.served])

    def prepare(self) -> None:
        """Compile the kernel, or load it, before the first record comes; nothing else changes."""
        self.bank.prepare()

    def learn_all(
        self, xs: Sequence[Features], targets: Sequence[Any], weights: Sequence[float] | None = None
    ) -> list[float]:
        """Predict, score, learn each record in turn; return the served losses.

        Squared error of the prediction as served, or natural-log loss computed from the margin,
        1e-15 being the least probability; a class never seen counts as one in a thousand.
        """
        losses: list[float] = []
        for block in self.serve(xs, targets, weights):
            losses += block.losses.tolist()
        return losses

    def serve(
        self, xs: Sequence[Features], targets: Sequence[Any], weights: Sequence[float] | None = None
    ) -> list[Served]:
        """Do as ``learn_all`` and return all that was served, in blocks of ``BLOCK`` records."""
        served = []
        for i in range(0, len(xs), BLOCK):
            part = slice(i, i + BLOCK)
            before, after = self._rows(xs[part])
            ys = self._targets(targets[part])
            served.append(
                self.bank.learn(before, ys, None if weights is None else weights[part], after)
            )
        return served

    def learn_one(self, x: Features, y: Any, w: float = 1.0) -> float:
        """Predict, score, learn one record; return the served loss. Blocks are much cheaper."""
        return self.learn_all([x], [y], None if w == 1.0 else [w])[0]

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return what is served: a number, or the probability of each class; changes nothing."""
        for step in self._linear.steps:
            x = step.transform(x)
        columns, values = self._known(x)
        members, served = len(self.bank.rates), self.bank.served
        lanes = self.bank.models.w[columns, served : self.bank.known * members : members]
        z = values @ lanes
        if self.kind == "multiclass":
            return utils.math.softmax(dict(zip(self.classes, z.tolist(), strict=True)))
        raw = float(z[0] + self.bank.models.biases[served])
        if self.kind == "binary":
            return {False: 1.0 - _sigmoid(raw), True: _sigmoid(raw)}
        return self.bank.cut(raw)

    def write_back(self) -> Any:
        """Bring the River model to where the served member is, and return it.

        Weights, intercept, optimizer state and scaler: its next prediction equals the served one
        (without the clamp), and it learns on from there at whatever rate it is given.
        """
        vectors.write(self._linear, self.bank, self.columns, self.classes)
        return self.model

    def members(self) -> tuple[Standing, ...]:
        """Return how the members stand, and begin a new mean of their losses."""
        bank, count = self.bank, max(self.bank.learned - self._counted, 1)
        losses = (bank.leader.spent / count).tolist()
        bank.leader.spent[:] = 0.0
        self._counted = bank.learned
        parts = (bank.rates, bank.applied, bank.leader.behind - bank.leader.behind.min())
        rates, applied, behind = (part.tolist() for part in parts)
        return tuple(
            Standing(name, rates[k], applied[k], behind[k], losses[k], k == bank.served)
            for k, name in enumerate(bank.names)
        )

    def _rows(self, xs: Sequence[Features]) -> tuple[Rows, Rows]:
        """Return the records as predicted and as learned, through the steps before."""
        if not self._linear.steps:
            same = self.columns.rows(xs)
            return same, same
        before, after = [], []
        for x in xs:
            old: dict[Any, Any] = x
            for step in self._linear.steps:
                old = step.transform(old)
            new: dict[Any, Any] = x
            for step in self._linear.steps:
                for learn in step.learn:
                    learn(new)
                new = step.transform(new)
            before.append(old)
            after.append(new)
        both = self.columns.rows(
            [*before, *after]
        )  # in one, so that the cap holds for both or none
        return both.cut(0, len(xs)), both.cut(len(xs), 2 * len(xs))

    def _targets(self, targets: Sequence[Any]) -> Array:
        if self.kind == "multiclass":
            return self.classes.numbers(targets)
        return np.array(targets, np.float64)

    def _known(self, x: Mapping[Any, float]) -> tuple[list[int], Any]:
        """Return the columns of a record that were seen before, and their values, scaled."""
        pairs = [(self.columns.get(name), value) for name, value in x.items()]
        columns = [column for column, _ in pairs if column is not None]
        values = np.array([value for column, value in pairs if column is not None], np.float64)
        if self.bank.plan.scaled:
            values = self.bank.scaled(columns, values)
        return columns, values


def _members(mode: Mode, parts: Linear, rate: float, within: tuple[float, float]) -> Members:
    if mode == "bank":
        return members.bank(parts.optimizer, rate, *within)
    return members.trace(rate) if mode == "trace" else members.plain(rate)


def _sigmoid(z: float) -> float:
    # River's, without its jump to 0 and 1 beyond 30.
    return 1.0 / (1.0 + exp(-z)) if z > -700.0 else 0.0
