"""Arms at work: bursts of records that copies of the served model learn at other rates."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from lrcontrol.arms.fork import forks
from lrcontrol.arms.shadows import Shadows
from lrcontrol.arms.tried import Means, Score, Tried
from lrcontrol.gain import NotSteerable
from lrcontrol.learners.base import Learner
from lrcontrol.learners.clamped import Clamp
from lrcontrol.learners.copies import gives_probabilities
from lrcontrol.learners.steered import Steered
from lrcontrol.record import Features
from lrcontrol.status import EMPTY, Arm

#: What a loss counts at most, in units of the loss of no skill, an arm's and the served one's
#: alike: one record must not decide, and a diverged arm need not be told apart any better.
MOST = 25.0
#: What an update of an arm costs where the served model learns in a compiled kernel: an arm is
#: River's own model, and the kernel is called for each record of a burst (``benchmarks/arms.py``).
PRICE_COMPILED = 5.0

REFUSED = "a mixture has many rates and none of its own: leave shadows out, or use bank"

Learn = Callable[[Sequence[Features], Sequence[Any]], list[float]]


class Arms:
    """Copies of a served model at other rates, for bursts of records.

    Bursts start and end at the ends of periods, and rates are those that each record was learned
    at: how a stream is cut into blocks changes nothing. Where the rate moves with each record,
    under a ceiling from the record itself, an arm's moves with it.

    ``initial_rate`` is the rate of the arm ``fixed`` where the settings name none, ``clamp``
    whether regression predictions are cut to the labels seen, as the served ones are. Raises
    ``NotSteerable`` for a mixture.
    """

    def __init__(
        self,
        shadows: Shadows,
        learner: Learner,
        initial_rate: float,
        period: int,
        clamp: bool = False,
    ) -> None:
        if not learner.gains:
            raise NotSteerable(REFUSED)
        self._task = learner.task
        regression = learner.task.kind == "regression"
        self._shadows = shadows
        self._period = period
        self._price = PRICE_COMPILED if learner.at_once else 1.0
        self._clamp = Clamp() if clamp and regression else None
        self._proba: bool | None = False if regression else None
        self._arms = [Tried(name, shadows.fixed or initial_rate) for name in shadows.arms]
        self._served = Means()  # of the served model, over the records of bursts
        self._steps = 0
        self._bursts = 0  # begun so far
        self._due = 0  # the record after which the next one begins, but for the first period
        self._left = 0  # records of it to come, 0 between bursts
        self._most = 0.0  # what a loss counts at most
        self.updates = 0  # made by copies, since the start
        self._follow(learner.rate)

    def _follow(self, rate: float) -> None:
        for arm in self._arms:
            arm.rate = arm.of(rate)

    def turn(self, learner: Learner, noskill: float) -> None:
        """Close a period of the served ``learner``: end a burst, start one.

        ``noskill``: mean loss of predicting without skill, > 0 where anything can be said.
        """
        self._most = MOST * noskill
        self._follow(learner.rate)
        if self._left <= 0:
            self._end()
            if self._steps - self._period >= self._due:
                self._begin(learner)

    def _end(self) -> None:
        for arm in self._arms:
            arm.copy = None

    def _begin(self, learner: Learner) -> None:
        copies = forks(learner.model, learner.gains[0], len(self._arms))
        for arm, fork in zip(self._arms, copies, strict=True):
            arm.copy = fork
            fork.ask(bool(self._proba))
        self._bursts += 1
        self._due = self._shadows.start(self._bursts, self._price, self._period)
        self._left = self._shadows.length(self._period)

    def learn(
        self,
        learner: Learner,
        learn: Learn,
        xs: Sequence[Features],
        ys: Sequence[Any],
        params: Mapping[str, Any] = EMPTY,
    ) -> list[float]:
        """Let the served ``learner`` learn by way of ``learn``, then the arms; return its losses.

        ``params`` go to River's ``learn_one`` of the copies. Never across the end of a period.
        """
        self._steps += len(xs)
        bursting = self._left > 0
        losses = self._compare(learner, learn, xs, ys, params) if bursting else learn(xs, ys)
        if self._clamp is not None:
            self._clamp.learn(min(ys))
            self._clamp.learn(max(ys))
        return losses

    def _compare(
        self, learner: Learner, learn: Learn, xs: Any, ys: Any, params: Mapping[str, Any]
    ) -> list[float]:
        if self._proba is None:
            self._meet(xs[0])
        losses, rates = _watched(learner, learn, xs, ys)
        for arm in self._arms:
            own = arm.learn(xs, ys, rates, params, self._scorer())
            arm.losses.add(own, self._most)
        self._served.add(losses, self._most)
        self._left -= len(xs)
        self.updates += len(xs) * len(self._arms)
        return losses

    def _meet(self, x: Features) -> None:
        """Find out at the first record whether predictions are probabilities."""
        copies = [arm.copy for arm in self._arms if arm.copy is not None]
        self._proba = gives_probabilities(copies[0].model, x)
        for one in copies:
            one.ask(self._proba)

    def _scorer(self) -> Score:
        """Return how an arm's predictions for the next records, in turn, are scored."""
        score = self._task.score
        if self._clamp is None:
            return score
        clamp = copy.copy(self._clamp)  # each arm passes the same records

        def scored(y: float, prediction: float) -> float:
            # The clamp would hide that a prediction is not finite.
            loss = score(y, clamp.cut(prediction) if isfinite(prediction) else prediction)
            clamp.learn(y)
            return loss

        return scored

    @property
    def status(self) -> tuple[Arm, ...]:
        """What each arm's rate is or would be, and how it fared beside the served model."""
        served = self._served
        return tuple(
            Arm(
                arm.name, arm.rate, arm.losses.mean, served.mean, arm.losses.total, served.total,
                served.count,
            )
            for arm in self._arms
        )  # fmt: skip


def _watched(
    learner: Learner, learn: Learn, xs: Sequence[Features], ys: Sequence[Any]
) -> tuple[list[float], list[float]]:
    """Return the served model's losses, and the rate that each record was learned at.

    One record at a time where the rate may move with each; a learner learns the same either way.
    """
    if isinstance(learner, Steered):
        return learn(xs, ys), [learner.rate] * len(xs)
    losses, rates = list[float](), list[float]()
    for x, y in zip(xs, ys, strict=True):
        losses += learn([x], [y])
        rates.append(learner.rate)
    return losses, rates
