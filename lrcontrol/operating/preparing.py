"""Compiling ahead of the first record, and saying so: it takes seconds, once after each update."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from lrcontrol.kernels import available
from lrcontrol.loop import Loop


def prepare(loop: Loop, model: str, alive: Callable[[], None]) -> None:
    """Do what the first record of ``loop`` would wait for; log what is being compiled.

    ``alive`` is called before and after each kernel: whoever watches must not take it for hung.
    """
    if not loop.learner.at_once or not available():
        loop.prepare()
        return
    from lrcontrol.kernels.telling import telling  # loads the compiler

    log = structlog.get_logger("lrcontrol")

    def tell(name: str, seconds: float | None) -> None:
        alive()
        if seconds is None:
            log.info("compiling", model=model, kernel=name, why="once, after an update")
        else:
            log.info("compiled", model=model, kernel=name, seconds=round(seconds, 1))

    with telling(tell):
        loop.prepare()
