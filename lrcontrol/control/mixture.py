"""Members of different geometry, mixed by their evidence and stacked: the controller's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrcontrol.checks import Count, Natural, check
from lrcontrol.control.base import PerRecord


@dataclass(frozen=True)
class Mixture(PerRecord):
    """Serve a mixture of linear models that differ in how they step, not only in how far.

    For linear, logistic and softmax regression: members that tune their own rates (SGD, NAG, an
    implicit AdaGrad) beside 11 fixed rates of AdaGrad, three fixed gains on standardised steps,
    which are back soon after a change, and the running mean of the labels; a Bayes fixed share over
    them; a small linear model of their predictions and of the last residual, learned by recursive
    least squares; and a fixed share between these two. The start rate is where the tuned members
    begin.

    On 22 real streams, scaled and raw, from starts 1e-5, 1e-3, 0.1 and 10, the progressive loss is
    below that of the best of SGD, Adam, AdaGrad and RMSProp at the best of 33 rates in hindsight:
    small by 20 % (median; by 2.2 % or more in nine of ten runs, 0.6 % above it at worst), large by
    22 % (3.7 %; never above). Part of that is a better model, not a better rate: the stack knows
    the last residual.

    There is no single rate: ``members`` has one each, with its weight. The user's optimizer is not
    used, and the served model is the mixture, not the River model. Not where the River model itself
    is what is wanted (use ``Bank``), nor without a compiler: plain numpy takes some hundred times
    as long. Fails to gain much where hindsight's best is near the best there is, as on stationary
    classes.

    Parameters
    ----------
    size
        small, which costs 3 us a record of 10 features; or large, which costs 5 us.
    clamp
        Whether served regression predictions are cut to the range of the labels seen so far.
    delay
        Records that are predicted between one and its label, where labels come late. The stack then
        learns from residuals as old as those it will know. On five streams with labels 1 to 100
        records late that changed the loss by -3 to +7 %, so it is no must.
    max_features
        Most features that are learned; those that come later are ignored.
    max_classes
        Most classes that are learned; records of those that come later are predicted only.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> Mixture().size, Mixture(delay=10).delay
    ('small', 10)
    """

    size: Literal["small", "large"] = "small"
    clamp: bool = True
    delay: Natural = 0
    max_features: Count = 10_000
    max_classes: Count = 1000

    def __post_init__(self) -> None:
        check(self)
