"""Who is in a bank: which rates are fixed, which traced, and which member is served first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.steps import Optimizer
from lrcontrol.kernels.trace import PROTOTYPE, TRACE, Law

#: Fading factors of a trace pair: a short horizon and a long one.
Horizons = tuple[float, float]

#: Half decades are enough for SGD under its ceiling, whose rate curves are flat at the top.
SGD_RATES = tuple((10.0 ** (-5.0 + np.arange(14) / 2.0)).tolist())
#: Rate curves of Adam, AdaGrad and RMSProp have cliffs, which half decades miss; on raw features
#: of 1e3 and more the best rates of Adam are near 1e-6.
FINE_RATES = tuple((10.0 ** (-6.0 + np.arange(31) / 4.0)).tolist())
#: The second traced member sees one horizon between the two of the first.
MIDDLE: Horizons = (0.99, 0.99)


class Members(NamedTuple):
    """The members of a bank, the fixed ones first.

    ``rates`` of the fixed; whether they are under the ``ceiling`` th / (1 + th c |x|^2); ``starts``
    and ``horizons`` of the traced, and the ``law`` they follow; the index of the one ``served``
    first.
    """

    rates: tuple[float, ...]
    ceiling: bool
    starts: tuple[float, ...]
    horizons: tuple[Horizons, ...]
    served: int
    law: Law = TRACE

    @property
    def names(self) -> tuple[str, ...]:
        """One name a member, for status and metrics."""
        traces = [f"trace {i}" for i in range(1, len(self.starts) + 1)]
        return (*(f"{rate:.3g}" for rate in self.rates), *traces)


def plain(rate: float) -> Members:
    """Return one member at a fixed rate: the River model as it is."""
    return Members((rate,), False, (), (), 0)


def trace(rate: float) -> Members:
    """Return one member whose rate the trace controller moves, from ``rate``."""
    return Members((), False, (rate,), (TRACE.lam,), 0)


def bank(optimizer: Optimizer, rate: float, low: float = 0.0, high: float = np.inf) -> Members:
    """Return the members that cover all rates for an optimizer.

    ``rate``, the user's start, is where the traced members begin; the fixed one nearest to it is
    served first. Where ``low`` and ``high`` leave rates out there is no trace, which would not heed
    them, and ``rate`` is one of the fixed.

    >>> from lrcontrol.kernels.members import bank
    >>> bank("SGD", 0.01).names[:3], bank("SGD", 0.01).served, len(bank("Adam", 0.01).names)
    (('1e-05', '3.16e-05', '0.0001'), 6, 33)
    """
    rates = SGD_RATES if optimizer == "SGD" else FINE_RATES
    held = tuple(r for r in rates if low <= r <= high)
    if len(held) < len(rates):
        held = tuple(sorted({*held, rate}))
        return Members(held, optimizer == "SGD", (), (), held.index(rate))
    nearest = int(np.abs(np.log(rates) - np.log(rate)).argmin())
    law = TRACE if optimizer == "SGD" else PROTOTYPE
    return Members(rates, optimizer == "SGD", (rate, rate), (law.lam, MIDDLE), nearest, law)
