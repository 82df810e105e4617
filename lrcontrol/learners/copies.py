"""One of several deep copies of a River model, each with a gain of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

from lrcontrol.gain import Attachment, attach, renew
from lrcontrol.onepass import OnePass
from lrcontrol.straight import Straight

Predict = Callable[[dict[Any, Any]], Any]
Learn = Callable[[dict[Any, Any], Any], None]

#: Records over which the loss shown for a copy fades.
SHOWN = 200


class Copy:
    """A model wired to a gain, and the shortest way through it.

    ``loss`` is the fading mean of its loss. Two copies never share a gain: make one with ``fork``
    or ``copy.deepcopy``. ``proba``: a classifier's probabilities are asked for, not its label.
    """

    def __init__(self, attachment: Attachment, model: Any, proba: bool = False) -> None:
        self.model = model
        self.attachment = attachment
        self.gain = attachment.gain
        self.loss = 0.0
        self._seen = 0
        self.ask(proba)

    @classmethod
    def of(cls, model: Any, rate: float) -> Self:
        """Return the model itself, its gain taken over at ``rate``.

        Raises ``NotSteerable`` where the model has no rate that can be set.
        """
        return cls(attach(model, rate), model)

    def ask(self, proba: bool) -> None:
        """Find the shortest way to predictions of this kind."""
        self._proba = proba
        model = self.model
        self.look = model.predict_proba_one if proba else model.predict_one
        path = OnePass.of(model) or Straight.of(model, proba)
        self._way = (path.predict, path.learn) if path else (self.look, model.learn_one)

    def way(self, params: Mapping[str, Any]) -> tuple[Predict, Learn]:
        """Return how to predict a record and then to learn it, ``params`` going to River."""
        if params:
            return self.look, partial(self.model.learn_one, **params)
        return self._way

    def saw(self, loss: float) -> None:
        """Learn the loss of the copy's last prediction."""
        self._seen = min(self._seen + 1, SHOWN)
        self.loss += (loss - self.loss) / self._seen

    def fork(self, rate: float) -> Self:
        """Return a deep copy at another rate; 0.1 ms for a pipeline, 0.1 s for a forest."""
        twin = copy.deepcopy(self)
        twin.gain.rate = rate
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        renew(self.gain, memo)
        attachment, model = copy.deepcopy((self.attachment, self.model), memo)
        twin = type(self)(attachment, model, self._proba)
        twin.loss, twin._seen = self.loss, self._seen
        return twin

    # Bound methods of the model are left out: they are found again.
    def __getstate__(self) -> tuple[Any, ...]:
        return self.attachment, self.model, self._proba, self.loss, self._seen

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.attachment, self.model, proba, self.loss, self._seen = state
        self.gain = self.attachment.gain
        self.ask(proba)


def gives_probabilities(model: Any, x: Mapping[Any, Any]) -> bool:
    """Return whether a classifier predicts probabilities; asked of the model itself."""
    try:
        model.predict_proba_one(x)
    except NotImplementedError:
        return False
    return True
