"""A model that no controller moves, guarded and scored as in a loop: as it comes, or clamped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lrcontrol.backtest.optimizers import with_optimizer
from lrcontrol.config import ModelSettings
from lrcontrol.gain import attach
from lrcontrol.guard import Guard
from lrcontrol.learners.clamped import Clamp
from lrcontrol.progressive import Progressive
from lrcontrol.record import Features, Record
from lrcontrol.scoring import task_of
from lrcontrol.served import Unlearned
from lrcontrol.status import LoopStatus
from lrcontrol.tally import Tally


class Alone:
    """The guard, the scoring and the counts of a loop, without a controller.

    ``rate`` is shown in the status and is not put anywhere.
    """

    def __init__(self, settings: ModelSettings, model: Any, rate: float = 0.0) -> None:
        bounds = settings.bounds
        scored = model.model if isinstance(model, Cut) else model
        self._task = task_of(
            scored,
            settings.loss,
            settings.task,
            settings.positive,
            bounds.max_abs,
            bounds.max_classes,
            bounds.slips,
        )
        self._guard = Guard(bounds, self._task)
        self._progressive = Progressive(model, self._task)
        self._tally = Tally(asked=rate)
        self._rate = rate
        self.failure: Exception | None = None

    def learn(self, records: Sequence[Record]) -> Sequence[Unlearned]:
        """Learn a block; return what the guard refused. An error of the model's ends it."""
        xs, targets, refusals = self._guard.admit(records)
        self._tally.refuse(refusals)
        try:
            losses = self._progressive.learn_all(xs, targets)
        except Exception as error:  # whatever a user's model may raise: shown in its row
            self.failure = error
            return []
        self._tally.add(losses, self._task.baseline(targets))
        self._tally.close()
        return [Unlearned(*refusal) for refusal in refusals]

    def status(self) -> LoopStatus:
        """Return the counts so far."""
        return self._tally.status()._replace(rate=self._rate)


class Cut:
    """A regressor at a fixed rate, its predictions cut to the labels seen; learning untouched."""

    def __init__(self, model: Any, rate: float) -> None:
        attach(model, rate)
        self.model = model
        self._clamp = Clamp()

    def predict_one(self, x: Features) -> float:
        """Return the model's prediction within the range of the labels so far."""
        return self._clamp.cut(self.model.predict_one(x))

    def learn_one(self, x: Features, y: float) -> None:
        """Learn the record, and its label's place in the range."""
        self.model.learn_one(x, y)
        self._clamp.learn(y)


def as_it_comes(settings: ModelSettings, optimizer: str | None = None) -> Alone:
    """Return the user's model, or the same with River's default of ``optimizer``.

    No gain is put in: a schedule that the user gave the optimizer, or an intercept with a rate of
    its own, stay in force. Raises ConfigError, ValueError.
    """
    model = settings.build()
    return Alone(settings, model if optimizer is None else with_optimizer(model, optimizer))


def clamped(settings: ModelSettings) -> Alone:
    """Return the regressor at its initial rate, served within the labels seen.

    What controllers with a clamp are to be compared with: on some streams the clamp alone takes
    more off the loss than any rate. Raises ConfigError, NotSteerable.
    """
    rate = settings.initial_rate
    return Alone(settings, Cut(settings.build(), rate), rate)
