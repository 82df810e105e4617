"""What came of a request, as types of JSON: done, predicted, taken, refused, well or not."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from lrcontrol.web.shapes import Number


class KeptCheckpoint(Struct, frozen=True):
    """A checkpoint on disk; ``hour`` is when it was written, to the hour."""

    sequence: int
    hour: float
    good: bool
    bytes: int


class KeptCheckpoints(Struct, frozen=True):
    """Checkpoints on disk, newest first, the pinned good one last; none where none are kept."""

    checkpoints: list[KeptCheckpoint]


class Done(Struct, frozen=True):
    """What came of an order; ``repeated`` says that its key was known and nothing was done."""

    ok: bool
    detail: str
    target: str
    mode: str
    step: int
    before: Number
    applied: Number
    repeated: bool


class Predicted(Struct, frozen=True, omit_defaults=True):
    """A prediction for one ``x``, or predictions for several; the rate and step it was made at.

    A number, a class, or the probability of each class.
    """

    model: str
    rate: Number
    step: int
    prediction: Any = None
    predictions: list[Any] = []


class Taken(Struct, frozen=True):
    """Records taken: ``durable`` says whether they survive a crash from now on."""

    source: str
    records: int
    durable: bool
    repeated: bool


class Problem(Struct, frozen=True):
    """Why a request was refused, and what to do about it."""

    error: Annotated[str, Meta(description="The HTTP status in words.")]
    detail: str


class Check(Struct, frozen=True):
    """One thing looked at: whether it is well, and what was seen."""

    ok: bool
    detail: str


class Health(Struct, frozen=True):
    """Every check of a probe, with ``?verbose``."""

    ok: bool
    checks: dict[str, Check]
