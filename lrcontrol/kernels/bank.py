"""Many members of one River model on the same rows, the leader among them served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrcontrol.kernels.arrays import Array, dense
from lrcontrol.kernels.bank_rows import Served, bank_rows
from lrcontrol.kernels.ceilings import Plan
from lrcontrol.kernels.leader import Leader
from lrcontrol.kernels.members import Members
from lrcontrol.kernels.moves import Models, Rule, Traces
from lrcontrol.kernels.rows import Rows
from lrcontrol.kernels.scaling import Scales, standardise
from lrcontrol.kernels.solo import solo_rows
from lrcontrol.kernels.steps import OPTIMIZERS, WITH_M, WITH_V, Optimizer

if TYPE_CHECKING:
    from lrcontrol.scoring import Kind

KINDS: tuple[Kind, ...] = ("regression", "binary", "multiclass")
#: River's constants: beta_1, beta_2 or rho, eps.
CONSTANTS: dict[Optimizer, tuple[float, float, float]] = {
    "SGD": (0.0, 0.0, 0.0),
    "Adam": (0.9, 0.999, 1e-8),
    "AdaGrad": (0.0, 0.0, 1e-8),
    "RMSProp": (0.0, 0.9, 1e-8),
}
Number = TypeVar("Number", np.float64, np.int64)

#: Columns that there is room for at first; doubled when more come.
ROOM = 16


class Bank:
    """River's scaler and linear, logistic or softmax model, once for each of many members.

    Parameters
    ----------
    kind
        "regression", "binary" or "multiclass".
    optimizer
        "SGD", "Adam", "AdaGrad" or "RMSProp".
    members
        Who is in it: ``members.plain``, ``members.trace`` or ``members.bank``.
    constants
        beta_1, beta_2 or rho, eps of the optimizer; River's defaults unless given.
    scaled
        Whether a StandardScaler comes first.
    classes
        Classes known from the start, for "multiclass"; others are learned as they come.
    intercept
        Whether there is an intercept, moved at the same rate; never for "multiclass".
    l2
        Weight of the squared-norm penalty, >= 0, on the features that are present.
    clip
        Largest derivative of the loss, either way; not for "multiclass".
    clamp
        Labels that must have been seen before served predictions of a regression are cut to their
        range; 0 for never.
    memory
        Records that the leader rule looks back.
    switch
        How far ahead another member must be to be served.

    Agrees with River 0.26.1 to 1e-9 as long as nothing diverges. Features may come and go: a column
    is whatever number the rows give it. Learning is never touched by the clamp.

    Examples
    --------
    >>> from lrcontrol.kernels import Bank, Rows, members
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(1000, 3))
    >>> bank = Bank("regression", "SGD", members.bank("SGD", 10.0))
    >>> served = bank.learn(Rows.dense(x), x @ [1.0, 2.0, 3.0] + 4.0)
    >>> served.losses[500:].mean() < 1e-9, bank.names[bank.served]
    (np.True_, '1')
    """

    def __init__(
        self,
        kind: Kind,
        optimizer: Optimizer,
        members: Members,
        *,
        constants: tuple[float, float, float] | None = None,
        scaled: bool = False,
        classes: int = 0,
        intercept: bool = True,
        l2: float = 0.0,
        clip: float = 1e12,
        clamp: int = 1,
        memory: float = 1000.0,
        switch: float = 0.5,
    ) -> None:
        self.kind: Kind = kind
        self.names = members.names
        code, count, traced = OPTIMIZERS.index(optimizer), len(members.names), len(members.starts)
        several = kind == "multiclass"
        self.known = classes if several else 1
        self.rule = Rule(code, *(constants or CONSTANTS[optimizer]))
        self.law = members.law
        self.plan = Plan(
            KINDS.index(kind), count, traced, int(scaled), int(members.ceiling),
            float(intercept and not several), float(l2), float(clip),
            float(clamp), float(memory), float(switch),
        )  # fmt: skip
        self.learned = 0
        self.rates = np.array([*members.rates, *members.starts], np.float64)
        self.applied = self.rates.copy()
        self.statistics = np.zeros((3, 0))
        empty = np.zeros((0, 0))
        self.models = Models(empty, empty, empty, np.zeros(count), np.zeros(0))
        lam = np.array(members.horizons or np.zeros((0, 2)), np.float64)
        self.traces = Traces(
            np.zeros((2, 0, 0)), np.zeros((2, traced)), np.ascontiguousarray(lam.T),
            np.zeros((2, traced)), np.zeros((3, traced)), np.zeros(traced), np.zeros(0, np.int64),
        )  # fmt: skip
        served = np.array([members.served], np.int64)
        behind, spent = np.zeros((2, count))
        self.leader = Leader(behind, served, np.zeros(1), np.zeros(3), spent)
        self.make_room(0, self.known)

    @property
    def scales(self) -> Scales:
        """The scaler's statistics, as views of one array that copies and pickles as one."""
        return Scales(*self.statistics)

    @property
    def served(self) -> int:
        """The index of the member that is served next."""
        return int(self.leader.served[0])

    def learn(
        self,
        rows: Rows,
        targets: ArrayLike,
        weights: ArrayLike | None = None,
        after: Rows | None = None,
    ) -> Served:
        """Predict, score, then learn each record of a block of n.

        ``targets`` (n): numbers; 0 and 1; or classes, each new one the next whole number.
        ``weights`` (n): sample weights, 1 unless given. ``after``: the records as they are learned,
        where steps before have changed them since they were predicted.
        """
        if weights is not None and self.kind == "multiclass":
            raise ValueError("softmax regression takes no sample weights, as in River")
        after = rows if after is None else after
        y = dense(targets)
        several = self.kind == "multiclass"
        classes = max(self.known, int(y.max(initial=-1.0)) + 1) if several else 1
        columns = int(rows.columns.max(initial=-1))
        if after is not rows:
            columns = max(columns, int(after.columns.max(initial=-1)))
        self.make_room(columns + 1, classes)
        n, members = len(y), len(self.rates)
        each = np.ones(n) if weights is None else dense(weights)
        if members == 1 and not (several or self.plan.traced or self.plan.ceiling):
            return self._alone(rows, after, y, each)
        out = Served(
            np.zeros((n, classes)), np.empty(n), np.empty(n, np.int64), np.empty((n, members))
        )
        self.known = bank_rows(
            self.plan, self.law, self.rule, self.learned, self.known, rows, after, y,
            each, self.rates, self.applied, self.scales, self.models, self.traces, self.leader,
            out,
        )  # fmt: skip
        self.learned += n
        return out

    def prepare(self) -> None:
        """Compile the kernel, or load it: seconds that the first block would take. No change."""
        self.learn(Rows.dense(np.empty((0, 0))), [])

    def _alone(self, rows: Rows, after: Rows, y: Array, weights: Array) -> Served:
        """Do as ``learn`` with one plain member, which needs no leader."""
        out, plan, models = np.empty((3, len(y))), self.plan, self.models
        solo_rows(
            plan.kind, plan.scaled, self.rule, float(self.rates[0]), plan.l2, plan.clip, plan.bias,
            plan.clamped, *rows, *after, y, weights, self.statistics, *models, self.leader.range,
            out,
        )  # fmt: skip
        self.learned += len(y)
        self.applied[0] = self.rates[0] if len(y) else self.applied[0]
        self.leader.spent[0] += out[1].sum()
        return Served(out[0][:, None], out[1], np.zeros(len(y), np.int64), out[2][:, None])

    def cut(self, prediction: float) -> float:
        """Return a prediction as it would be served: within the labels seen, where clamped."""
        low, high, labels = self.leader.range.tolist()
        if self.kind != "regression" or not 0.0 < self.plan.clamped <= labels:
            return prediction
        return float(min(max(prediction, low), high))

    def scaled(self, columns: Sequence[int], values: Array) -> Array:
        """Return one record's values (entries) scaled with the statistics so far."""
        out = np.empty(len(values))
        standardise(self.scales, np.array(columns, np.int64), values, out)
        return out

    def make_room(self, columns: int, classes: int) -> None:
        """See to it that there is state for so many columns and classes, with some to spare."""
        rows, known = self.models.w.shape[0], len(self.models.ages)
        if columns <= rows and classes <= known:
            return
        if columns > rows:
            # A power of two, not twice what there was: the same room however the columns came.
            rows = max(1 << (columns - 1).bit_length(), ROOM)
        members, traced = len(self.rates), len(self.traces.means)
        lanes = max(classes, known) * members
        self.statistics = _grown(self.statistics, 3, rows)
        w, m, v, biases, ages = self.models
        self.models = Models(
            _grown(w, rows, lanes),
            _grown(m, rows, lanes) if self.rule.code in WITH_M else m,
            _grown(v, rows, lanes) if self.rule.code in WITH_V else v,
            biases,
            _grown(ages, max(classes, known)),
        )
        s = _grown(self.traces.s, 2, rows, lanes // members * traced)
        self.traces = self.traces._replace(s=s, seen=_grown(self.traces.seen, rows))


def _grown(part: NDArray[Number], *shape: int) -> NDArray[Number]:
    grown = np.zeros(shape, part.dtype)
    grown[tuple(map(slice, part.shape))] = part
    return grown
