"""A model that nobody steers: the user's own rate, schedule and intercept, scored the same way."""

from __future__ import annotations

from collections.abc import Sequence

from lrcontrol.backtest.optimizers import with_optimizer
from lrcontrol.config import ModelSettings
from lrcontrol.guard import Guard
from lrcontrol.progressive import Progressive
from lrcontrol.record import Record
from lrcontrol.scoring import task_of
from lrcontrol.status import LoopStatus
from lrcontrol.tally import Tally


class Untouched:
    """The model of ``settings`` as it comes, or with River's default of ``optimizer``.

    The same guard and the same scoring as in a loop, but no gain is put in: a schedule that the
    user gave the optimizer, or an intercept with a rate of its own, stay in force.
    """

    def __init__(self, settings: ModelSettings, optimizer: str | None = None) -> None:
        model = settings.build()
        if optimizer is not None:
            model = with_optimizer(model, optimizer)
        self._task = task_of(
            model, settings.loss, settings.task, settings.positive, settings.bounds.max_abs
        )
        self._guard = Guard(settings.bounds, self._task)
        self._progressive = Progressive(model, self._task)
        self._tally = Tally(asked=0.0)
        self.failure: Exception | None = None

    def learn(self, records: Sequence[Record]) -> None:
        """Learn a block; an error of the model's is kept, and nothing more is learned."""
        xs, targets, refusals = self._guard.admit(records)
        self._tally.refuse(refusals)
        try:
            losses = self._progressive.learn_all(xs, targets)
        except Exception as error:  # whatever a user's model may raise: shown in its row
            self.failure = error
            return
        self._tally.add(losses, self._task.baseline(targets))

    def status(self) -> LoopStatus:
        """Return the counts so far."""
        return self._tally.status()
