"""What a source's section must be able to do; the sections themselves are in the sources' wing."""

from __future__ import annotations

from typing import Protocol

from lrcontrol.decode import Decoder
from lrcontrol.sources.base import Source


class SourceSettings(Protocol):
    """A source's parameters: a frozen dataclass that makes the source and its decoder.

    It may have a method ``problems()`` too, which yields pairs of field and message: what of the
    environment is not as the source needs it. ``validate`` asks it.
    """

    def build(self) -> Source:
        """Return the source, not yet open."""
        ...

    def decoder(self) -> Decoder:
        """Return what turns its messages into records."""
        ...
