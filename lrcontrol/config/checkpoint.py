"""The section of checkpoints: where what was learned is kept, how often, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lrcontrol.checkpoint.cadence import Cadence
from lrcontrol.checkpoint.keys import KEY
from lrcontrol.checkpoint.retention import Retention
from lrcontrol.checks import check


@dataclass(frozen=True)
class Checkpoints:
    """What is kept for a restart: models, controllers, counters and positions, in one file.

    Parameters
    ----------
    dir
        Folder of the checkpoints, of one daemon and nothing else; made if missing. Left out, none
        are written, and a restart begins afresh.
    key
        File of the key they are sealed with, made on first use; left out, checkpoint.key beside
        the folder.
    cadence
        When the next one is written.
    retention
        Which ones are kept.
    """

    dir: str | None = None
    key: str | None = None
    cadence: Cadence = field(default_factory=Cadence)
    retention: Retention = field(default_factory=Retention)

    def __post_init__(self) -> None:
        check(
            self,
            ("dir", self.dir == "", "names no folder; leave it out to keep no checkpoints"),
            ("key", self.key is not None and self.dir is None, "is for the checkpoints in dir"),
            ("key", bool(self.key and self._exposed), "must lie outside the folder it guards"),
        )

    @property
    def folder(self) -> Path | None:
        """The folder, or None where no checkpoints are kept."""
        return None if self.dir is None else Path(self.dir)

    @property
    def key_file(self) -> Path:
        """The file of the key. Raises ValueError where no checkpoints are kept."""
        if self.dir is None:
            raise ValueError("there is no folder of checkpoints")
        return Path(self.key) if self.key else Path(self.dir).absolute().parent / KEY

    @property
    def _exposed(self) -> bool:
        return Path(self.key or "").absolute().parent == Path(self.dir or "").absolute()
