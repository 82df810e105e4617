"""What a differentiable model has to tell for the trace law to move its rate."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeVar

from lrcontrol.kernels.trace import LAM

C = TypeVar("C")

#: Fading factors of the two traces that an adapter keeps.
FADING_FACTORS = LAM


class NotAdapted(ValueError):
    """The model is not of a kind the adapter knows; the message says what about it."""


class Look(NamedTuple):
    """What one record says before it is learned; l is its loss, z the raw prediction.

    ``q`` = |grad l|^2 / (dl/dz)^2 over all parameters; ``h`` the derivative of l along ln(rate) by
    each of the two traces. For log loss ``size`` = 1 - p of the true class and ``margin`` = its log
    odds. ``weight`` is the record's own.
    """

    q: float
    h: tuple[float, float]
    size: float = 0.0
    margin: float = 0.0
    weight: float = 1.0


class Adapter(Protocol[C]):
    """A model, seen through its gradients; keeps its own traces.

    A trace S, shaped like the parameters, is how they would differ had the rate been larger:
    ``S <- lam S + (the change of the parameters)`` after each record, so ``h = grad l . S``.

    ``raw`` then ``look`` then ``learn``, each once a record, in this order; a ``look`` may be left
    without its ``learn``.
    """

    def raw(self, x: Any) -> Any:
        """Return the raw prediction z to be served: a number, or one a class."""
        ...

    def look(self, x: Any, y: Any, w: float = 1.0) -> Look:
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
