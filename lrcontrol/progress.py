"""Progress where no one watches a terminal: a log line now and then, and one for each failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lrcontrol.status import ModelStatus, Status

#: Seconds between two lines of a model: a day of a daemon is 1,440 of them.
EVERY = 60.0
#: The first one comes sooner: whoever just started it wants to see that it learns.
FIRST = 5.0


class Progress:
    """Logs each model's figures, at most once in ``EVERY`` seconds of ``clock`` (monotonic)."""

    def __init__(self, log: Any, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._due = clock() + FIRST

    def show(self, status: Status) -> None:
        """Log ``status`` if a line is due."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + EVERY
        for model in status.models:
            self._log.info("progress", **figures(model))


def figures(model: ModelStatus) -> dict[str, Any]:
    """Return what a line of progress says of a model."""
    loop = model.loop
    last = loop.last
    return {
        "model": model.name,
        "state": model.state,
        "records": loop.steps,
        "refused": sum(loop.rejected.values()),
        "loss": loop.loss_sum / loop.loss_count if loop.loss_count else None,
        "recent_loss": loop.fast if last else None,
        "baseline": loop.baseline_sum / loop.baseline_count if loop.baseline_count else None,
        "rate": loop.rate,
        "decision": f"{last.action}: {last.reason}" if last else None,
    }
