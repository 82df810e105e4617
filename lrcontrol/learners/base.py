"""What every way to learn offers the loop: a served model, and what moves its rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lrcontrol.control.base import Reading
from lrcontrol.gain import Gain
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.status import Decision, Member


class Learner(Protocol):
    """A served model with its shadows: predicts, scores, learns, and moves its own rate.

    Single-threaded. ``learn_all`` must give the same losses however records are cut into blocks.
    """

    task: Task

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel: the longer, the cheaper."""
        ...

    @property
    def model(self) -> Any:
        """The River model that is served, with all that was learned."""
        ...

    @property
    def rate(self) -> float:
        """The rate in force for the served model."""
        ...

    @property
    def gains(self) -> tuple[Gain, ...]:
        """Every gain held, the served model's first; a deep copy must renew them all."""
        ...

    def prepare(self) -> None:
        """Do before the first record what would make it wait: compile a kernel; learn nothing."""
        ...

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a bare label without them."""
        ...

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record; return the loss. ``params`` go to River's learn_one."""
        ...

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses of the served model."""
        ...

    def decide(self, reading: Reading) -> Decision:
        """Close a period: move the rate, or say how it moved since the last."""
        ...

    def read_back(self) -> Mapping[str, float]:
        """Return the rate in force by group (weights, intercept), as the model reports it."""
        ...

    def members(self) -> tuple[Member, ...]:
        """Return the models that run side by side, the served one included; none for just one."""
        ...

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        ...


def action(before: float, after: float) -> str:
    """Return what happened to the rate: raise, lower or keep.

    >>> action(0.1, 0.2)
    'raise'
    """
    return "raise" if after > before else "lower" if after < before else "keep"
