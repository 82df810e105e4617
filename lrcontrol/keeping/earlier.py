"""A model as it was in an earlier checkpoint, for rolling a running one back to it by hand."""

from __future__ import annotations

from typing import NamedTuple

from lrcontrol.checkpoint.content import accept, check_config
from lrcontrol.checkpoint.disk import Disk, Posix
from lrcontrol.checkpoint.frame import unseal
from lrcontrol.checkpoint.keys import read_keys
from lrcontrol.checkpoint.store import entries, newest_first, read
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.config.identity import identity
from lrcontrol.config.settings import Settings
from lrcontrol.loop import Loop


class Earlier(NamedTuple):
    """A model's loop, whole, as it was after ``steps`` records; and from which checkpoint."""

    loop: Loop
    steps: int
    sequence: int


def load_model(settings: Settings, number: int, name: str, disk: Disk | None = None) -> Earlier:
    """Return the loop of a model from checkpoint ``number``, as ``lrcontrol checkpoint list`` says.

    Model, rate, controller, windows, guard and counters are those of that moment; the positions of
    the sources are not touched, so the stream goes on where it is and nothing is learned twice.
    Verified as at a start, and only what concerns this model. To be put in the place of the running
    loop between two blocks, and followed by a checkpoint, without which a crash undoes it. Takes as
    long as loading the model twice; a lock is not needed.

    Raises Unusable with the reason, LookupError for a number that is not there (it names those that
    are) and KeyUnusable.
    """
    disk, folder = disk or Posix(), settings.checkpoint.folder
    if folder is None:
        raise LookupError("no checkpoints are kept: checkpoint.dir names no folder for them")
    found = newest_first(entries(disk, folder))
    chosen = [entry for entry in found if entry.sequence == number]
    if not chosen:
        there = ", ".join(str(sequence) for sequence in sorted({e.sequence for e in found}))
        raise LookupError(f"there is no checkpoint {number}; there are {there or 'none'}")
    data, keys = read(disk, folder, chosen[0]), read_keys(disk, settings.checkpoint.key_file)
    section = f"models.{name}"
    written = unseal(data, keys).meta.get("config", {}).get(section)
    check_config({section: written}, {section: identity(settings).get(section)})
    models = accept(data, keys, allow=settings.allow, only=[name]).models
    if name not in models:
        raise Unusable("content", f"checkpoint {number} holds no model {name}")
    loop: Loop = models[name]
    return Earlier(loop, loop.status.steps, number)


def newest_good(settings: Settings, disk: Disk | None = None) -> int:
    """Return the number of the newest checkpoint that turned out good. Raises LookupError."""
    disk, folder = disk or Posix(), settings.checkpoint.folder
    found = [] if folder is None else newest_first(entries(disk, folder))
    good = [entry.sequence for entry in found if entry.good]
    if not good:
        there = ", ".join(str(entry.sequence) for entry in found) or "none"
        raise LookupError(f"none has turned out good yet; name one: there are {there}")
    return max(good)
