"""The section of dead letters: where they are kept, how much of them, and when reading stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lrcontrol.checks import Count, check
from lrcontrol.deadletters.breaker import Breaker
from lrcontrol.deadletters.store import Shelf
from lrcontrol.units import Size

#: What the file is called where no path is given: after the folder of the checkpoints, because
#: the folder above may be shared by several daemons, and beside it, as that is for checkpoints.
SUFFIX = ".dead-letters.db"


@dataclass(frozen=True)
class DeadLetterSettings:
    """Messages that could not be learned: kept with their reason, to be looked at and sent again.

    Parameters
    ----------
    path
        File of the dead letters, of one daemon. Left out, it lies beside the folder of the
        checkpoints; where there is none of these either, dead letters are counted and not kept.
    max_bytes
        Size of the file; the oldest letters go first. The log beside it takes up to 8 MiB more.
    max_letters
        Letters in the file.
    breaker
        When so much is bad that reading stops: {share, window}.
    """

    path: str | None = None
    max_bytes: Size = 100 * 1024 * 1024
    max_letters: Count = 100_000
    breaker: Breaker = field(default_factory=Breaker)

    def __post_init__(self) -> None:
        problem = (self.path == "", "names no file; leave it out for one beside the checkpoints")
        check(self, ("path", *problem))
        _ = self.shelf  # its own bounds, under the same names

    @property
    def shelf(self) -> Shelf:
        """How much is kept."""
        return Shelf(self.max_bytes, self.max_letters)

    def file(self, checkpoints: Path | None) -> Path | None:
        """Return the file, given the folder of checkpoints; None where nothing is kept.

        >>> DeadLetterSettings().file(Path("/var/lib/lrcontrol/state"))
        PosixPath('/var/lib/lrcontrol/state.dead-letters.db')
        """
        if self.path is not None:
            return Path(self.path)
        if checkpoints is None:
            return None
        folder = checkpoints.absolute()
        return folder.with_name(folder.name + SUFFIX)
