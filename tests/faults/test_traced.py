"""A checkpoint's own system calls, each killed at or failed by strace: nothing durable is lost."""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import require
from faults.folder import found, pieces, store
from faults.tier import NIGHTLY
from faults.traced import CALLS, MOST, synced_again, traced

from lrcontrol.checkpoint.disk import Posix

#: Checkpoints of one life: with two kept, the fourth removes the first ones.
STEPS = 5
#: A full disk fails neither of the last two; the nightly tier tries all the same.
ERRORS = [("EIO", call) for call in CALLS] + [
    ("ENOSPC", call) for call in CALLS if NIGHTLY or call not in ("close", "unlink")
]


@pytest.fixture(scope="module")
def strace() -> str:
    return require("strace", "strace")


def work(folder: Path, page: mmap.mmap) -> None:
    """Write checkpoints; tell in shared memory, without a system call, which are durable."""
    shelf = None
    for step in range(1, STEPS + 1):
        with suppress(OSError):
            shelf = shelf or store(folder, Posix())
            entry = shelf.write(pieces(step))
            page[0] = step
            if step == 2:
                shelf.pin(entry)


def lived(strace: str, folder: Path, *injected: str):
    folder.mkdir()
    page = mmap.mmap(-1, mmap.PAGESIZE)
    # The modules and code that the first use of anything loads are no calls of a checkpoint.
    ended = traced(strace, folder, lambda: work(folder, page), *injected)
    return ended, page[0]


def recovered(folder: Path, reported: int, where: str) -> None:
    after = found(store(folder, Posix()))
    assert (after.value if after else 0) >= reported, where
    assert not [name for name in os.listdir(folder) if name.endswith(".tmp")], where
    shelf = store(folder, Posix())
    shelf.write(pieces(100))  # the disk is well: as if nothing had been
    again = found(store(folder, Posix()))
    assert again is not None
    assert again.value == 100, where


@pytest.mark.parametrize("call", CALLS)
def test_kill_9_at_each_system_call_of_five_checkpoints(strace, tmp_path, call):
    for k in range(1, MOST):
        folder = tmp_path / str(k)
        ended, reported = lived(strace, folder, f"{call}:signal=KILL:when={k}")
        recovered(folder, reported, f"{call} {k}")
        if not ended.killed:
            assert reported == STEPS
            break
    assert k > 1, "the call was never made"
    assert not ended.killed


@pytest.mark.parametrize(("error", "call"), ERRORS)
@pytest.mark.parametrize("lasts", ["", "+"], ids=["once", "on"])
def test_an_error_of_each_system_call_of_five_checkpoints(strace, tmp_path, call, error, lasts):
    for k in range(1, MOST):
        folder = tmp_path / str(k)
        ended, reported = lived(strace, folder, f"{call}:error={error}:when={k}{lasts}")
        assert ended.code == 0, ended.trace  # nothing but OSError comes out of it
        assert synced_again(ended.trace) == []
        recovered(folder, reported, f"{call} {k}{lasts}")
        if not ended.hit:
            assert reported == STEPS
            break
    assert k > 1, "the call was never made"
    assert not ended.hit
