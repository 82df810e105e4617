"""What ``auto`` chooses, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from lrcontrol.control.auto import Auto
from lrcontrol.control.bank import Bank
from lrcontrol.control.base import Controller
from lrcontrol.control.mixture import Mixture
from lrcontrol.control.race import Race
from lrcontrol.control.trace import Trace
from lrcontrol.kernels import available
from lrcontrol.linear import linear


class Choice(NamedTuple):
    """A controller, and why it is this one; no reason for one that was asked for."""

    controller: Controller[Any]
    why: str = ""


def choose(model: Any, controller: Controller[Any]) -> Choice:
    """Return ``controller`` itself, or for ``Auto`` the one that suits the model and the budget.

    >>> from river import linear_model
    >>> choose(linear_model.LinearRegression(), Auto()).controller  # where numba is installed
    Bank(memory=1000, switch=0.5, clamp=True, fallback=True)
    """
    if not isinstance(controller, Auto):
        return Choice(controller)
    parts = linear(model)
    if parts is not None and available() and controller.replace:
        why = "a linear model that may be replaced: the mixture beats any optimizer and rate"
        return Choice(Mixture(), why)
    if parts is not None and available():
        why = f"a linear model with {parts.optimizer}: all rates fit into one compiled kernel"
        return Choice(Bank(), why)
    if parts is not None and parts.optimizer == "SGD":
        why = "a linear model with SGD, and no compiler (pip install 'lrcontrol[fast]' for bank)"
        return Choice(Trace(), why)
    if _is_machine(model):
        return Choice(Trace(), "a factorization machine: its gradients are known")
    named = type(model).__name__ if parts is None else parts.optimizer
    why = (
        f"{named} has no kernel here: copies are raced within {controller.budget:g} times its work"
    )
    return Choice(Race(budget=controller.budget), why)


def _is_machine(model: Any) -> bool:
    from lrcontrol.adapters.fm import adapts

    return adapts(model)
