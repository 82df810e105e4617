"""The actuator: one gain that every optimizer of a model reads its rate from.

River asks a Scheduler for the rate at every step, so an outside controller needs no patch, only a
Scheduler whose value it may set. The difficulty is to stay wired: models copy their optimizers
inside (a label, a leaf, an ensemble member), so a gain returns itself from copy and clone, and the
one who owns model and gain calls ``renew`` when it copies both.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, Self

from river import optim

from lrcontrol.checks import Invalid, Range
from lrcontrol.slots import Slot, find

#: Slots per group that ``read_back`` asks, the nearest to the model: all slots share one gain, so a
#: few tell; and holding on to the leaves of a tree would keep them alive after it has dropped them.
READ_BACK = 4

_POSITIVE = Range(above=0)


class NotSteerable(ValueError):
    """The model has no optimizer whose rate can be set; the message lists what was found."""


class Gain(optim.base.Scheduler):
    """The scheduler that holds the rate; setting ``rate`` moves every optimizer wired to it.

    ``copy.deepcopy`` and ``clone`` return the gain itself: copies that a model makes of its parts
    stay wired. To copy a model as a whole, with a gain of its own, see ``renew``. Pickled together
    with its model it is still one object after loading.

    Parameters
    ----------
    rate
        The rate in force, finite and > 0. Setting anything else raises ``Invalid``, a ValueError.

    Examples
    --------
    >>> from river import optim
    >>> gain = Gain(0.1)
    >>> optimizer = optim.SGD(gain)
    >>> gain.rate = 0.05
    >>> optimizer.learning_rate
    0.05
    >>> gain.rate = float("nan")
    Traceback (most recent call last):
    ...
    lrcontrol.checks.Invalid: rate: must be finite, got nan
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate

    @property
    def rate(self) -> float:
        """The rate in force."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        rate = float(rate)  # a NumPy scalar would turn weights and predictions into NumPy scalars
        problem = _POSITIVE.problem(rate)
        if problem:
            raise Invalid(("rate", problem))
        self._rate = rate

    def get(self, t: int) -> float:
        """Return the rate, whatever the iteration ``t``; read once per feature by some models."""
        return self._rate

    def clone(
        self, new_params: dict[str, Any] | None = None, include_attributes: bool = False
    ) -> Self:
        """Return the gain itself."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __repr__(self) -> str:
        return f"Gain(rate={self._rate!r})"


def renew(gain: Gain, memo: dict[int, Any]) -> Gain:
    """Make a deep copy in progress use a new gain in place of ``gain``; return the new one.

    For the ``__deepcopy__`` of whatever owns a model and its gain: ``copy.deepcopy`` looks in
    ``memo`` before it asks an object to copy itself. Called twice with one memo (owners nest) it
    returns the same gain.

    >>> gain, memo = Gain(0.1), {}
    >>> twin = renew(gain, memo)
    >>> copy.deepcopy([gain], memo)[0] is twin is not gain
    True
    """
    if id(gain) not in memo:
        memo[id(gain)] = copy.copy(gain)
    twin: Gain = memo[id(gain)]
    return twin


@dataclass(frozen=True)
class Attachment:
    """A gain and what it steers.

    ``slots`` counts the steered attributes by readable name, ``refused`` says what cannot be
    steered and why (left as it was), ``replaced`` names the schedules of the user's that gave way
    to the gain. All three describe the moment of ``attach``; parts born later are steered too.
    """

    gain: Gain
    slots: Mapping[str, int]
    refused: Mapping[str, str]
    replaced: tuple[str, ...]
    asked: tuple[Slot, ...] = field(repr=False)

    def read_back(self) -> dict[str, float]:
        """Return the rate in force by group (weights, intercept), as the optimizers report it.

        NaN where they differ: something else has been wired into the model. 2 us, or 8 for an
        ensemble: for once a block. Models without an adjustable intercept have no such group.
        """
        rates: dict[str, float] = {}
        for slot in self.asked:
            rate = slot.rate()
            rates[slot.group] = rate if rates.get(slot.group, rate) == rate else nan
        return rates


def attach(model: Any, rate: float) -> Attachment:
    """Wire every optimizer of ``model``, and its intercept, to one new gain at ``rate``.

    Schedulers in the model give way, also gains of an earlier attachment (as in a clone, which
    therefore has to be attached again). Nothing is changed when it raises.

    Raises ``NotSteerable`` when no weight of the model would follow, ``Invalid`` (a ValueError)
    when ``rate`` is not finite and > 0.

    Momentum coasts on after the rate went down; what it has stored does not answer to the gain.

    Examples
    --------
    >>> from river import linear_model, optim, preprocessing
    >>> attachment = attach(preprocessing.StandardScaler() | linear_model.LogisticRegression(), 0.1)
    >>> attachment.slots
    {'LogisticRegression.intercept_lr': 1, 'LogisticRegression.optimizer.lr': 1}
    >>> attachment.gain.rate = 0.02
    >>> attachment.read_back()
    {'intercept': 0.02, 'weights': 0.02}
    >>> attach(linear_model.LinearRegression(optim.AdaDelta()), 0.1)
    Traceback (most recent call last):
    ...
    lrcontrol.gain.NotSteerable: LinearRegression has no optimizer whose rate can be set:
    LinearRegression.optimizer (AdaDelta): it derives its steps from rho and never reads a rate
    """
    gain = Gain(rate)
    slots, refused = find(model)
    if not any(slot.group == "weights" for slot in slots):
        found = "; ".join(f"{path}: {why}" for path, why in refused.items()) or "none found"
        what = type(model).__name__
        raise NotSteerable(f"{what} has no optimizer whose rate can be set: {found}")
    if any(isinstance(slot.owner, Attachment) for slot in slots):
        raise NotSteerable("a part of the model is under control already; control one of the two")
    replaced = tuple(sorted({_schedule(slot) for slot in slots} - {""}))
    for slot in slots:
        setattr(slot.owner, slot.name, gain)
    counts = Counter(slot.path for slot in slots)
    return Attachment(gain, dict(counts), refused, replaced, _nearest(slots))


def _schedule(slot: Slot) -> str:
    """Name a schedule that means something by itself; a constant is only a start rate."""
    if isinstance(slot.scheduler, (Gain, optim.schedulers.Constant)):
        return ""
    return f"{slot.path}: {type(slot.scheduler).__name__}"


def _nearest(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    groups = {slot.group: None for slot in slots}
    return tuple(
        slot for group in groups for slot in [s for s in slots if s.group == group][:READ_BACK]
    )
