"""Places to read from, and reading a source to its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lrcontrol.sources.base import EndOfStream, Message, Source


class Seen(NamedTuple):
    """What a source gave, message by message."""

    messages: list[Message]
    positions: list[int]
    origins: list[str]
    headers: list[bytes | None]
    ended: bool


@pytest.fixture(scope="session")
def drain() -> Callable[..., Seen]:
    """``drain(source, most=1000, by=3)``: poll an open source without waiting until nothing comes.

    Stops at the end of the stream, at the first None, or when ``most`` messages were seen.
    """

    def run(source: Source, most: int = 1000, by: int = 3) -> Seen:
        seen = Seen([], [], [], [], False)
        while len(seen.messages) < most:
            try:
                batch = source.poll(by, 0)
            except EndOfStream:
                return seen._replace(ended=True)
            if batch is None:
                return seen
            assert 1 <= len(batch.messages) <= by
            assert len(batch.positions) == len(batch.messages)
            seen.messages.extend(batch.messages)
            seen.positions.extend(batch.positions)
            seen.origins.extend([batch.origin] * len(batch.messages))
            seen.headers.extend([getattr(batch.messages, "header", None)] * len(batch.messages))
        return seen

    return run


@pytest.fixture
def pipe() -> Iterator[Callable[..., tuple[str, int]]]:
    """``pipe(content)``: the path of a real pipe that holds it, and the end to write more to."""
    ends: list[int] = []

    def make(content: bytes = b"") -> tuple[str, int]:
        reader, writer = os.pipe()
        ends.extend((reader, writer))
        os.write(writer, content)
        return f"/dev/fd/{reader}", writer

    yield make
    for end in ends:
        try:
            os.close(end)
        except OSError:  # the test has closed it
            continue


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The path of a log that does not exist yet."""
    return tmp_path / "app.log"
