"""A disk that reports errors: nothing durable is lost, nothing that failed is called good."""

from __future__ import annotations

import errno
import os
import signal
from contextlib import suppress

import pytest
from faults.disks import Fault, Watched, kill_at
from faults.folder import found, pieces, store, write

#: Good checkpoints before the fault.
BEFORE = 4
#: Calls of a write, a pin and a prune at most; beyond the last one nothing is hit, which ends it.
MOST_CALLS = 80


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_an_error_at_any_call_leaves_what_was_durable_and_is_over_when_the_disk_is_well(
    tmp_path, number, persistent
):
    for k in range(MOST_CALLS):
        folder = tmp_path / str(k)
        folder.mkdir()
        fault = Fault(k, number, persistent)
        disk = Watched(fault)
        shelf = store(folder, disk)
        for step in range(1, BEFORE + 1):
            write(shelf, step)
        fault.armed, reported = True, BEFORE
        for step in range(BEFORE + 1, BEFORE + 4):
            with suppress(OSError):
                shelf.write(pieces(step))
                reported = step
        fault.armed = False
        assert not disk.open, "a descriptor was left open"
        after = found(store(folder, Watched(lambda name: None)))
        assert after is not None
        assert after.value >= reported
        assert write(shelf, 100).sequence > 0  # well again: as if nothing had been
        again = found(store(folder, disk))
        assert again is not None
        assert again.value == 100
        if not fault.hit:
            break
    assert k > 20, "the calls of a write were not all reached"
    assert not fault.hit


def test_a_full_disk_is_seen_before_anything_is_written(tmp_path):
    class Full(Watched):
        def free(self, path):
            return 1000

    disk = Full(lambda name: None)
    shelf = store(tmp_path, disk)
    before = len(disk.calls)
    with pytest.raises(OSError, match="1000 bytes are free") as failed:
        shelf.write(pieces(1))
    assert failed.value.errno == errno.ENOSPC
    assert len(disk.calls) == before


def test_a_write_that_writes_nothing_ends_with_an_error(tmp_path):
    class Deaf(Watched):
        def write(self, descriptor, data):
            return 0

    with pytest.raises(OSError, match="nothing could be written"):
        store(tmp_path, Deaf(lambda name: None)).write(pieces(1))
    assert list(tmp_path.iterdir()) == []


def test_kill_9_at_any_call_leaves_the_last_reported_checkpoint_or_a_newer_one(tmp_path):
    for k in range(400):
        folder = tmp_path / str(k)
        folder.mkdir()
        reported, killed = _killed(folder, k)
        after = found(store(folder, Watched(lambda name: None)))
        assert (after.value if after else 0) >= reported, f"call {k}"
        assert not [name for name in os.listdir(folder) if name.endswith(".tmp")]
        if not killed:
            break
    assert k > 70, "the calls of seven writes were not all reached"
    assert not killed


def _killed(folder, k) -> tuple[int, bool]:
    """Write seven checkpoints in a process that dies at a call; return the last step reported."""
    theirs, ours = os.pipe()
    child = os.fork()
    if child == 0:
        shelf = store(folder, Watched(kill_at(k)))
        for step in range(1, 8):
            shelf.write(pieces(step))
            os.write(ours, bytes([step]))
            if step % 3 == 0:
                shelf.pin(shelf.entries[0])
        os._exit(0)
    os.close(ours)
    with os.fdopen(theirs, "rb") as said:
        reported = max(said.read(), default=0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    assert not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGKILL
    return reported, os.WIFSIGNALED(status)
