"""Copies of a served model with a gain of their own, made without touching it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from typing import Any

from lrcontrol.checkpoint.pickling import dumps
from lrcontrol.gain import Attachment, Gain, renew
from lrcontrol.learners.copies import Copy


def forks(model: Any, gain: Gain, rates: Sequence[float]) -> list[Copy]:
    """Return a copy of ``model`` for each of ``rates``, wired to a gain at that rate.

    Model and gain are copied as one, so that parts born later are steered too. Not by ``deepcopy``
    where there is another way: that takes ten times as long and slows the model down for good (see
    ``attributes``).
    """
    return [_wired(twin, its_gain, rate) for rate, (twin, its_gain) in _twins(model, gain, rates)]


def _twins(model: Any, gain: Gain, rates: Sequence[float]) -> Any:
    try:
        data = dumps((model, gain))
    except (pickle.PicklingError, TypeError, AttributeError):  # a lambda, a lock, a local class
        return [(rate, _deep(model, gain)) for rate in rates]
    return [(rate, pickle.loads(data)) for rate in rates]


def _deep(model: Any, gain: Gain) -> tuple[Any, Gain]:
    memo: dict[int, Any] = {}
    twin = renew(gain, memo)
    return copy.deepcopy(model, memo), twin


def _wired(model: Any, gain: Gain, rate: float) -> Copy:
    gain.rate = rate
    return Copy(Attachment(gain, {}, {}, (), ()), model)
