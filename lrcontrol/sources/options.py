"""The options that every source shares, put around it: how often, how many, how fast."""

from __future__ import annotations

from collections.abc import Callable

from lrcontrol.sources.base import Source
from lrcontrol.sources.limited import Limited
from lrcontrol.sources.paced import Paced
from lrcontrol.sources.repeated import Repeated


def wrapped(
    make: Callable[[], Source],
    *,
    speed: float | None = None,
    limit: int | None = None,
    repeat: int = 1,
) -> Source:
    """Return the source that ``make`` makes, with what is asked for around it.

    ``limit`` counts over all repetitions. What is not asked for is not there and costs nothing.
    """
    source = make() if repeat == 1 else Repeated(make, repeat)
    if limit is not None:
        source = Limited(source, limit)
    return source if speed is None else Paced(source, speed)
