"""Batches for decoders."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lrcontrol.decode import Decoded, Decoder, Rows
from lrcontrol.sources.base import Batch


@pytest.fixture
def decode() -> Callable[..., Decoded]:
    """``decode(decoder, *messages, header=None)``: what it makes of them; positions 1, 2, ..."""

    def run(decoder: Decoder, *messages: bytes, header: bytes | None = None) -> Decoded:
        lines = list(messages) if header is None else Rows(header, messages)
        return decoder.decode(Batch("test", lines, range(1, len(messages) + 1)))

    return run
