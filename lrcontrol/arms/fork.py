"""Copies of a served model with a gain of their own, made without touching it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from lrcontrol.checkpoint.pickling import dumps
from lrcontrol.gain import Attachment, Gain, renew
from lrcontrol.learners.copies import Copy


def forks(model: Any, gain: Gain, count: int) -> list[Copy]:
    """Return copies of ``model``, each wired to a gain of its own at the rate of ``gain``.

    Model and gain are copied as one, so that parts born later are steered too. Not by ``deepcopy``
    where there is another way: that takes ten times as long and slows the model down for good (see
    ``attributes``).
    """
    return [Copy(Attachment(twin, {}, {}, (), ()), own) for own, twin in _twins(model, gain, count)]


def _twins(model: Any, gain: Gain, count: int) -> list[tuple[Any, Gain]]:
    try:
        data = dumps((model, gain))
    except (pickle.PicklingError, TypeError, AttributeError):  # a lambda, a lock, a local class
        return [_deep(model, gain) for _ in range(count)]
    return [pickle.loads(data) for _ in range(count)]


def _deep(model: Any, gain: Gain) -> tuple[Any, Gain]:
    memo: dict[int, Any] = {}
    twin = renew(gain, memo)
    return copy.deepcopy(model, memo), twin
