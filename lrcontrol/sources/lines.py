"""The ``lines`` source: standard input or a pipe, NDJSON or CSV."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from lrcontrol.checks import Count, Positive, check
from lrcontrol.decode import Decoder, Fields, Format, decoder
from lrcontrol.decode.table import column_problems
from lrcontrol.keeping.journal import JournalSettings
from lrcontrol.sources.base import Source
from lrcontrol.sources.journalled import Journalled
from lrcontrol.sources.options import wrapped
from lrcontrol.sources.pipe import STDIN, Pipe
from lrcontrol.units import Size


@dataclass(frozen=True)
class Lines:
    """Records from standard input or a named pipe, one a line, learned as they come.

    A pipe cannot be rewound, so what was read since the last checkpoint is lost in a crash, unless
    there is a ``journal``: then each line is on disk before it is learned, and read again.

    Parameters
    ----------
    path
        A named pipe or a device, ``-`` for standard input.
    format
        ``ndjson`` (one JSON object a line) or ``csv`` (a header first, unless ``columns``).
    columns
        Names of the columns of a CSV without a header.
    fields
        Which field of a record is what.
    max_record
        Longest line; a longer one is rejected and not kept in memory.
    speed
        Records a second at most; as fast as possible where not given.
    limit
        Records after which the stream ends, those before a restart included.
    journal
        A file that keeps lines until a checkpoint is past them; needs checkpoints.
    rewinds
        With a journal: whether the writer begins again from its first line after a restart, as
        ``zcat file | lrcontrol run`` does; what is journalled already is skipped then.
    """

    path: str = STDIN
    format: Format = "ndjson"
    columns: tuple[str, ...] | None = None
    fields: Fields = field(default_factory=Fields)
    max_record: Size = 256 * 1024
    speed: Positive | None = None
    limit: Count | None = None
    journal: JournalSettings | None = None
    rewinds: bool = False

    def __post_init__(self) -> None:
        check(
            self,
            *column_problems(self.format, self.columns, self.fields),
            ("rewinds", self.rewinds and self.journal is None, "is for a journal"),
        )

    @property
    def replayable(self) -> bool:
        """Whether what was read can be read again after a crash."""
        return self.journal is not None

    @property
    def _headed(self) -> bool:
        return self.format == "csv" and self.columns is None

    def build(self) -> Source:
        """Return the source, not yet open."""
        return wrapped(self._make, speed=self.speed, limit=self.limit)

    def _make(self) -> Source:
        pipe = Pipe(self.path, self.max_record, headed=self._headed)
        if self.journal is None:
            return pipe
        return Journalled(pipe, self.journal, rewinds=self.rewinds)

    def decoder(self) -> Decoder:
        """Return what turns its lines into records."""
        return decoder(self.format, self.fields, self.max_record, self.columns)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say what of the environment is not as this source needs it."""
        if self.path != STDIN and not os.access(self.path, os.R_OK):
            yield "path", f"{self.path}: cannot be read; make the pipe first (mkfifo {self.path})"
