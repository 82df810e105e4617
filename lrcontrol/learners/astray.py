"""Whether a model has lost its way: its newest losses are far beyond those of no skill.

A classifier that has blown up may answer 0 or 1 with every number finite, and River cuts its log
odds off, so that only its losses show it.
"""

from __future__ import annotations

from math import log
from typing import Any

from lrcontrol.learners.fallback import Mean, Shares
from lrcontrol.scoring import Task

#: Records that the model's mean loss looks back, and that of no skill.
RECENT, LONG = 20, 200
#: How far beyond: times the larger of no skill's and the untrained model's (squared, absolute), or
#: nats beyond that of knowing nothing (log loss). A model that is slow to learn is not astray.
TIMES, TIMES_LOG, PLUS_LOG = 5.0, 3.0, 0.5


class Astray:
    """Compares the newest losses with no skill's; see the constants of this file.

    ``sane``: they are not beyond the untrained model's, or no skill's if larger. Only then is the
    model worth keeping a copy of.

    >>> from lrcontrol.scoring import Regression
    >>> astray = Astray(Regression())
    >>> any(astray.learn(1.0, 1.0 + i % 2) for i in range(100))
    False
    >>> any(astray.learn(25.0, 1.0 + i % 2) for i in range(20))
    True
    """

    def __init__(self, task: Task) -> None:
        self._score = task.score
        self._none: Any = Mean() if task.kind == "regression" else Shares()
        self._log = task.loss == "log"
        self._without, self._untrained = 0.0, log(2)
        self._labels: set[Any] = set()
        self._seen = 0
        self.forget()

    def forget(self) -> None:
        """Give the model, which is another now, as many records as the first had."""
        self._mean, self._own, self.sane = 0.0, 0, True

    def learn(self, loss: float, y: Any) -> bool:
        """Take in the loss of a record with target ``y``; return whether the model is astray."""
        none, score = self._none, self._score
        self._seen = min(self._seen + 1, LONG)
        self._without += (score(y, none.of(y)) - self._without) / self._seen
        none.learn(y)
        if self._log:
            self._labels.add(y)
            self._untrained = log(max(len(self._labels), 2))
        else:
            self._untrained += (score(y, 0.0) - self._untrained) / self._seen
        self._own = min(self._own + 1, RECENT)
        self._mean += (loss - self._mean) / self._own
        worst = max(self._without, self._untrained)
        self.sane = self._mean <= worst
        if self._own < RECENT:
            return False
        if self._log:
            return self._mean > max(TIMES_LOG * self._without, self._untrained) + PLUS_LOG
        return self._mean > TIMES * worst
