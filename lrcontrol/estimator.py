"""The loop as a River estimator: a wrapper that steers the rate of the model it holds."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator
from typing import Any, Self

from river import base, linear_model

from lrcontrol.control import Auto
from lrcontrol.control.base import Controller
from lrcontrol.gain import renew
from lrcontrol.loop import Loop

#: Features as River types them.
Features = dict[Hashable, Any]


class _Controlled(base.Wrapper[Any]):
    """What both wrappers share; the model is learned through a ``Loop``, past its guard.

    River's own programs hand over what they like, so nothing is refused here; guard the records
    yourself, or use ``Loop.learn``.
    """

    def __init__(
        self,
        model: Any,
        controller: Controller[Any] | None = None,
        initial_rate: float = 0.01,
        period: int = 64,
    ) -> None:
        self.model = model
        self.controller = controller
        self.initial_rate = initial_rate
        self.period = period
        self._loop = Loop(model, controller or Auto(), initial_rate=initial_rate, period=period)

    @property
    def _wrapped_model(self) -> Any:
        return self.model

    @property
    def loop(self) -> Loop:
        """The loop: ``loop.gain.rate`` is the rate in force, ``loop.status`` all that was seen."""
        return self._loop

    def learn_one(self, x: Features, y: Any, **params: Any) -> None:
        """Predict, score and learn one record; every ``period`` records the rate may move."""
        self._loop.learn_one(x, y, **params)

    def _unit_test_skips(self) -> set[str]:
        # base.Wrapper does not pass these on, and what a model cannot do its wrapper cannot either.
        return set(self.model._unit_test_skips())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        for gain in self._loop.learner.gains:
            renew(gain, memo)  # before the model is copied, which is before the loop is
        twin = copy.copy(self)
        twin.__dict__ = copy.deepcopy(self.__dict__, memo)
        return twin


class ControlledRegressor(_Controlled, base.Regressor):
    """A River regressor whose learning rate a controller moves.

    Parameters
    ----------
    model
        A River regressor that holds an optimizer; its gain (weights and intercept) is taken over.
    controller
        A controller of ``lrcontrol.control`` or of your own; ``Auto()`` when left out.
    initial_rate
        Start rate, > 0.
    period
        Records per decision.

    Raises ``NotSteerable`` when the model holds no optimizer whose rate can be set. Each record is
    predicted once more inside ``learn_one`` for the loss; where that cost matters use ``Loop``.

    Examples
    --------
    >>> from river import datasets, evaluate, linear_model, metrics, preprocessing
    >>> from lrcontrol import ControlledRegressor
    >>> model = preprocessing.StandardScaler() | ControlledRegressor(
    ...     linear_model.LinearRegression(), initial_rate=1e-5)
    >>> evaluate.progressive_val_score(datasets.TrumpApproval(), model, metrics.MAE())
    MAE: 0.2658
    """

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        yield {"model": linear_model.LinearRegression()}

    def predict_one(self, x: Features, **params: Any) -> Any:
        """Return what is served: the leader's prediction, cut as its controller says."""
        if params:
            return self._loop.model.predict_one(x, **params)
        return self._loop.predict_one(x)


class ControlledClassifier(_Controlled, base.Classifier):
    """A River classifier whose learning rate a controller moves; see ``ControlledRegressor``.

    Examples
    --------
    >>> from river import datasets, evaluate, linear_model, metrics, preprocessing
    >>> from lrcontrol import ControlledClassifier
    >>> model = preprocessing.StandardScaler() | ControlledClassifier(
    ...     linear_model.LogisticRegression(), initial_rate=10.0)
    >>> evaluate.progressive_val_score(datasets.Phishing(), model, metrics.LogLoss())
    LogLoss: 0.265146
    """

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        yield {"model": linear_model.LogisticRegression()}

    @property
    def _multiclass(self) -> bool:
        return bool(self.model._multiclass)

    def predict_proba_one(self, x: Features, **params: Any) -> Any:
        """Return the class probabilities of the served model."""
        return self._loop.model.predict_proba_one(x, **params)

    def predict_one(self, x: Features, **params: Any) -> Any:
        """Return the label of the served model."""
        return self._loop.model.predict_one(x, **params)
