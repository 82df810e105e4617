"""The fallback: while a model does worse than no skill at all, no skill answers in its place."""

from __future__ import annotations

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

    __slots__ = ("_keep", "_sum", "behind")

    def __init__(self, memory: float = MEMORY) -> None:
        self._keep = 1.0 - 1.0 / memory
        self._sum = 0.0
        self.behind = 0.0

    def learn(self, loss: float, other: float) -> None:
        """Take the two losses of one record into account; ``other`` >= 0 is finite."""
        self._sum = most = self._keep * self._sum + other
        behind = self._keep * self.behind + loss - other
        self.behind = behind if behind < most else most


class Mean:
    """The running mean of the targets, over the last 2,000 or so, from 0."""

    def __init__(self) -> None:
        self._mean, self._seen = 0.0, 0

    def guess(self) -> float:
        """Return the mean."""
        return self._mean

    def of(self, y: float) -> float:
        """Return what of the guess the loss of ``y`` depends on: all of it."""
        return self._mean

    def learn(self, y: float) -> None:
        """Take in a target."""
        self._seen = min(self._seen + 1, BASELINE_RECORDS)
        self._mean += (y - self._mean) / self._seen


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
        self._balance = Balance(memory)
        self.count = 0

    @property
    def serving(self) -> bool:
        """Whether it answers in the model's place."""
        return self._balance.behind > 0.0

    def serve(self, prediction: Any) -> Any:
        """Return the prediction, or what no skill would say."""
        if not self.serving:
            return prediction
        self.count += 1
        return self._none.guess()

    def learn(self, y: Any, prediction: Any) -> None:
        """Compare the model's own ``prediction`` for a record with no skill's; then learn ``y``."""
        score = self._score
        self._balance.learn(score(y, prediction), score(y, self._none.of(y)))
        self._none.learn(y)
