"""One answer as bytes: its head with the first part of its body, then the rest, framed."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

REASONS = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}
#: Codes whose answers have no body.
BARE = (204, 304)
CLOSE = (b"connection", b"close")
CHUNKED = (b"transfer-encoding", b"chunked")


class Outgoing:
    """An answer with ``status`` and ``headers``, whose body may have to be left out (``bare``).

    A body without a length goes out in chunks where the client knows those (``chunks``), else until
    the connection ends. ``kept`` says that the connection may be kept for another request.
    ``over`` is True once all is said. Raises ValueError for a header that breaks its line, or more
    body than was announced.

    >>> answer = Outgoing(200, [(b"content-length", b"2")], bare=False, chunks=True, kept=False)
    >>> answer.part(b"ok", more=False).endswith(b"GMT\\r\\nconnection: close\\r\\n\\r\\nok")
    True
    """

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        bare: bool,
        chunks: bool,
        kept: bool,
    ) -> None:
        given = [*headers, (b"date", _date(int(time())))]
        length = next((int(value) for name, value in given if name == b"content-length"), None)
        self._bare = bare or status in BARE
        self._left = length
        self._chunks = chunks and length is None and not self._bare
        # A stream ends with its connection, which was given more time for it.
        self.kept = kept and (self._bare or length is not None)
        self.over = False
        given += [CHUNKED] * self._chunks + [CLOSE] * (not self.kept)
        self._head = _head(status, given)

    def part(self, body: bytes, more: bool) -> bytes:
        """Return what to write for a part of the body, the head before the first."""
        said, self._head = self._head, b""
        if self._bare:
            body = b""
        elif self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise ValueError("an answer's body is not as long as was announced")
        self.over = not more
        if not self._chunks:
            return said + body
        framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return said + framed + (b"" if more else b"0\r\n\r\n")


def bare(status: int) -> bytes:
    """Return an answer that has a head only, and ends its connection."""
    return Outgoing(status, [(b"content-length", b"0")], bare=True, chunks=False, kept=False).part(
        b"", more=False
    )


def _head(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    lines = [b"HTTP/1.1 %d %b" % (status, REASONS.get(status, b""))]
    lines += [name + b": " + value for name, value in headers]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(headers) or head.count(b"\r") != len(headers):
        raise ValueError("a header of an answer breaks its line")
    return head + b"\r\n\r\n"


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode("ascii")
