"""The trace law on one adapted model, and the way back when it blows up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lrcontrol.adapters.base import Adapter, Look
from lrcontrol.kernels.trace import LOG, SQUARED, bend, mean_of, steer, within
from lrcontrol.restore import Keeper, Restore, Span
from lrcontrol.scoring import Kind

#: The start: the lowest gain of its band, whatever it turns out to be. A model that is not linear
#: in its parameters may be ruined for good by one early step, so nobody's start rate is trusted.
FLOOR = 0.0


class Steering:
    """Moves the rate of an adapted model on every record; see ``kernels.trace`` for the law.

    The gain starts at the floor of its band, 0.01 / (curvature x mean q). Not for models whose
    gradient is stale (momentum) or lies (straight-through estimators).

    Parameters
    ----------
    adapter
        The model.
    kind
        "regression" (squared error), "binary" or "multiclass" (log loss).
    restore
        When it counts as blown up.
    high
        Highest rate ever applied.
    """

    def __init__(
        self,
        adapter: Adapter[Any],
        kind: Kind,
        restore: Restore | None = None,
        high: float = math.inf,
    ) -> None:
        self.adapter = adapter
        self.kind: Kind = kind
        self.high = high
        self.gain = FLOOR  # what the law moves
        self.rate = 0.0  # what of it the last record applied
        self.learned = 0
        self.skipped = 0  # records not learned, being at fault
        self.look = Look(0.0, (0.0, 0.0))  # the last
        self.span = Span() if kind == "regression" else None
        self.keeper = Keeper(restore or Restore(), adapter.copy())
        self._v = np.zeros((2, 1))
        self._mean = 0.0

    def learn(self, x: Any, y: Any, w: float = 1.0) -> Any:
        """Predict and learn one record; return the raw prediction made before, in order if can be.

        A blown model is set back to its last good copy first; a record that neither can predict is
        not learned (up to 20 in a row).
        """
        with np.errstate(all="ignore"):
            raw, learn = self._predict(x)
            if learn:
                self.look = look = self.adapter.look(x, y, w)
                self.rate = self._rate(look)
                if self.rate > 0.0:
                    self.adapter.learn(self.rate)
            self.skipped += not (learn and self.rate > 0.0)
        if self.span is not None:
            self.span.add(y)
        return raw

    def _predict(self, x: Any) -> tuple[Any, bool]:
        raw, keeper = self.adapter.raw(x), self.keeper
        if not self._blown(raw):
            keeper.passed(self.adapter.copy)
            return raw, True
        blown = self.adapter.copy()
        self.adapter.load(keeper.kept)
        again = self.adapter.raw(x)
        if self._blown(again):
            if keeper.odd():
                self.adapter.load(blown)
                return again, False
            self.adapter.load(keeper.first)
            again = self.adapter.raw(x)
        self.adapter.forget()
        self.gain = keeper.load(self.gain)
        return again, True

    def _blown(self, raw: Any) -> bool:
        worst = raw if isinstance(raw, float) else max(raw, key=_size, default=0.0)
        return self.keeper.blown(worst, self.span)

    def _rate(self, look: Look) -> float:
        """Return the rate for this record, 0 when it must not be learned."""
        if not math.isfinite(look.q):
            return 0.0
        self.learned += 1
        curvature = SQUARED if self.kind == "regression" else LOG
        self._mean = mean_of(self._mean, look.q, self.learned)
        gain = steer(self.gain, self._v, np.array(look.h)[:, None], 0, self.learned)
        gain = within(gain, 0.0, curvature, self._mean)
        self.gain = gain = min(gain, self.keeper.ceiling)
        c = SQUARED if self.kind == "regression" else bend(look.size, look.margin)
        return min(gain / (1.0 + gain * c * look.weight * look.q), self.high)


def _size(value: float) -> float:
    return abs(value) if value == value else math.inf
