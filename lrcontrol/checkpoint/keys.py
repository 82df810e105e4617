"""The key that checkpoints are sealed with: a file beside their folder, made on first use.

The file holds one key a line, 64 hexadecimal digits: the first seals, all of them open, so that a
key is rotated by putting a new line before the old one and removing the old line once the last
checkpoint sealed with it has gone. It lies outside the folder of the checkpoints, readable by its
owner alone: what the seal guards against is somebody who can write there and not read here.
"""

from __future__ import annotations

import secrets
import stat
from contextlib import suppress
from pathlib import Path

from lrcontrol.checkpoint.disk import Disk
from lrcontrol.checkpoint.durable import UNFINISHED, write_durably
from lrcontrol.secret import Secret

#: What the key file is called, beside the folder of the checkpoints.
KEY = "checkpoint.key"
#: Bytes of a key.
LENGTH = 32
#: Keys at a time: the one in use, and one being rotated out.
MOST = 2
#: Longest key file that is read, bytes.
LONGEST = 1024


class KeyUnusable(Exception):
    """The key file is missing, open to others, or holds no keys; the message says what to do."""


def keys_for(disk: Disk, path: Path, begun: bool) -> list[bytes]:
    """Return the keys in a file; on first use (no checkpoint has ``begun``) make it.

    Raises KeyUnusable, also where checkpoints exist and their key is gone, and OSError.
    """
    return read_keys(disk, path) if begun or path.exists() else make_key(disk, path)


def read_keys(disk: Disk, path: Path) -> list[bytes]:
    """Return the keys in a file, the one that seals first. Raises KeyUnusable."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnusable(f"{path} can be read by others; run: chmod 600 {path}")
        text = disk.read(path, LONGEST)
    except FileNotFoundError:
        hint = "restore it, or start afresh with --fresh"
        raise KeyUnusable(f"{path} is missing, and checkpoints need it; {hint}") from None
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read: {error.strerror}") from None
    return parse_keys(Secret(text.decode("ascii", "replace")), str(path))


def parse_keys(text: Secret, origin: str) -> list[bytes]:
    """Return the keys in a text (a file's, or a secret setting's). Raises KeyUnusable.

    >>> len(parse_keys(Secret("ab" * 32), "checkpoint.key"))
    1
    """
    lines = text.split()
    if not 1 <= len(lines) <= MOST or any(not _is_key(line) for line in lines):
        expected = f"1 to {MOST} lines of {2 * LENGTH} hexadecimal digits"
        raise KeyUnusable(f"{origin}: expected {expected} (make one: openssl rand -hex {LENGTH})")
    return [bytes.fromhex(line) for line in lines]


def make_key(disk: Disk, path: Path) -> list[bytes]:
    """Write a new key to a file, durably; return it. Raises OSError.

    Only where no checkpoint needs an older one: whoever calls this has looked.
    """
    with suppress(FileNotFoundError):  # what a crash in the middle of this left
        disk.unlink(path.with_name(path.name + UNFINISHED))
    key = secrets.token_bytes(LENGTH)
    write_durably(disk, path, [f"{key.hex()}\n".encode()])
    return [key]


def _is_key(line: str) -> bool:
    return len(line) == 2 * LENGTH and all(c in "0123456789abcdefABCDEF" for c in line)
