"""The trace law on one adapted model, and the way back when it blows up."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

from lrcontrol.adapters.base import Adapter
from lrcontrol.control.climb import Climb, Slope
from lrcontrol.restore import Keeper, Restore, Span


class Steering:
    """Moves the rate of an adapted model on every record; see ``control.climb`` for the law.

    The gain starts at the floor of its band: a model that is not linear in its parameters may be
    ruined for good by one early step, so nobody's start rate is trusted. Not for models whose
    gradient is stale (much momentum) or lies (straight-through estimators).

    Parameters
    ----------
    adapter
        The model.
    span
        The labels' range, for regression; None for log loss.
    restore
        When the model counts as blown up.
    low
        Lowest rate ever applied. The record's ceiling may be lower; leave it at 0.
    high
        Highest rate ever applied.
    """

    def __init__(
        self,
        adapter: Adapter[Any],
        span: Span | None,
        restore: Restore | None = None,
        low: float = 0.0,
        high: float = inf,
    ) -> None:
        self.adapter = adapter
        self.span = span
        self.low, self.high = low, high
        self.state = Climb()
        self.skipped = 0  # records not learned, being at fault
        self.keeper = Keeper(restore or Restore(), adapter.copy())

    def learn(self, x: Any, y: Any, w: float = 1.0) -> Any:
        """Predict and learn one record; return the raw prediction made before it was learned.

        Where it is beyond all bounds the last good copy predicts; ``Keeper.guilty`` tells whether
        the model is set back to it. What is not learned then is counted in ``skipped``, and so is a
        record whose gradient is not finite. The span is its owner's to widen by ``y``, once the
        prediction has been served.
        """
        raw, learn = self._predict(x)
        if learn:
            slope = self.adapter.look(x, y, w)
            learn = isfinite(slope.q)
            if learn:
                self.adapter.learn(self._rate(slope))
        self.skipped += not learn
        return raw

    def _predict(self, x: Any) -> tuple[Any, bool]:
        raw, keeper = self.adapter.raw(x), self.keeper
        if not self._blown(raw):
            keeper.passed(self.adapter.copy)
            return raw, True
        blown = self.adapter.copy()
        self.adapter.load(keeper.kept)
        again = self.adapter.raw(x)
        works = not self._blown(again)
        if not keeper.guilty(works):
            self.adapter.load(blown)
            return again, False
        if not works:
            self.adapter.load(keeper.first)
            again = self.adapter.raw(x)
        self.adapter.forget()
        self.state = self.state._replace(gain=keeper.load(self.state.gain))
        return again, True

    def _blown(self, raw: Any) -> bool:
        worst = raw if isinstance(raw, float) else max(raw, key=_size, default=0.0)
        return self.keeper.blown(worst, self.span)

    def _rate(self, slope: Slope) -> float:
        high = min(self.high, self.keeper.ceiling)
        state = self.state.move(slope, min(self.low, high), high, self.adapter.bound)
        self.state = state._replace(gain=min(state.gain, high))
        return state.applied


def _size(value: float) -> float:
    return abs(value) if value == value else inf
