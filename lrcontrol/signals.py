"""Signals: the first to stop asks, the second insists; a hang-up asks to read the file again.

Imported and installed before anything heavy: a signal that arrives while River is being imported
(seconds) would otherwise kill the process outright, or be lost where it is PID 1.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether somebody asked the process to stop, or to reload; read between two blocks.

    ``reload`` is for the reader to set back.
    """

    def __init__(self) -> None:
        self.requested = False
        self.signal = ""
        self.reload = False

    def install(self) -> Stop:
        """Take SIGTERM, SIGINT and SIGHUP; only the main thread may call this."""
        for number in STOPPING:
            signal.signal(number, self._receive)
        signal.signal(signal.SIGHUP, self._hung_up)
        return self

    def let_hang_up(self) -> None:
        """Let a hang-up end the process again: for commands that have nothing to reload."""
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def _hung_up(self, number: int, frame: FrameType | None) -> None:
        self.reload = True

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            # Nothing is flushed on purpose: whoever asks twice wants it gone now.
            os._exit(128 + number)
        self.requested = True
        self.signal = signal.Signals(number).name
