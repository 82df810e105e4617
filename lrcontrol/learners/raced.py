"""Any River model with a gain: copies race at different rates, and the leader is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite
from typing import Any

from river.metrics.base import Metric

from lrcontrol.control import Limits
from lrcontrol.control.base import Reading
from lrcontrol.control.limits import limits_for
from lrcontrol.control.race import Race
from lrcontrol.gain import Gain
from lrcontrol.learners.astray import Astray
from lrcontrol.learners.base import action
from lrcontrol.learners.contest import Contest, nearest
from lrcontrol.learners.copies import Copy, gives_probabilities
from lrcontrol.observed import Observed
from lrcontrol.record import Features
from lrcontrol.restore import Keeper, Restore, Span
from lrcontrol.scoring import Task
from lrcontrol.status import Decision, Member


class Raced:
    """A River model raced by its own copies within a budget, and restored when it blows up.

    ``race`` is the law, ``restore`` the way back, also for one whose losses are far beyond those of
    no skill (``Astray``). The leader's own object is served: promotion has no jump. A drift alarm
    asks for another race.

    Raises ``NotSteerable`` when no optimizer of the model has a rate that can be set, ``Invalid``
    when the initial rate is outside the limits or these leave nothing to race.

    The object handed in is served until another leads: read ``model`` again after learning.

    Examples
    --------
    >>> from river import datasets, linear_model, preprocessing
    >>> from lrcontrol.scoring import task_of
    >>> model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    >>> raced = Raced(model, Race(), task_of(model), initial_rate=10.0)
    >>> losses = raced.learn_all(*zip(*datasets.Phishing()))
    >>> raced.rate, sum(losses) / len(losses)
    (0.136887, 0.269176)
    """

    def __init__(
        self,
        model: Any,
        race: Race,
        task: Task,
        metrics: Sequence[Metric] = (),
        initial_rate: float = 0.01,
        limits: Limits | None = None,
        restore: Restore | None = None,
    ) -> None:
        limits = limits or limits_for(race)
        self.task = task
        race = replace(race, low=max(race.low, limits.low), high=min(race.high, limits.high))
        self._low = limits.low
        self._regression = task.kind == "regression"
        self._clamp = race.clamp and self._regression
        first = race.rates()[nearest(race.rates(), limits.contain(initial_rate))]
        self._contest = Contest(race, Copy.of(model, first))
        self._keeper = Keeper(restore or Restore(), self._contest.fork())
        self._proba: bool | None = False if self._regression else None
        self._span = Span()
        self._astray = Astray(task)
        self._observed = Observed(metrics)
        self._wanted = False  # a race that is not paid for yet
        self._decided = (first, 0)  # rate and restores at the last decision

    @property
    def model(self) -> Any:
        """The River model of the copy that leads."""
        return self._contest.served.model

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel."""
        return False

    @property
    def rate(self) -> float:
        """The rate in force for the served copy."""
        return self._contest.served.gain.rate

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The gains of all copies, the served one's first, and of those kept to be restored."""
        kept = (self._keeper.kept, self._keeper.first)
        every = (self._contest.served, *self._contest.copies, *kept)
        return tuple({id(copy): copy.gain for copy in every}.values())

    @property
    def cost(self) -> float:
        """Updates made per record learned: 1 is one model's own work, comparable to the budget."""
        return self._contest.updates / max(self._contest.records, 1)

    def prepare(self) -> None:
        """Do nothing: there is no kernel."""

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a bare label without them."""
        self._meet(x)
        return self._clamped(self._contest.served.look(x))

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. ``params`` go to River's learn_one."""
        return self._learn([x], [y], params)[0]

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses of what was served."""
        return self._learn(xs, targets, {})

    def decide(self, reading: Reading) -> Decision:
        """Close a period: start a race where an alarm asked for one, and say how the rate moved."""
        self._contest.settle()
        self._wanted |= reading.drift
        if self._wanted and self._contest.start():
            self._wanted = False
        racing = bool(self._contest.state.turn)
        (before, restored), now = self._decided, self.rate
        self._decided = now, self._keeper.restored
        reason = (
            "restored" if self._keeper.restored > restored
            else "promoted" if now != before
            else "drift" if reading.drift
            else "race" if racing
            else "cooldown" if self._wanted
            else "fixed"
        )  # fmt: skip
        terms = {
            "copies": float(len(self._contest.copies)),
            "credit": self._contest.state.credit,
            "restores": float(self._keeper.restored),
        }
        moved = action(before, now)
        return Decision(reading.step, moved, reason, "none", before, now, now, terms)

    def read_back(self) -> Mapping[str, float]:
        """Return the rate in force by group, as the served model's optimizers report it."""
        return self._contest.served.attachment.read_back()

    def members(self) -> tuple[Member, ...]:
        """Return each copy's rate and loss, lowest rate first; none once one is left."""
        return self._contest.members()

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._observed.readings()

    def _meet(self, x: Mapping[Any, Any]) -> None:
        """Find out at the first record whether predictions are probabilities."""
        if self._proba is None:
            self._proba = gives_probabilities(self.model, x)
            for copy in (*self._contest.copies, self._keeper.first):
                copy.ask(self._proba)

    def _learn(
        self, xs: Sequence[Features], targets: Sequence[Any], params: Mapping[str, Any]
    ) -> list[float]:
        if xs and not self._contest.records:
            self._meet(xs[0])
            self._contest.start()  # the first race is run on credit
        losses: list[float] = []
        for x, y in zip(xs, targets, strict=True):
            if self._contest.alone:  # and stays so until the next decision
                done = len(losses)
                return losses + self._alone(xs[done:], targets[done:], params)
            self._contest.count()
            losses.append(self._together(x, y, params))
        return losses

    def _alone(
        self, xs: Sequence[Features], targets: Sequence[Any], params: Mapping[str, Any]
    ) -> list[float]:
        predict, learn = self._contest.served.way(params)
        passed, fork, score = self._keeper.passed, self._contest.fork, self.task.score
        astray, losses = self._astray.learn, list[float]()
        for x, y in zip(xs, targets, strict=True):
            prediction, step = predict(x), learn
            if self._blown(prediction):
                prediction, step = self._restored(x, prediction, params)
                predict, learn = self._contest.served.way(params)
            elif self._astray.sane:
                passed(fork)
            loss = score(y, self._seen(y, prediction))
            losses.append(loss)
            if astray(loss, y):
                self._back()
                predict, learn = self._contest.served.way(params)
            elif step is not None:
                step(x, y)
        self._contest.count(len(losses))
        return losses

    def _seen(self, y: Any, prediction: Any) -> Any:
        """Return what is served for a record with label ``y``, which the span then holds."""
        if self._regression:
            prediction = self._clamped(prediction)
            self._span.add(y)
        if self._observed.metrics:
            self._observed.update(y, prediction)
        return prediction

    def _restored(self, x: Features, prediction: Any, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the prediction to serve in place of a blown one, and how to learn, or None."""
        kept = self._keeper.kept
        again = kept.fork(self.rate).way(params)[0](x)
        works = not self._blown(again)
        if not self._keeper.guilty(works):
            return again, None
        self._back(works)
        predict, learn = self._contest.served.way(params)
        return predict(x), learn

    def _back(self, works: bool = True) -> None:
        """Go on from a fork of the kept copy, or where that does not work the first one."""
        rate = max(self._keeper.load(self.rate), self._low)
        kept = self._keeper.kept if works else self._keeper.first
        self._contest.copies = [kept.fork(rate)]
        self._contest.ceiling = self._keeper.ceiling
        self._astray.forget()

    def _together(self, x: Features, y: Any, params: Mapping[str, Any]) -> float:
        state, copies = self._contest.state, self._contest.copies
        ways = [copy.way(params) for copy in copies]
        predictions = [predict(x) for predict, _ in ways]
        blown = [self._blown(prediction) for prediction in predictions]
        losses = [self.task.score(y, self._clamped(prediction)) for prediction in predictions]
        at, odd = state.served, all(blown) and not self._keeper.guilty(kept_works=False)
        if not blown[at]:
            self._keeper.passed(self._contest.fork)
        elif not all(blown):
            at = min((k for k, b in enumerate(blown) if not b), key=state.behind.__getitem__)
        self._seen(y, predictions[at])
        if odd:
            return losses[at]
        for copy, (_, learn), loss in zip(copies, ways, losses, strict=True):
            learn(x, y)
            copy.saw(loss)
        judged = [inf if b else loss for b, loss in zip(blown, losses, strict=True)]
        self._contest.ceiling = self._keeper.ceiling
        self._contest.update(judged, self.task.loss == "log")
        return losses[at]

    def _blown(self, prediction: Any) -> bool:
        if self._regression:
            return self._keeper.blown(prediction, self._span)
        return self._proba is True and not all(map(isfinite, prediction.values()))

    def _clamped(self, prediction: Any) -> Any:
        return self._span.clamp(prediction) if self._clamp else prediction
