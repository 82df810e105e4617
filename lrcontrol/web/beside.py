"""Keep a thread on the processor that another one runs on.

Two threads of Python never run at once: they hand the interpreter back and forth. Where each is on
a processor of its own, handing over wakes the other one, and moves all that Python touches (counts
of references above all) from cache to cache. Rejected: pinning both to a fixed processor, which
others may be using.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

#: Of the thread that reads it; what follows the name, which may hold anything, is by position.
STAT = Path("/proc/thread-self/stat")
PROCESSOR = 36


class Beside:
    """Lets the thread of native id ``thread`` follow the one that calls ``come``.

    Nothing happens where the system has no affinities of threads (anything but Linux).
    """

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._there = -1
        self._able = hasattr(os, "sched_setaffinity") and STAT.exists()

    def come(self) -> None:
        """Have the thread run where the caller runs now; 20 us, less where nothing has changed."""
        if not self._able:
            return
        here = int(STAT.read_bytes().rpartition(b")")[2].split()[PROCESSOR])
        if here != self._there:
            self._there = here
            with suppress(OSError):  # it has ended
                os.sched_setaffinity(self._thread, {here})
