"""Work in a fork under strace, which kills it or fails its system calls where it is told to."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .forks import forked

#: What a checkpoint is made of; others are neither counted nor shown.
CALLS = ("openat", "fallocate", "write", "fsync", "close", "rename", "linkat", "unlink")
#: Calls of one name after which a loop over them must have ended.
MOST = 200


class Ended(NamedTuple):
    """How the work ended, and what strace saw of it."""

    killed: bool
    code: int
    trace: str

    @property
    def hit(self) -> bool:
        """Whether a call was failed, or the work killed at one."""
        return self.killed or "(INJECTED)" in self.trace


def traced(strace: str, folder: Path, what: Callable[[], None], *injected: str) -> Ended:
    """Run ``what`` in a fork under strace; ``injected`` as its option ``inject``.

    Counts of ``when`` are of one thread each. Raises AssertionError where strace cannot attach.
    """
    waits, goes = os.pipe()

    def held() -> None:
        os.close(goes)
        os.read(waits, 1)
        what()

    pid = forked(held)
    os.close(waits)
    out = folder.with_suffix(".trace")
    try:
        tracer = attach(strace, pid, out, *injected)
    finally:
        os.close(goes)  # lets it begin
    _, status = os.waitpid(pid, 0)
    tracer.communicate()
    killed = os.WIFSIGNALED(status)
    return Ended(killed, -1 if killed else os.WEXITSTATUS(status), out.read_text())


def attach(strace: str, pid: int, out: Path, *injected: str) -> subprocess.Popen[str]:
    """Attach to a process and its threads; interrupted (SIGINT), strace leaves it as it was."""
    options = [option for one in injected for option in ("-e", f"inject={one}")]
    command = [strace, "-f", "-y", "-o", str(out), "-e", f"trace={','.join(CALLS)}", *options]
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    assert "attached" in said, f"strace: {said}"
    return tracer


def synced_again(trace: str) -> list[str]:
    """Return the fsyncs of a descriptor whose last one failed: there must be none.

    >>> synced_again("9 fsync(5</a>) = -1 EIO\\n9 close(5</a>) = 0\\n9 fsync(5</b>) = 0\\n")
    []
    >>> synced_again("9 fsync(5</a>) = -1 EIO\\n9 fsync(5</a>) = 0\\n")
    ['9 fsync(5</a>) = 0']
    """
    failed: set[str] = set()
    again = []
    for line in trace.splitlines():
        found = re.search(r"(fsync|close)\((\d+)<[^)]*\)\s+= (-?\d+)", line)
        if not found:
            continue
        name, descriptor, result = found.groups()
        if name == "close":
            failed.discard(descriptor)
        elif descriptor in failed:
            again.append(line)
        elif result != "0":
            failed.add(descriptor)
    return again
