"""Many fixed and traced rates of the user's own optimizer side by side, the leader served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lrcontrol.checks import Count, Range, check
from lrcontrol.control.base import PerRecord


@dataclass(frozen=True)
class Bank(PerRecord):
    """Serve whichever rate leads, of many that learn each record side by side.

    For linear, logistic and softmax regression on SGD, Adam, AdaGrad or RMSProp: the rates share
    one compiled kernel, which costs less than River's loop with one. SGD: 14 fixed rates from 1e-5
    to 10^1.5, each under the ceiling ``rate / (1 + rate c |x|^2)``, and two traces. Adam, AdaGrad,
    RMSProp: 31 fixed rates from 1e-6 to 10^1.5, for their rate curves have cliffs, and two
    traces under a ceiling that knows what the optimizer divides by. The start rate is where the
    traces begin, and the fixed rate nearest to it is served first.

    After each record, with l the members' losses on it::

        F <- F (1 - 1/memory) + min((l - min l) / (2 s), 50)

    where s is a running mean of the served l for squared loss; for log loss the bare difference
    counts, as if one label in t + 2 were another (a member sure of the first class must not lead
    until the second comes).
    Another member is served when the served F is above the least by more than ``switch`` (less in
    the first 200 records). Its weights and its optimizer's state then are the River model's.

    Limits that are given leave only the fixed rates within them, and no trace.

    Not for models without a kernel (use ``Race``), nor without a compiler: plain numpy takes 20 to
    50 times as long. Fails on streams of a few hundred records, where the start decides. What is
    served has no single rate over time: it jumps when the leader changes.

    Parameters
    ----------
    memory
        Records that the comparison looks back. Longer is calmer; shorter follows a world in which
        the best rate changes.
    switch
        How far ahead another member must be to be served.
    clamp
        Whether a served regression prediction is cut to the range of the labels seen so far;
        learning is untouched.
    fallback
        Whether the running mean of the labels, or the shares of the classes, is served while the
        leader does worse than these; learning is untouched.

    Raises ``Invalid`` for a field out of range.

    Examples
    --------
    >>> Bank().memory, Bank(switch=1.0).switch
    (1000, 1.0)
    """

    memory: Annotated[Count, Range(at_least=2)] = 1000
    switch: Annotated[float, Range(at_least=0)] = 0.5
    clamp: bool = True
    fallback: bool = True

    def __post_init__(self) -> None:
        check(self)
