"""Arms at work: bursts of records that copies of the served model learn at other rates."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite
from typing import Any

from lrcontrol.arms.fork import forks
from lrcontrol.arms.shadows import FACTORS, Shadows
from lrcontrol.gain import NotSteerable
from lrcontrol.learners.base import Learner
from lrcontrol.learners.clamped import Clamp
from lrcontrol.learners.copies import Copy, gives_probabilities
from lrcontrol.record import Features
from lrcontrol.status import EMPTY, Arm

#: What a loss counts at most, in units of the loss of no skill, an arm's and the served one's
#: alike: one record must not decide, and a diverged arm need not be told apart any better.
MOST = 25.0
#: Records of bursts over which the means shown fade.
SHOWN = 2000
#: What an update of an arm costs where the served model learns in a compiled kernel: an arm is
#: River's own model.
PRICE_COMPILED = 4.0

Score = Callable[[Any, Any], float]  # target, prediction -> loss

REFUSED = "a mixture has many rates and none of its own: leave shadows out, or use bank"


class Tried:
    """One arm: its copy while a burst lasts, and what its losses come to."""

    def __init__(self, name: str, rate: float) -> None:
        self.name = name
        self.rate = rate
        self.copy: Copy | None = None  # None between bursts, and once it has blown up
        self.mean = 0.0
        self.total = 0.0

    def learn(
        self, xs: Sequence[Features], ys: Sequence[Any], params: Mapping[str, Any], score: Score
    ) -> list[float]:
        """Predict, score, learn each record; infinity from the one on at which it blew up."""
        losses: list[float] = []
        if self.copy is not None:
            predict, learn = self.copy.way(params)
            try:
                for x, y in zip(xs, ys, strict=True):
                    loss = score(y, predict(x))
                    if not isfinite(loss):
                        self.copy = None
                        break
                    losses.append(loss)
                    learn(x, y)
            except (ArithmeticError, ValueError):  # the served model learned these records
                self.copy = None
        return losses + [inf] * (len(xs) - len(losses))


class Arms:
    """Copies of a served model at other rates, for bursts of records.

    Told of every part of a block after the served model has learned it (``follow``) and of the end
    of every period (``turn``). Bursts start and end, and rates follow the one in force, at the ends
    of periods only: how a stream is cut into blocks changes nothing.

    An arm is River's own model at one rate for a period. Where the served one learns in a kernel,
    under ceilings or with a rate of its own for each record, the arm has none of these; a label
    clamp it has where the served one does.

    ``initial_rate`` is the rate of the arm ``fixed`` where the settings name none. Raises
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
        self._fixed = shadows.fixed or initial_rate
        self._period = period
        self._price = PRICE_COMPILED if learner.at_once else 1.0
        self._clamp = Clamp() if clamp and regression else None
        self._proba: bool | None = False if regression else None
        self._arms = [Tried(name, self._rate(name, learner.rate)) for name in shadows.arms]
        self._steps = 0
        self._burst = 0  # number of the burst that runs, or comes next
        self._left = 0  # records of it to come, 0 between bursts
        self._most = 0.0  # what a loss counts at most
        self._mean = 0.0  # of the served model, as of the arms
        self._total = 0.0
        self._records = 0
        self.updates = 0  # made by copies, since the start

    def turn(self, learner: Learner, noskill: float) -> None:
        """Close a period of the served ``learner``: end a burst, start one, follow its rate.

        ``noskill``: mean loss of predicting without skill, > 0 where anything can be said.
        """
        self._most = MOST * noskill
        rates = [self._rate(arm.name, learner.rate) for arm in self._arms]
        if self._left <= 0:
            self._begin(learner, rates)
        for arm, rate in zip(self._arms, rates, strict=True):
            arm.rate = rate
            if arm.copy is not None:
                arm.copy.gain.rate = rate

    def _begin(self, learner: Learner, rates: Sequence[float]) -> None:
        """Start a burst if one is due; the first one comes at the end of the first period."""
        for arm in self._arms:
            arm.copy = None
        if self._steps - self._period < self._shadows.start(self._burst, self._price, self._period):
            return
        copies = forks(learner.model, learner.gains[0], rates)
        for arm, fork in zip(self._arms, copies, strict=True):
            arm.copy = fork
            fork.ask(bool(self._proba))
        self._burst += 1
        self._left = self._shadows.length(self._period)

    def follow(
        self,
        xs: Sequence[Features],
        ys: Sequence[Any],
        losses: Sequence[float],
        params: Mapping[str, Any] = EMPTY,
    ) -> None:
        """Let the arms learn what the served model has just learned, with these ``losses``.

        ``params`` go to River's ``learn_one``. Never across the end of a period.
        """
        self._steps += len(xs)
        if self._left > 0 and xs:
            self._compare(xs, ys, losses, params)
        if self._clamp is not None:
            self._clamp.learn(min(ys))
            self._clamp.learn(max(ys))

    def _compare(self, xs: Any, ys: Any, losses: Sequence[float], params: Any) -> None:
        if self._proba is None:
            self._meet(xs[0])
        told = [arm.learn(xs, ys, params, self._scorer()) for arm in self._arms]
        for arm, own in zip(self._arms, told, strict=True):
            arm.mean, arm.total = self._summed(own, arm.mean, arm.total)
        self._mean, self._total = self._summed(losses, self._mean, self._total)
        self._records += len(xs)
        self._left -= len(xs)
        self.updates += len(xs) * len(told)

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

    def _summed(self, losses: Sequence[float], mean: float, total: float) -> tuple[float, float]:
        """Return the fading mean and the sum with these losses in them, one after the other."""
        most, seen = self._most, min(self._records, SHOWN)
        for loss in losses:
            counted = loss if loss < most else most
            seen += seen < SHOWN
            mean += (counted - mean) / seen
            total += counted
        return mean, total

    def _rate(self, name: str, rate: float) -> float:
        return FACTORS[name] * rate if name in FACTORS else self._fixed

    @property
    def status(self) -> tuple[Arm, ...]:
        """What each arm's rate is or would be, and how it fared beside the served model."""
        return tuple(
            Arm(arm.name, arm.rate, arm.mean, self._mean, arm.total, self._total, self._records)
            for arm in self._arms
        )
