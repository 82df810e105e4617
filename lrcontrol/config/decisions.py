"""The section of the decision log: where every decision is kept, and how much of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from lrcontrol.checks import Range, check
from lrcontrol.units import Size

#: A file that is put aside every few decisions is no log.
LEAST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Decisions:
    """The log of every decision: what was seen, asked, limited and applied, and why.

    Parameters
    ----------
    path
        File it is written to, as JSON, one decision a line; its folder is made if missing. Left
        out, only the newest decisions are kept, in memory.
    max_bytes
        Size at which a file is put aside (path.1, path.2, ...) and a new one begun; a decision
        takes 300 to 400 bytes.
    files
        Files kept at most, the newest included.
    """

    path: str | None = None
    max_bytes: Annotated[Size, Range(at_least=LEAST_BYTES)] = 64 * 1024 * 1024
    files: Annotated[int, Range(at_least=1, at_most=100)] = 4

    def __post_init__(self) -> None:
        check(
            self,
            ("path", self.path == "", "names no file; leave it out to keep none"),
        )

    @property
    def file(self) -> Path | None:
        """The file, or None where none is kept."""
        return None if self.path is None else Path(self.path)
