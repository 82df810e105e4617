"""The fallback: while a model does worse than no skill at all, no skill answers in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lrcontrol.scoring import BASELINE_RECORDS, PRIOR, Task

#: Records that the comparison looks back.
MEMORY = 1000.0


class Balance:
    """How far one's losses are behind another's of late: ``behind`` > 0 when they are larger.

    behind <- (1 - 1/memory) behind + loss - other, at most the faded sum of the other's losses, so
    that a single loss without bounds is forgiven in time; one that is NaN counts as such.

    >>> balance = Balance(memory=2.0)
    >>> balance.learn(9.0, 1.0), balance.behind
    (None, 1.0)
    >>> balance.learn(0.0, 1.0), balance.behind
    (None, -0.5)
    """

    __slots__ = ("behind", "keep", "most")

    def __init__(self, memory: float = MEMORY) -> None:
        self.keep = 1.0 - 1.0 / memory
        self.most = 0.0
        self.behind = 0.0

    def learn(self, loss: float, other: float) -> None:
        """Take the two losses of one record into account; ``other`` >= 0 is finite."""
        self.most = most = self.keep * self.most + other
        behind = self.keep * self.behind + loss - other
        self.behind = behind if behind < most else most


class Mean:
    """The running mean of the targets, over the last 2,000 or so, from 0."""

    def __init__(self) -> None:
        self.mean, self.seen = 0.0, 0

    def guess(self) -> float:
        """Return the mean."""
        return self.mean

    def of(self, y: float) -> float:
        """Return what of the guess the loss of ``y`` depends on: all of it."""
        return self.mean

    def learn(self, y: float) -> None:
        """Take in a target."""
        self.seen = min(self.seen + 1, BASELINE_RECORDS)
        self.mean += (y - self.mean) / self.seen


class Shares:
    """The share of each class so far, with half a record added to each."""

    def __init__(self, labels: tuple[Any, ...] = ()) -> None:
        self._counts: dict[Any, int] = dict.fromkeys(labels, 0)
        self._seen = 0

    def guess(self) -> dict[Any, float]:
        """Return the probability of each class, none before the first."""
        total = self._seen + PRIOR * len(self._counts)
        return {label: (count + PRIOR) / total for label, count in self._counts.items()}

    def of(self, y: Any) -> dict[Any, float]:
        """Return what of the guess the loss of ``y`` depends on: its class."""
        if y not in self._counts:
            return {}
        return {y: (self._counts[y] + PRIOR) / (self._seen + PRIOR * len(self._counts))}

    def learn(self, y: Any) -> None:
        """Take in a class."""
        self._counts[y] = self._counts.get(y, 0) + 1
        self._seen += 1


class Fallback:
    """Serves the running mean, or the shares of the classes, while the model does worse than they.

    Learning is untouched, so that the model takes over again when it has caught up. It is never
    worse than no skill by more than the time to notice, which a mean over a stream hardly shows.
    ``count`` is the predictions replaced.

    Not where a constant answer is worse than a poor one, or where others compare raw predictions.

    Parameters
    ----------
    task
        Scores the model's predictions and those without skill.
    memory
        Records that the comparison looks back.

    Examples
    --------
    >>> from lrcontrol.scoring import Regression
    >>> fallback = Fallback(Regression())
    >>> for y in (4.0, 6.0):
    ...     fallback.learn(y, prediction=100.0)
    >>> fallback.serve(100.0), fallback.count
    (5.0, 1)
    """

    def __init__(self, task: Task, memory: float = MEMORY) -> None:
        labels = (False, True) if task.kind == "binary" else ()
        self._score = task.score
        self._none: Any = Mean() if task.kind == "regression" else Shares(labels)
        none = self._none
        self._plain = none if isinstance(none, Mean) and task.loss == "squared" else None
        self._balance = Balance(memory)
        self.count = 0

    @property
    def serving(self) -> bool:
        """Whether it answers in the model's place."""
        return self._balance.behind > 0.0

    def serve(self, prediction: Any) -> Any:
        """Return the prediction, or what no skill would say."""
        return self._none.guess() if self.serving else prediction

    def learn(self, y: Any, prediction: Any) -> None:
        """Compare the model's own ``prediction`` for a record with no skill's; then learn ``y``."""
        self.count += self.serving
        score = self._score
        self._balance.learn(score(y, prediction), score(y, self._none.of(y)))
        self._none.learn(y)

    def over(self, losses: Sequence[float], targets: Sequence[Any]) -> list[float]:
        """Return the losses served, given the model's own on a block; learn the targets."""
        if self._plain is not None:
            return self._over_squared(losses, targets, self._plain)
        served: list[float] = []
        score, none, balance = self._score, self._none, self._balance
        for loss, y in zip(losses, targets, strict=True):
            other = score(y, none.of(y))
            if balance.behind > 0.0:
                self.count += 1
                served.append(other)
            else:
                served.append(loss)
            balance.learn(loss, other)
            none.learn(y)
        return served

    def _over_squared(
        self, losses: Sequence[float], targets: Sequence[float], none: Mean
    ) -> list[float]:
        # The commonest case in local numbers: a tenth of a small model's time otherwise.
        balance = self._balance
        keep, most, behind = balance.keep, balance.most, balance.behind
        mean, seen, count = none.mean, none.seen, 0
        served = list(losses)
        for i, y in enumerate(targets):
            error = y - mean
            other = error * error
            loss = served[i]
            if behind > 0.0:
                count += 1
                served[i] = other
            most = keep * most + other
            behind = keep * behind + loss - other
            if not behind < most:
                behind = most
            if seen < BASELINE_RECORDS:
                seen += 1
            mean += error / seen
        balance.most, balance.behind = most, behind
        none.mean, none.seen = mean, seen
        self.count += count
        return served
