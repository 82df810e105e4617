"""Stopping on a signal: the first asks, the second insists.

Imported and installed before anything heavy: a signal that arrives while River is being imported
(seconds) would otherwise kill the process outright, or be lost where it is PID 1.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether somebody asked the process to stop; read between two blocks."""

    def __init__(self) -> None:
        self.requested = False
        self.signal = ""

    def install(self) -> Stop:
        """Take SIGTERM and SIGINT; only the main thread may call this."""
        for number in STOPPING:
            signal.signal(number, self._receive)
        return self

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            # Nothing is flushed on purpose: whoever asks twice wants it gone now.
            os._exit(128 + number)
        self.requested = True
        self.signal = signal.Signals(number).name
