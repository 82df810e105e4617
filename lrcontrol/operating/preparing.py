"""Before the first record: what a model is, said in the log, and its kernel compiled ahead."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from lrcontrol.kernels import available
from lrcontrol.loop import Loop
from lrcontrol.served import Served


def introduce(served: Served) -> None:
    """Log what ``auto`` chose for a model, and whether a record that raises is its end."""
    log, status = structlog.get_logger("lrcontrol"), served.loop.status
    if status.chosen:
        log.info("controller chosen", model=served.name, chosen=status.chosen, why=status.why)
    if not served.recoverable:
        why = "it can be neither pickled nor copied; a record that makes it raise is its end"
        log.warning("model not recoverable", model=served.name, why=why)


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
