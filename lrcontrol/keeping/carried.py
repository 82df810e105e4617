"""What linear models have learned, carried over from a checkpoint of other versions.

A pickle is read by the very River that wrote it. The portable form of a linear model is not bound
to one: a new model is given it, and goes on at the rate and at the place in the stream where the
old one was. The controller, the averages of the loss and the guard begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lrcontrol.assembly import loop_of
from lrcontrol.checkpoint import portable, probe
from lrcontrol.checkpoint.content import (
    Checkpoint,
    check_config,
    portables,
    probes,
    versions,
)
from lrcontrol.checkpoint.frame import unseal
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.config.identity import identity
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.settings import Settings
from lrcontrol.loop import Loop

#: Why a checkpoint may be refused that another version wrote, though it is whole.
OF_VERSIONS = ("versions", "content", "probe")


def carry(data: bytes, keys: list[bytes], settings: Settings, refusal: Unusable) -> Checkpoint:
    """Return what can be gone on with of a checkpoint that was refused: positions and new loops.

    Raises ``refusal`` where it was not for other versions, or where a model has no portable form;
    Unusable where the portable form does not fit the models or they answer otherwise with it.
    """
    if refusal.reason not in OF_VERSIONS:
        raise refusal
    frame = unseal(data, keys)
    if frame.meta.get("versions") == versions():
        raise refusal
    described = portables(frame)
    if not described:
        raise refusal
    check_config(frame.meta.get("config"), identity(settings))
    rates, asked = frame.meta.get("rates", {}), probes(frame)
    loops = {}
    for name, model in settings.models.items():
        given, rate = described[name], rates.get(name)
        probe.verify_near(_loop(model, given, rate), asked(name))
        loops[name] = _loop(model, given, rate)
    return Checkpoint(frame.meta, loops)


def _loop(settings: ModelSettings, described: Mapping[str, Any], rate: float | None) -> Loop:
    held = settings.held
    if rate is not None and held.low <= rate <= held.high:
        settings = replace(settings, initial_rate=rate)
    model = settings.build()
    try:
        portable.apply(described, model)
    except (KeyError, AttributeError, TypeError, ValueError) as error:  # of another River
        detail = f"what it learned cannot be given to this version's: {error!r}"
        raise Unusable("content", detail) from error
    return loop_of(settings, model)
