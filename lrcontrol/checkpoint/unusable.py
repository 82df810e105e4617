"""The one error of everything that reads a checkpoint: it must not be used, and why."""

from __future__ import annotations

from typing import Literal

#: Why a checkpoint is not used; a closed list, because it becomes a metric label.
Reason = Literal[
    "length",  # cut, grown, or no checkpoint at all
    "authentication",  # altered, or signed with another key
    "header",  # authentic, but of a format this version does not know
    "hash",  # a section is not what the header says
    "versions",  # written by another River, numpy or Python
    "content",  # a section does not load, or names what it may not
    "configuration",  # written for other models
    "probe",  # it loads, but predicts or learns differently
    "nonfinite",  # NaN or infinity in a state
    "unreadable",  # the disk refuses
]


class Unusable(Exception):
    """A checkpoint that must not be loaded; the message says what is wrong and what to do."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
