"""The file system as checkpoints see it: one small protocol, so that tests can make it fail.

Every call that may fail is one method with a plain meaning, and nothing of a checkpoint touches
files in another way. Tests put a disk in its place that counts, fails or loses power.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """System calls by their names; all raise OSError. Descriptors are only passed back."""

    def create(self, path: Path) -> int:
        """Open a file that must not exist yet, mode 0600, for writing; return its descriptor."""
        ...

    def allocate(self, descriptor: int, size: int) -> None:
        """Reserve ``size`` bytes > 0, so that a full disk says so before anything is written."""
        ...

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write a first part of ``data``; return how many bytes that was."""
        ...

    def sync(self, descriptor: int) -> None:
        """Return once what was written is on the medium (fsync). Never call again after OSError."""
        ...

    def close(self, descriptor: int) -> None:
        """Close; also after an OSError the descriptor is gone, never close it again."""
        ...

    def folder(self, path: Path) -> int:
        """Open a folder, to ``sync`` the names in it."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name in one step, in the place of what had that name."""
        ...

    def link(self, old: Path, new: Path) -> None:
        """Give a file a second name, which must not exist yet."""
        ...

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        ...

    def files(self, path: Path) -> dict[str, int]:
        """Return the plain files in a folder by name, and their bytes; links are left out."""
        ...

    def read(self, path: Path, most: int) -> bytes:
        """Return a file's bytes; at most one more than ``most``, which tells that it is larger."""
        ...

    def free(self, path: Path) -> int:
        """Return how many bytes an unprivileged process may still write in a folder."""
        ...


class Posix:
    """The real file system."""

    def create(self, path: Path) -> int:
        """Never follows a link that somebody put in the way."""
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(path, flags, 0o600)

    def allocate(self, descriptor: int, size: int) -> None:
        """Writes zeros where the file system cannot reserve, as the C library does."""
        os.posix_fallocate(descriptor, 0, size)

    def write(self, descriptor: int, data: memoryview) -> int:
        """A short write is no error."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Not fdatasync: a file that grew has a new length, and a folder has only metadata."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Linux frees the descriptor before it reports an error."""
        os.close(descriptor)

    def folder(self, path: Path) -> int:
        """For reading: folders cannot be opened otherwise."""
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def rename(self, old: Path, new: Path) -> None:
        """Atomic within one file system."""
        os.rename(old, new)

    def link(self, old: Path, new: Path) -> None:
        """Raises FileExistsError where the name is taken."""
        os.link(old, new, follow_symlinks=False)

    def unlink(self, path: Path) -> None:
        """The bytes go with the last name."""
        os.unlink(path)

    def files(self, path: Path) -> dict[str, int]:
        """In no particular order."""
        with os.scandir(path) as found:
            plain = (entry for entry in found if entry.is_file(follow_symlinks=False))
            return {entry.name: entry.stat(follow_symlinks=False).st_size for entry in plain}

    def read(self, path: Path, most: int) -> bytes:
        """Never through a link, so that a name in the folder cannot lead out of it."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(most + 1)

    def free(self, path: Path) -> int:
        """What root could still use besides is not counted."""
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize


class Locked(Exception):
    """Another process holds the lock; the message names the file."""


class Lock:
    """One process at a time in a folder: ``flock`` on a file in it, gone with the process.

    The file stays when the lock is released: removing it would let two processes lock two files of
    one name. Not for network file systems that do not carry ``flock``.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises Locked at once where another has it, and OSError."""
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            message = f"{path} is locked: another lrcontrol uses this folder; stop it first"
            raise Locked(message) from None

    def release(self) -> None:
        """Let others in; may be called at any time, once."""
        with suppress(OSError):  # closing is what releases
            os.close(self._descriptor)
