"""The state of the daemon as types of JSON: the OpenAPI document and the page are made of these.

A number that is not finite is ``null``, since JSON has no NaN; times are seconds since the epoch, 0
for never.
"""

from __future__ import annotations

from msgspec import Struct

#: A number that may not be there (yet).
Number = float | None
Counts = dict[str, int]
Numbers = dict[str, Number]


class Seen(Struct, frozen=True):
    """What a decision was made from: one period of progressive validation."""

    loss: Number
    baseline: Number
    fast: Number
    slow: Number
    noise: Number
    records: int
    nonfinite: int
    drift: bool


class Decision(Struct, frozen=True):
    """What was seen, asked, limited and applied, why, and by whom (no actor: the controller)."""

    number: int
    at: float
    model: str
    step: int
    action: str
    reason: str
    limit: str
    before: Number
    asked: Number
    applied: Number
    terms: Numbers
    seen: Seen | None
    actor: str
    note: str


class Member(Struct, frozen=True):
    """One of several models that learn the same records side by side."""

    name: str
    rate: Number
    weight: Number
    loss: Number


class Arm(Struct, frozen=True):
    """What another rate would give, and what the served one gave on the same records."""

    name: str
    rate: Number
    loss: Number
    served_loss: Number
    records: int


class Override(Struct, frozen=True):
    """A rate held by hand; ``expires_at`` is 0 where it does not expire."""

    actor: str
    reason: str
    since: float
    expires_at: float
    rate: Number
    step: int


class Model(Struct, frozen=True):
    """One model; ``skill`` is 1 - loss / baseline of late: 0 is no better than not learning."""

    name: str
    state: str
    failure: str
    controller: str
    chosen: str
    why: str
    mode: str
    rate: Number
    asked: Number
    low: Number
    high: Number
    rates: Numbers
    steps: int
    loss: Number
    fast: Number
    slow: Number
    noise: Number
    baseline: Number
    skill: Number
    nonfinite: int
    rejected: Counts
    replaced: int
    beyond: int
    drifts: int
    drift_at: float
    changed_at: float
    rung: str
    rulings: Counts
    metrics: Numbers
    members: list[Member]
    arms: list[Arm]
    override: Override | None
    last: Decision | None


class Source(Struct, frozen=True):
    """Where records come from, and what became of them there."""

    name: str
    type: str
    records: int
    before: int
    bytes: int
    rejected: Counts
    connected: bool
    ended: bool
    lag: int | None
    length: int | None
    record_at: float
    event_at: float
    letters: Counts
    replayed: int
    breaks: int
    paused: str


class Checkpoint(Struct, frozen=True):
    """What became of the checkpoints."""

    sequence: int
    durable_at: float
    step: int
    behind: int
    written: int
    failures: int
    failing: int
    bytes: int
    seconds: float
    pauses: float
    careful: bool
    put_aside: int
    problem: str


class DeadLetters(Struct, frozen=True):
    """The store of records that could not be learned."""

    held: int
    bytes: int
    dropped: int
    waiting: int
    failures: int
    problem: str


class Reload(Struct, frozen=True):
    """What became of reading the configuration again."""

    well: bool
    at: float
    times: int
    problem: str


class Status(Struct, frozen=True):
    """The whole daemon."""

    version: str
    started_at: float
    ready: bool
    stopping: bool
    why_not_ready: str
    models: list[Model]
    sources: list[Source]
    checkpoint: Checkpoint | None
    dead_letters: DeadLetters | None
    reload: Reload


class Models(Struct, frozen=True):
    """Every model."""

    models: list[Model]


class Decisions(Struct, frozen=True):
    """Decisions, oldest first; ``last`` is the newest number there is: ask again since that."""

    decisions: list[Decision]
    last: int
