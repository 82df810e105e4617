"""The choice of a controller, left to the daemon: it looks at the model and the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lrcontrol.checks import Range, check
from lrcontrol.control.base import PerRecord


@dataclass(frozen=True)
class Auto(PerRecord):
    """Choose the controller from the model and the budget; ``status.why`` says which and why.

    Linear, logistic and softmax regression get ``bank`` where numba is installed (the extra
    ``fast``), as its kernel costs less than River's loop; else, with plain SGD, ``trace``.
    Factorization machines get their own trace; everything else that holds a rate, ``race``. The
    user's own model is what is served in each case, unless ``replace`` allows another: then linear
    models get ``mixture``, which is below the best optimizer and rate in hindsight.

    Fails where nothing is known of a model but its predictions, and the budget is small: a race
    picks the rate that was best early, once.

    Parameters
    ----------
    budget
        Work allowed in the long run, in units of the one model's own; heeded by ``race``.
    replace
        Whether a mixture may be served in place of a linear model.

    Examples
    --------
    >>> from river import linear_model, preprocessing, tree
    >>> from lrcontrol import Loop
    >>> from lrcontrol.control import Auto
    >>> Loop(tree.HoeffdingTreeRegressor(), Auto()).status.chosen
    'race'
    """

    budget: Annotated[float, Range(above=1, at_most=100)] = 1.25
    replace: bool = False

    def __post_init__(self) -> None:
        check(self)
