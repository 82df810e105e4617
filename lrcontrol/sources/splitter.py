"""Cuts a stream of bytes into lines, wherever the chunks happen to end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from lrcontrol.decode import Rows

#: Bytes kept of a line beyond the cap: one shows that it is too long, one more may be the CR.
EXCESS = 2


class Splitter:
    """Bytes in, lines out, each with the position after it.

    A position counts bytes, or lines where ``count_lines``; the one before the first byte is
    ``position``, and lines up to ``skip`` are dropped. LF and CRLF end a line; an empty line is
    none. Of a line longer than ``cap`` bytes a little more than ``cap`` is kept, so that whoever
    knows the cap sees that it was longer, and memory stays bounded. Where ``headed``, the first
    line is the header and goes in front of every batch (``Rows``) instead of into one.
    """

    def __init__(
        self,
        cap: int,
        *,
        position: int = 0,
        count_lines: bool = False,
        skip: int = 0,
        headed: bool = False,
        header: bytes | None = None,
    ) -> None:
        self._keep = cap + EXCESS
        self._count_lines = count_lines
        self._skip = skip
        self._headed = headed
        self._header = header
        self._partial = bytearray()  # the line that has not ended; at most ``_keep`` bytes
        self._size = 0  # of that line, with what was not kept
        self._position = position  # after the last line that has ended
        self._lines: list[bytes] = []
        self._ends: list[int] = []
        self._taken = 0

    def __len__(self) -> int:
        """Return how many lines there are to take."""
        return len(self._lines) - self._taken

    def feed(self, chunk: bytes) -> None:
        """Add bytes; call it when few lines are left to take, so that hardly more wait."""
        first, *others = chunk.split(b"\n")
        if not others:
            self._hold(first)
            return
        self._hold(first)
        rest = others.pop()
        sizes = [self._size + 1, *[len(line) + 1 for line in others]]
        lines = [bytes(self._partial), *others]
        self._partial.clear()
        self._size = 0
        self._hold(rest)
        if b"\r" in chunk or lines[0].endswith(b"\r"):
            lines = [line.removesuffix(b"\r") for line in lines]
        if len(chunk) > self._keep:
            lines = [line[: self._keep] for line in lines]
        self._add(lines, sizes)

    def finish(self) -> None:
        """Say that nothing follows: what is left is the last line."""
        if self._size:
            line = bytes(self._partial).removesuffix(b"\r")
            size = self._size
            self._partial.clear()
            self._size = 0
            self._add([line], [size])

    def take(self, limit: int) -> tuple[Sequence[bytes], list[int]]:
        """Return up to ``limit`` lines and the positions after them."""
        chosen = slice(self._taken, self._taken + limit)
        lines = self._lines[chosen]
        self._taken += len(lines)
        return lines if self._header is None else Rows(self._header, lines), self._ends[chosen]

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        self._partial += part[: self._keep - len(self._partial)]

    def _add(self, lines: list[bytes], sizes: list[int]) -> None:
        steps = [1] * len(sizes) if self._count_lines else sizes
        ends = list(accumulate(steps, initial=self._position))[1:]
        self._position = ends[-1]
        if b"" in lines:
            full = [(line, end) for line, end in zip(lines, ends, strict=True) if line]
            lines, ends = [line for line, _ in full], [end for _, end in full]
        if self._headed and self._header is None and lines:
            self._header = lines.pop(0)
            ends.pop(0)
        after = bisect_right(ends, self._skip)
        self._lines = self._lines[self._taken :] + lines[after:]
        self._ends = self._ends[self._taken :] + ends[after:]
        self._taken = 0
