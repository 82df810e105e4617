"""What a differentiable model has to tell for the trace law to move its rate."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from lrcontrol.control.climb import Slope

C = TypeVar("C")


class NotAdapted(ValueError):
    """The model is not of a kind the adapter knows; the message says what about it."""


class Adapter(Protocol[C]):
    """A model, seen through its gradients; keeps its own traces.

    A trace S, shaped like the parameters, is how they would differ had the rate been larger:
    ``S <- lam S + (the change of the parameters)`` after each record (``lam`` in
    ``control.climb.LAM``), so that ``h = grad l . S`` is the derivative of the record's loss l
    along ln(rate). With z the raw prediction, ``q`` = |grad l|^2 / (dl/dz)^2 over all parameters,
    and ``curvature`` bounds d2l/dz2 at the record: 2 for squared error, ``control.climb.bend`` for
    log loss, times the record's weight. ``bound`` is that of all records: 2, or 1/4.

    Called once a record in this order: ``raw``, ``look``, ``learn``; a ``look`` may be left without
    its ``learn``.
    """

    bound: float

    def raw(self, x: Any) -> Any:
        """Return the raw prediction z to be served: a number, or one a class."""
        ...

    def look(self, x: Any, y: Any, w: float = 1.0) -> Slope:
        """Return what the record says, transformers before the model having learned it."""
        ...

    def learn(self, rate: float) -> None:
        """Learn the record last looked at, at this rate, and the traces with it."""
        ...

    def forget(self) -> None:
        """Set the traces to zero."""
        ...

    def copy(self) -> C:
        """Return the parameters, to be loaded any number of times."""
        ...

    def load(self, copy: C) -> None:
        """Set the parameters to a copy's."""
        ...
