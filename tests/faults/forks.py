"""Forks of this process: River is imported once, and a daemon starts in milliseconds."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable


def forked(what: Callable[[], None]) -> int:
    """Run something in a fork of this process; return its id. It ends with 0, or 1 on an error."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        what()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(pid: int) -> bool:
    """Wait for a process; return whether it came to its end (False where it was killed)."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0, "a daemon failed, see above"
    return True


def until(what: Callable[[], bool], longest: float, pid: int) -> None:
    """Wait for something, but no longer than that, nor than the process it is to happen in."""
    until, looks = time.monotonic() + longest, os.WEXITED | os.WNOHANG | os.WNOWAIT
    while not what() and time.monotonic() < until:
        if os.waitid(os.P_PID, pid, looks) is not None:
            return
        time.sleep(0.0001)
