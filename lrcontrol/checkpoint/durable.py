"""Writing a file so that after a crash or a power cut it is there in full or not at all.

The order: a new file under a temporary name, its space reserved, all bytes, fsync, the final name,
fsync of the folder. Only then is it durable. (Pillai et al. 2014, "All file systems are not
created equal", name what goes wrong with any of these left out.)

Once an fsync has failed the kernel may have thrown the dirty pages away, and a second one on the
same descriptor reports success for data that is gone. So it is never tried: the file is dropped.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lrcontrol.checkpoint.disk import Disk

#: What a file is called until its name counts.
UNFINISHED = ".tmp"


def write_durably(disk: Disk, path: Path, pieces: Sequence[bytes]) -> None:
    """Write ``pieces`` one after the other to ``path``, replacing what was there.

    Returns only when the file would survive a power cut. Raises OSError otherwise; then nothing
    of this attempt counts, and what was at ``path`` before is whole. After a failure of the very
    last step the new file may be there all the same: whole, but not known to be durable.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    descriptor = disk.create(unfinished)
    try:
        _fill(disk, descriptor, pieces)
        disk.rename(unfinished, path)
    except OSError:
        with suppress(OSError):  # the next start removes it
            disk.unlink(unfinished)
        raise
    sync_folder(disk, path.parent)


def sync_folder(disk: Disk, path: Path) -> None:
    """Return once the names in a folder are on the medium. Raises OSError."""
    descriptor = disk.folder(path)
    try:
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)


def _fill(disk: Disk, descriptor: int, pieces: Sequence[bytes]) -> None:
    try:
        disk.allocate(descriptor, max(sum(map(len, pieces)), 1))
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[_written(disk, descriptor, rest) :]
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)


def _written(disk: Disk, descriptor: int, rest: memoryview) -> int:
    count = disk.write(descriptor, rest)
    if count <= 0:  # POSIX leaves it open; without this the loop would have no exit
        raise OSError(errno.EIO, "nothing could be written")
    return count
