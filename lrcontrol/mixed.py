"""What the mixture's estimators share: features become columns, blocks go to a kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from river import base

from lrcontrol.kernels import Columns, Rows, TooManyColumns
from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.mixture import Blend
from lrcontrol.status import Member

#: Features as River types them.
Features = Mapping[Any, Any]


class Part(NamedTuple):
    """Records of a block that were learned in one call: what was served for each, and its loss.

    ``predictions`` (records, 1): a number, or the probability of True; (records, classes) for a
    multiclass problem, in the order of ``labels``.
    """

    predictions: Array
    losses: list[float]


class Mixed(base.Estimator):
    """A mixture of linear models; which task it is for, its two estimators say."""

    _columns: Columns
    _blend: Blend
    #: Features left out so far, as ``max_features`` were known; one that comes again counts again.
    ignored = 0

    @property
    def rate(self) -> float:
        """The rate of the member that weighs most; a mixture has no single one."""
        weights = self._blend.state.members[at.WEIGHT, :-1]
        return float(self._blend.state.members[at.RATE, int(weights.argmax())])

    @property
    def stack(self) -> float:
        """The weight of the stack beside the share."""
        return float(self._blend.state.pool[at.SECOND])

    def members(self) -> tuple[Member, ...]:
        """Return each member's name, rate, weight in the share, and mean loss so far.

        The climatology comes last but one, with a rate of 0; the stack last, with its weight beside
        the share.
        """
        state = self._blend.state
        count = max(float(state.pool[at.COUNT]), 1.0)
        rates, weights, losses = (state.members[i].tolist() for i in (at.RATE, at.WEIGHT, at.LOSS))
        rates[-1] = 0.0
        stack = Member("stack", 0.0, self.stack, float(state.pool[at.LOSS_STACK] / count))
        columns = zip(self._blend.names, rates, weights, losses, strict=True)
        return (*(Member(n, rate, w, loss / count) for n, rate, w, loss in columns), stack)

    def prepare(self) -> None:
        """Compile the kernel, or load it, before the first record comes; nothing else changes."""
        self._blend.prepare()

    def learn_all(
        self, xs: Sequence[Features], ys: Sequence[Any], ws: Sequence[float] | None = None
    ) -> list[float]:
        """Predict, score and learn each record in turn; return the losses.

        The same numbers as ``predict_one`` and ``learn_one`` record by record, in one compiled call
        for the block. The loss is the squared error, or the natural-log loss.
        """
        return [loss for part in self.serve(xs, ys, ws) for loss in part.losses]

    def serve(
        self, xs: Sequence[Features], ys: Sequence[Any], ws: Sequence[float] | None = None
    ) -> Iterator[Part]:
        """Yield what ``learn_all`` does, with the predictions; a new class begins a new part."""
        raise NotImplementedError

    def _rows(self, xs: Sequence[Features]) -> Rows:
        try:
            return self._columns.rows(xs)
        except TooManyColumns:
            return self._columns.rows([self._fitting(x) for x in xs])

    def _fitting(self, x: Features) -> dict[Any, Any]:
        """Return a record without the features that there are no columns for, taking those left."""
        columns, kept = self._columns, {}
        for name, value in x.items():
            if columns.get(name) is None and len(columns) >= columns.cap:
                self.ignored += 1
            else:
                columns.rows([{name: 0.0}])
                kept[name] = value
        return kept

    def _predict(self, x: Features) -> list[float]:
        """Return the kernel's prediction; a feature never learned takes no column."""
        known = self._columns.get
        rows = self._columns.rows([{j: v for j, v in x.items() if known(j) is not None}])
        line: list[float] = self._blend.predict(rows)[0].tolist()
        return line
