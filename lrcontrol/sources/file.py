"""The ``file`` source: NDJSON or CSV from a file, once or as it grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lrcontrol.checks import Count, Natural, Positive, check
from lrcontrol.decode import Decoder, Fields, Format, decoder
from lrcontrol.decode.table import column_problems
from lrcontrol.sources.base import Source
from lrcontrol.sources.follow import Follow, Gap
from lrcontrol.sources.opened import COMPRESSED
from lrcontrol.sources.options import wrapped
from lrcontrol.sources.replay import Replay
from lrcontrol.units import Size


@dataclass(frozen=True)
class File:
    """Records from a file, one a line.

    A position is the offset after the line in the file that begins with certain bytes (so it is
    found again under another name); going on at it repeats and skips nothing.

    Parameters
    ----------
    path
        The file; with a name that ends in ``.gz`` it is uncompressed while it is read.
    format
        ``ndjson`` or ``csv``; where not given, ``csv`` for a name with ``.csv`` in it, else ndjson.
    mode
        ``replay`` reads to the end once; ``follow`` waits for more, and goes on with the new file
        after a rotation.
    gap
        Where a followed file was cut or is gone, with lines that were not read yet: ``stop``, or
        ``go_on`` at the beginning of what is there.
    columns
        Names of the columns of a CSV without a header.
    fields
        Which field of a record is what.
    max_record
        Longest line; a longer one is rejected and not kept in memory.
    speed
        Records a second at most; as fast as possible where not given.
    repeat
        How many times to read it; 0 for ever.
    limit
        Records after which the stream ends, those before a restart included.
    """

    path: str
    format: Format | None = None
    mode: Literal["replay", "follow"] = "replay"
    gap: Gap = "stop"
    columns: tuple[str, ...] | None = None
    fields: Fields = field(default_factory=Fields)
    max_record: Size = 256 * 1024
    speed: Positive | None = None
    repeat: Natural = 1
    limit: Count | None = None

    def __post_init__(self) -> None:
        following = self.mode == "follow"
        check(
            self,
            *column_problems(self._format, self.columns, self.fields),
            ("gap", not following and self.gap != "stop", "is for mode: follow"),
            ("repeat", following and self.repeat != 1, "a file that is followed never ends"),
            (
                "mode",
                following and self.path.endswith(COMPRESSED),
                "a compressed file cannot be followed; use replay",
            ),
        )

    @property
    def _format(self) -> Format:
        return self.format or ("csv" if ".csv" in Path(self.path).suffixes else "ndjson")

    @property
    def _headed(self) -> bool:
        return self._format == "csv" and self.columns is None

    def build(self) -> Source:
        """Return the source, not yet open."""
        return wrapped(
            self._opened,
            speed=self.speed,
            limit=self.limit,
            repeat=self.repeat,
        )

    def _opened(self) -> Source:
        path, cap = Path(self.path), self.max_record
        if self.mode == "follow":
            return Follow(path, cap, headed=self._headed, gap=self.gap)
        return Replay(path, cap, headed=self._headed)

    def decoder(self) -> Decoder:
        """Return what turns its lines into records."""
        return decoder(self._format, self.fields, self.max_record, self.columns)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say what of the environment is not as this source needs it."""
        path = Path(self.path)
        if self.mode == "follow" and not path.exists():
            if not path.parent.is_dir():
                yield "path", f"{path.parent}: no such folder; make it, or correct the path"
        elif not path.is_file():
            yield "path", f"{path}: no such file; correct the path"
        elif not os.access(path, os.R_OK):
            yield "path", f"{path}: cannot be read; change its permissions"
