"""Checkpoints: everything a restart needs in one file, written so that no crash can spoil it."""

from lrcontrol.checkpoint.cadence import Cadence
from lrcontrol.checkpoint.content import Checkpoint, accept, pack, prove
from lrcontrol.checkpoint.disk import Lock, Locked, Posix
from lrcontrol.checkpoint.frame import Frame, seal, unseal
from lrcontrol.checkpoint.recovery import NothingUsable, Recovered, recover
from lrcontrol.checkpoint.retention import Entry, Retention
from lrcontrol.checkpoint.store import Store
from lrcontrol.checkpoint.unusable import Unusable

__all__ = [
    "Cadence",
    "Checkpoint",
    "Entry",
    "Frame",
    "Lock",
    "Locked",
    "NothingUsable",
    "Posix",
    "Recovered",
    "Retention",
    "Store",
    "Unusable",
    "accept",
    "pack",
    "prove",
    "recover",
    "seal",
    "unseal",
]
