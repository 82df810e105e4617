"""The folder of checkpoints: written whole or not at all, the old ones pruned, the good one pinned.

After ``write`` has returned an entry, that checkpoint survives a power cut; before, nothing may be
acknowledged. Older ones go only after that, so that at any instant the last one reported durable
is there. One process at a time: take a ``Lock`` first (``entries`` and ``read`` need none).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from lrcontrol.checkpoint.disk import Disk
from lrcontrol.checkpoint.durable import UNFINISHED, sync_folder, write_durably
from lrcontrol.checkpoint.retention import Entry, Retention
from lrcontrol.checkpoint.unusable import Unusable

#: Says that there has been a durable checkpoint here, and is never removed: an empty folder then
#: means a loss and not a first start.
BEGUN = "begun"
#: Largest checkpoint that is read, bytes: a file that somebody blew up must not exhaust the memory.
LARGEST = 2**30
HOUR = 3600.0


class Store:
    """Checkpoints in a folder.

    Parameters
    ----------
    folder
        An existing folder, of checkpoints alone (other files in it are left untouched).
    disk
        The file system.
    clock
        Seconds since 1970; tells hours apart for retention and nothing else.
    retention
        What is kept.

    Raises OSError where the folder cannot be read or synced.
    """

    def __init__(
        self, folder: Path, disk: Disk, clock: Callable[[], float], retention: Retention
    ) -> None:
        self._folder = folder
        self._disk = disk
        self._clock = clock
        self.retention = retention
        files = disk.files(folder)
        self._held: Entry | None = None
        self._next = 1 + max(map(_sequence, files), default=0)
        self._begun = BEGUN in files
        self._drop_unfinished(files)
        # What a failed sync of an earlier process left here gets a name that lasts, or none at all.
        sync_folder(disk, folder)
        self._sizes = entries(disk, folder)

    @property
    def begun(self) -> bool:
        """Whether a checkpoint has ever been durable here."""
        return self._begun or bool(self._sizes)

    @property
    def entries(self) -> list[Entry]:
        """What there is, newest first; the pinned good one last."""
        return newest_first(self._sizes)

    def read(self, entry: Entry) -> bytes:
        """Return the bytes of a checkpoint, as they are. Raises Unusable."""
        return read(self._disk, self._folder, entry)

    def write(self, pieces: Sequence[bytes]) -> Entry:
        """Write a checkpoint and return it once it is durable; then prune.

        Raises OSError when it is not durable; then nothing has changed that matters, and the next
        attempt is a new file. Never call again for the same attempt.
        """
        size = sum(map(len, pieces))
        free = self._disk.free(self._folder)
        if free < 2 * size:
            text = f"{free} bytes are free in {self._folder}; a checkpoint wants {2 * size}"
            raise OSError(errno.ENOSPC, text)
        entry = Entry(self._next, max(int(self._clock() // HOUR), 0))
        self._next += 1
        path = self._folder / entry.name
        try:
            write_durably(self._disk, path, pieces)
        except OSError:
            with suppress(OSError):  # renamed, but not known to be durable: never called good
                self._disk.unlink(path)
            raise
        self._sizes[entry] = size
        self._begin()
        self.prune()
        return entry

    def pin(self, entry: Entry) -> Entry:
        """Keep a checkpoint as the good one in the place of the last; return it under that name.

        A second name of the same file, so the two cannot disagree. Raises OSError; then the one
        pinned before still is.
        """
        good = entry._replace(good=True)
        with suppress(FileExistsError):
            self._disk.link(self._folder / entry.name, self._folder / good.name)
        sync_folder(self._disk, self._folder)
        self._sizes[good] = self._sizes.get(entry, 0)
        self._remove({other for other in self._sizes if other.good and other != good})
        return good

    def hold(self, entry: Entry) -> None:
        """Keep a checkpoint besides, in place of the one held before: it may turn out good."""
        self._held = entry

    def prune(self) -> None:
        """Remove what retention does not keep; what cannot be removed now, the next time."""
        kept = self.retention.kept(list(self._sizes.items()))
        self._remove({entry for entry in self._sizes if entry not in kept and entry != self._held})

    def _remove(self, unwanted: set[Entry]) -> None:
        for entry in unwanted:
            try:
                self._disk.unlink(self._folder / entry.name)
            except FileNotFoundError:
                del self._sizes[entry]
            except OSError:
                continue
            else:
                del self._sizes[entry]

    def _begin(self) -> None:
        if not self._begun:
            with suppress(OSError):  # tried again with the next checkpoint
                write_durably(self._disk, self._folder / BEGUN, [b""])
                self._begun = True

    def _drop_unfinished(self, files: Iterable[str]) -> None:
        for name in files:
            if name.endswith(UNFINISHED) and (_sequence(name) or name == BEGUN + UNFINISHED):
                self._disk.unlink(self._folder / name)


def entries(disk: Disk, folder: Path) -> dict[Entry, int]:
    """Return the checkpoints in a folder and their bytes. Raises OSError."""
    found = {Entry.of(name): size for name, size in disk.files(folder).items()}
    return {entry: size for entry, size in found.items() if entry is not None}


def newest_first(found: Iterable[Entry]) -> list[Entry]:
    """Return entries newest first; the pinned good one last."""
    return sorted(found, key=lambda entry: (entry.good, -entry.sequence))


def read(disk: Disk, folder: Path, entry: Entry) -> bytes:
    """Return the bytes of a checkpoint, unverified. Raises Unusable where the disk refuses."""
    try:
        data = disk.read(folder / entry.name, LARGEST)
    except OSError as error:
        raise Unusable("unreadable", f"{folder / entry.name}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise Unusable("length", f"{folder / entry.name}: more than {LARGEST} bytes")
    return data


def _sequence(name: str) -> int:
    entry = Entry.of(name.removesuffix(UNFINISHED))
    return entry.sequence if entry else 0
