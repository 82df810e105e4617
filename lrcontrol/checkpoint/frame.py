"""The bytes of a checkpoint file: a header anyone can read, sections, and a seal over everything.

::

    LRCKPT01 | header length, u32 | header, JSON | sections ... | HMAC-SHA256, 32 bytes | LRCKPEND

The header names each section with its length and SHA-256. Nothing is parsed before the seal is
verified, so a torn, altered or foreign file costs one pass of hashing and runs nothing.

Threat model: the seal tells whether the bytes are those a holder of the key wrote. It guards
against a disk that lies and against whoever can write the files but not read the key; it does not
guard against whoever reads the key, nor against the return of an older, authentic file. The hashes
tell a damaged section's name to people, no more.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lrcontrol.checkpoint import exact
from lrcontrol.checkpoint.unusable import Unusable

FORMAT = 1
MAGIC = b"LRCKPT01"
END = b"LRCKPEND"
_LENGTH = struct.Struct(">I")
_OVERHEAD = len(MAGIC) + _LENGTH.size + hashlib.sha256().digest_size + len(END)
#: Longest header, bytes: positions of 50 sources and counters of 50 models take a few KiB.
LONGEST_HEADER = 2**20


class Frame(NamedTuple):
    """What is in a file: ``meta`` is plain data, sections are bytes nobody has parsed yet."""

    meta: Mapping[str, Any]
    sections: Mapping[str, bytes]


def seal(frame: Frame, key: bytes) -> list[bytes]:
    """Return the file as the pieces to write one after the other (no copy of the sections).

    Raises TypeError or ValueError where ``meta`` is not plain data, or too much of it.
    """
    header = exact.dumps(
        {
            "format": FORMAT,
            "key": identity(key),
            "meta": frame.meta,
            "sections": [
                {"name": name, "length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
                for name, body in frame.sections.items()
            ],
        }
    )
    if len(header) > LONGEST_HEADER:
        raise ValueError(f"a header of {len(header)} bytes; at most {LONGEST_HEADER} are read back")
    pieces = [MAGIC + _LENGTH.pack(len(header)) + header, *frame.sections.values()]
    return [*pieces, _code(key, pieces), END]


def unseal(data: bytes, keys: Sequence[bytes]) -> Frame:
    """Return what is in a file that one of ``keys`` has sealed. Raises Unusable.

    >>> key = bytes(32)
    >>> data = b"".join(seal(Frame({"step": 3}, {"model": b"..."}), key))
    >>> unseal(data, [key])
    Frame(meta={'step': 3}, sections={'model': b'...'})
    >>> unseal(data[:-1], [key])
    Traceback (most recent call last):
    ...
    lrcontrol.checkpoint.unusable.Unusable: the file is cut, or no checkpoint
    """
    start, end = _bounds(data)
    body, code = memoryview(data)[: -len(END) - 32], data[-len(END) - 32 : -len(END)]
    if not any(hmac.compare_digest(_code(key, [body]), code) for key in keys):
        raise Unusable("authentication", "its seal is broken: altered, or sealed with another key")
    header = _parsed(data[start:end])
    if header.get("format") != FORMAT:
        raise Unusable("header", f"format {header.get('format')}; this version reads {FORMAT}")
    try:
        return Frame(header["meta"], _sections(header["sections"], body[end:]))
    except (KeyError, TypeError) as error:
        raise Unusable("header", f"the header lacks something: {error!r}") from None


def peek(data: bytes) -> Mapping[str, Any]:
    """Return the header as it stands, **unverified**: for people, never for decisions.

    Raises Unusable when there is none to read.
    """
    start, end = _bounds(data)
    return _parsed(data[start:end])


def identity(key: bytes) -> str:
    """Return a name for ``key`` that tells nothing of it: half of a hash, 16 hex digits."""
    return hashlib.sha256(b"lrcontrol checkpoint key" + key).hexdigest()[:16]


def _code(key: bytes, pieces: Sequence[bytes | memoryview]) -> bytes:
    code = hmac.new(key, digestmod=hashlib.sha256)
    for piece in pieces:
        code.update(piece)
    return code.digest()


def _bounds(data: bytes) -> tuple[int, int]:
    """Return where the header lies, from lengths and magic numbers alone."""
    whole = data.startswith(MAGIC) and data.endswith(END) and len(data) >= _OVERHEAD
    if not whole:
        raise Unusable("length", "the file is cut, or no checkpoint")
    start = len(MAGIC) + _LENGTH.size
    (length,) = _LENGTH.unpack(data[len(MAGIC) : start])
    if length > min(LONGEST_HEADER, len(data) - _OVERHEAD):
        raise Unusable("length", f"its header claims {length} bytes, which are not there")
    return start, start + length


def _parsed(header: bytes) -> dict[str, Any]:
    try:
        found = exact.loads(header)
    except ValueError as error:  # also what is not UTF-8
        raise Unusable("header", f"the header is not readable: {error}") from None
    if not isinstance(found, dict):
        raise Unusable("header", "the header is not a mapping")
    return found


def _sections(listed: Sequence[Mapping[str, Any]], body: memoryview) -> dict[str, bytes]:
    found, at = {}, 0
    for section in listed:
        part = bytes(body[at : at + section["length"]])
        if hashlib.sha256(part).hexdigest() != section["sha256"]:
            raise Unusable("hash", f"section {section['name']} is damaged")
        found[section["name"]] = part
        at += len(part)
    if at != len(body):
        raise Unusable("length", f"{len(body) - at} bytes belong to no section")
    return found
