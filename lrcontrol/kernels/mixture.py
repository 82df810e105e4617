"""The mixture's state, grown as features and classes arrive, and driven over blocks of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array, dense
from lrcontrol.kernels.mixture_glm import mixture_glm
from lrcontrol.kernels.mixture_layout import GEOMETRIES, Geometry, State
from lrcontrol.kernels.mixture_softmax import mixture_softmax
from lrcontrol.kernels.mixture_stack import restart
from lrcontrol.kernels.rows import Rows

if TYPE_CHECKING:
    from lrcontrol.scoring import Kind

Size = Literal["small", "large"]
#: Fixed rates of the AdaGrad members: half decades from 1e-4 to 10.
RATES = tuple(10.0 ** (-4.0 + i / 2.0) for i in range(11))
#: Fixed gains of the members that come back fast: a gain of 3 takes three quarters of the residual
#: of a mean record, 0.3 a quarter. Other values, or 2 or 4 of them, differ little; 1 is too few.
GAINS = (0.03, 0.3, 3.0)
#: Geometries of the traced members, and the fading factors of their traces.
TRACED: dict[Size, tuple[tuple[Geometry, ...], tuple[float, ...]]] = {
    "small": (("SGD", "NAG", "IADA"), (0.99,)),
    "large": (("SGD", "NAG", "IADA", "AdaGrad"), (0.9, 0.99)),
}
TASKS: tuple[Kind, ...] = ("regression", "binary", "multiclass")
#: Inputs of the stack besides the members. Regression: the last residual. Binary: the last label
#: and residual, the offset. Multiclass: the last residual, the offset.
INPUTS = (1, 3, 2)


class Blend:
    """Members of different update geometry, mixed by their evidence and stacked, for one task.

    Parameters
    ----------
    kind
        "regression", "binary" or "multiclass".
    size
        "small": SGD, NAG and IADA tune their own rates beside 11 fixed rates of AdaGrad and three
        fixed gains of steps on standardised features; "large": AdaGrad too, two horizons each.
    start
        Rate > 0 that the tuned members start from.
    scaled
        Standardise the features inside, as ``river.preprocessing.StandardScaler``.
    clamp
        Cut predictions of regression to the range of the labels so far.
    classes
        Classes known from the start, for "multiclass"; more by ``widen``.
    delay
        Records that are predicted between one and its label.

    Examples
    --------
    >>> from lrcontrol.kernels import Rows
    >>> from lrcontrol.kernels.mixture import Blend
    >>> x = np.random.default_rng(1).normal(size=(500, 3))
    >>> y = x @ [1.0, 2.0, 3.0] + 4.0
    >>> p = Blend("regression", start=10.0).learn(Rows.dense(x), y)[:, 0]
    >>> ((p - y) ** 2)[-100:].mean() < 1e-3
    np.True_
    """

    def __init__(
        self,
        kind: Kind,
        size: Size = "small",
        start: float = 0.01,
        scaled: bool = False,
        clamp: bool = True,
        classes: int = 0,
        delay: int = 0,
    ) -> None:
        self.task = TASKS.index(kind)
        self._flags = at.SCALED * scaled + at.CLAMPED * clamp
        geometries, lams = TRACED[size]
        self.traced = len(geometries) * len(lams)
        members = _members(size, start)
        width = classes if kind == "multiclass" else 1
        k = members.shape[1] - 1
        inputs = k + INPUTS[self.task]
        stack, pool = np.zeros((inputs + 1, inputs)), np.zeros(at.POOL)
        restart(stack)
        pool[at.FIRST] = pool[at.SECOND] = 0.5
        self.state = State(
            np.zeros((1, width * (2 * k + self.traced))), np.zeros((1, at.FEATURE)), members,
            stack, pool, np.zeros((delay + 1, width)), np.zeros(width),
        )  # fmt: skip

    @property
    def names(self) -> list[str]:
        """The members' names, the climatology's last."""
        members = self.state.members
        names = [
            f"{GEOMETRIES[int(g)]} {lam:g}"
            for g, lam in members[[at.GEOMETRY, at.LAM], : self.traced].T
        ]
        names += [
            f"{GEOMETRIES[int(g)]} {rate:.2g}"
            for g, rate in members[[at.GEOMETRY, at.RATE], self.traced : -1].T
        ]
        return [*names, "climatology"]

    def learn(self, rows: Rows, targets: ArrayLike, weights: ArrayLike | None = None) -> Array:
        """Predict, then learn each record of a block; return what was predicted.

        ``targets`` (records): numbers; 0 and 1; or 0, 1, ... classes - 1. Predictions (records, 1),
        for a multiclass problem probabilities (records, classes).
        """
        y = dense(targets)
        return self._run(at.LEARN, rows, y, np.ones(len(y)) if weights is None else dense(weights))

    def prepare(self) -> None:
        """Compile the kernel, or load it: seconds that the first block would take. No change."""
        self.learn(Rows.dense(np.empty((0, 0))), [])

    def predict(self, rows: Rows) -> Array:
        """Predict a block of records from the labels known so far; nothing changes."""
        nothing = np.zeros(rows.records)
        return self._run(0, rows, nothing, nothing)

    def _run(self, flags: int, rows: Rows, targets: Array, weights: Array) -> Array:
        if len(rows.columns):
            self._reserve(int(rows.columns.max()) + 2)
        out = np.empty((rows.records, len(self.state.counts)))
        run = mixture_softmax if self.task == at.MULTICLASS else mixture_glm
        run(self.task, self._flags | flags, rows, targets, weights, self.state, out)
        return out

    def _reserve(self, features: int) -> None:
        """Make room for a number of features, the intercept included: the next power of two.

        The same room however they came: all at once, or one by one after a crash.
        """
        have = len(self.state.features)
        if features > have:
            room = ((0, (1 << (features - 1).bit_length()) - have), (0, 0))
            memory, known = np.pad(self.state.memory, room), np.pad(self.state.features, room)
            self.state = self.state._replace(memory=memory, features=known)

    def widen(self, classes: int) -> None:
        """Give each member, the climatology and the lags zero blocks for classes that arrived."""
        state, have = self.state, len(self.state.counts)
        blocks, more = 2 * (state.members.shape[1] - 1) + self.traced, (0, classes - have)
        memory = np.pad(
            state.memory.reshape(len(state.memory), blocks, have), ((0, 0), (0, 0), more)
        )
        self.state = state._replace(
            memory=memory.reshape(len(memory), -1),
            lags=np.pad(state.lags, ((0, 0), more)),
            counts=np.pad(state.counts, more),
        )


def _members(size: Size, start: float) -> Array:
    geometries, lams = TRACED[size]
    traced = len(geometries) * len(lams)
    fixed = traced + len(RATES)
    members = np.zeros((at.MEMBER, fixed + len(GAINS) + 1))
    members[at.GEOMETRY] = at.ADA_GRAD
    members[at.GEOMETRY, :traced] = [GEOMETRIES.index(g) for _ in lams for g in geometries]
    members[at.LAM, :traced] = np.repeat(lams, len(geometries))
    members[at.GEOMETRY, fixed:-1] = at.STANDARD
    members[at.RATE, :-1] = [start] * traced + list(RATES) + list(GAINS)
    members[at.WEIGHT] = 1.0 / members.shape[1]
    return members
