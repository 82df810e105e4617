"""Disks that fail: one that loses power, one that reports errors, one that kills its process."""

from __future__ import annotations

import errno
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lrcontrol.checkpoint.disk import Posix

#: Bytes that a disk writes whole or not at all.
SECTOR = 512
#: Bytes that one write takes at most, so that there are short ones.
SHORT = 3000


class PowerCut(BaseException):
    """The power is gone: nothing handles this, and no later call has any effect."""


class Inode:
    """A file: what the process sees, and what is on the medium for sure."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.synced = b""
        self.dirty = False

    def after_the_cut(self, rng: random.Random) -> Inode:
        """Return one of the legal states: any sectors of any unsynced writes, any length."""
        left = Inode()
        left.data = bytearray(self.synced)
        if self.dirty:
            left.data = bytearray(self._torn(rng))
        left.synced = bytes(left.data)
        return left

    def _torn(self, rng: random.Random) -> bytes:
        share = rng.choice([0.0, 0.5, 0.9, 1.0])
        longest = max(len(self.data), len(self.synced))
        out = bytearray(longest)
        for at in range(0, longest, SECTOR):
            source = self.data if rng.random() < share else self.synced
            part = source[at : at + SECTOR]
            out[at : at + len(part)] = part
        ends = sorted({len(self.data), len(self.synced), rng.randrange(longest + 1)})
        return bytes(out[: rng.choice(ends)])


class PowerDisk:
    """A file system in memory that keeps what was synced, and may lose or reorder the rest.

    More pessimistic than any real one: names need a sync of their folder, every change of a name
    may be kept or lost on its own, and a rename may leave the old name behind as well.
    """

    def __init__(self, rng: random.Random, cut_after: int = 10**9) -> None:
        self._rng = rng
        self.calls_left = cut_after
        self.names: dict[Path, Inode] = {}
        self.durable: dict[Path, Inode] = {}
        self.pending: list[tuple[Path | None, Path | None, Inode]] = []  # gone, new, which file
        self.open: dict[int, Any] = {}
        self._next = 3

    def after_the_cut(self) -> PowerDisk:
        """Return the disk as the next start may find it."""
        found, rng = PowerDisk(self._rng), self._rng
        names, share = dict(self.durable), rng.choice([0.0, 0.5, 1.0])
        for gone, new, inode in self.pending:
            if rng.random() >= share:
                continue
            if gone is not None and names.get(gone) is inode and rng.random() < 0.9:
                del names[gone]
            if new is not None:
                names[new] = inode
        left = {id(i): i.after_the_cut(rng) for i in {id(i): i for i in names.values()}.values()}
        found.names = {path: left[id(inode)] for path, inode in names.items()}
        found.durable = dict(found.names)
        return found

    def _call(self) -> None:
        if self.calls_left <= 0:
            raise PowerCut
        self.calls_left -= 1

    def create(self, path: Path) -> int:
        self._call()
        if path in self.names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        inode = self.names[path] = Inode()
        self.pending.append((None, path, inode))
        return self._opened(inode)

    def _opened(self, what: Any) -> int:
        self._next += 1
        self.open[self._next] = what
        return self._next

    def allocate(self, descriptor: int, size: int) -> None:
        self._call()
        inode = self.open[descriptor]
        inode.data.extend(bytes(max(size - len(inode.data), 0)))
        inode.dirty, inode.at = True, 0

    def write(self, descriptor: int, data: memoryview) -> int:
        self._call()
        inode = self.open[descriptor]
        count = self._rng.choice([len(data), max(len(data) // 2, 1)])
        inode.data[inode.at : inode.at + count] = data[:count]
        inode.at += count
        inode.dirty = True
        return count

    def sync(self, descriptor: int) -> None:
        self._call()
        what = self.open[descriptor]
        if isinstance(what, Inode):
            what.synced, what.dirty = bytes(what.data), False
        else:
            self.durable, self.pending = dict(self.names), []

    def close(self, descriptor: int) -> None:
        self._call()
        del self.open[descriptor]

    def folder(self, path: Path) -> int:
        self._call()
        return self._opened(path)

    def rename(self, old: Path, new: Path) -> None:
        self._call()
        inode = self.names[new] = self.names.pop(old)
        self.pending.append((old, new, inode))

    def link(self, old: Path, new: Path) -> None:
        self._call()
        if new in self.names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        inode = self.names[new] = self.names[old]
        self.pending.append((None, new, inode))

    def unlink(self, path: Path) -> None:
        self._call()
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        self.pending.append((path, None, self.names.pop(path)))

    def files(self, path: Path) -> dict[str, int]:
        return {p.name: len(i.data) for p, i in self.names.items() if p.parent == path}

    def read(self, path: Path, most: int) -> bytes:
        return bytes(self.names[path].data[: most + 1])

    def free(self, path: Path) -> int:
        return 2**40


class Watched(Posix):
    """The real file system; ``before(name)`` is called before each call and may raise or kill.

    Notes what must never happen: a second sync of a descriptor whose sync failed, a descriptor
    that is used after it was closed, and one that is never closed.
    """

    def __init__(self, before: Callable[[str], None]) -> None:
        self._before = before
        self.calls: list[str] = []
        self.open: set[int] = set()
        self.failed: set[int] = set()

    def _watch(self, name: str) -> None:
        self.calls.append(name)
        self._before(name)

    def create(self, path: Path) -> int:
        self._watch("create")
        return self._opened(super().create(path))

    def folder(self, path: Path) -> int:
        self._watch("folder")
        return self._opened(super().folder(path))

    def _opened(self, descriptor: int) -> int:
        self.open.add(descriptor)
        self.failed.discard(descriptor)
        return descriptor

    def allocate(self, descriptor: int, size: int) -> None:
        self._watch("allocate")
        super().allocate(descriptor, size)

    def write(self, descriptor: int, data: memoryview) -> int:
        self._watch("write")
        return super().write(descriptor, data[:SHORT])

    def sync(self, descriptor: int) -> None:
        assert descriptor in self.open
        assert descriptor not in self.failed, "a second fsync after a failed one"
        try:
            self._watch("sync")
        except OSError:
            self.failed.add(descriptor)
            raise
        super().sync(descriptor)

    def close(self, descriptor: int) -> None:
        self.open.remove(descriptor)  # KeyError: closed twice
        super().close(descriptor)  # an error of close comes after the descriptor is gone
        self._watch("close")

    def rename(self, old: Path, new: Path) -> None:
        self._watch("rename")
        super().rename(old, new)

    def link(self, old: Path, new: Path) -> None:
        self._watch("link")
        super().link(old, new)

    def unlink(self, path: Path) -> None:
        self._watch("unlink")
        super().unlink(path)


class Fault:
    """Fails the ``k``-th call (from 0) of a ``Watched`` disk, once or from then on."""

    def __init__(self, at: int, number: int, persistent: bool) -> None:
        self._left, self._number, self._persistent = at, number, persistent
        self.hit = False
        self.armed = False

    def __call__(self, name: str) -> None:
        if not self.armed:
            return
        self._left -= 1
        if self._left == -1 or (self._left < -1 and self._persistent):
            self.hit = True
            raise OSError(self._number, os.strerror(self._number))


def kill_at(k: int) -> Callable[[str], None]:
    """Return what kills the process before the ``k``-th call (from 0), as kill -9 would."""
    left = iter(range(k, -1, -1))

    def before(name: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return before
