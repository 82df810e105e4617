"""The immutable view of the daemon that readers get: swapped whole, never changed in place.

The learning thread builds one after each block; the metrics collector, the health checks and the
live line read it whenever they like, without a lock. Times are seconds: ``*_at`` on the wall clock
since the Unix epoch, ``turned`` on the monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

#: Nobody changes it: a mapping to all that see it. (A proxy cannot be pickled, and the
#: last decision of a loop is part of a checkpoint.)
EMPTY: Mapping[Any, Any] = {}

ModelState = Literal["running", "ended", "failed"]
#: Whether the controller moves the rate, or somebody does.
Mode = Literal["automatic", "manual"]


class Decision(NamedTuple):
    """One decision of a controller: what was asked, what limited it, what is in force now."""

    step: int
    action: str  # raise, lower, keep: what happened to the rate in force
    reason: str  # the controller's, from control.base.Reason
    limit: str  # none, low, high, slew, dead_band, nonfinite: what held the proposal back
    before: float
    asked: float
    applied: float
    terms: Mapping[str, float] = EMPTY


class Member(NamedTuple):
    """One of several models that learn the same records side by side."""

    name: str  # from a closed set: it becomes a metric label
    rate: float  # in force for it
    weight: float = 0.0  # its share in what is served, 0 to 1; 1 for the served model of a bank
    loss: float = 0.0  # fading mean of its loss


class Arm(NamedTuple):
    """What another rate would give: a copy of the served model that learns at it for a while.

    Losses are fading means over the records both learned, after the copy was made.
    """

    name: str  # half, double, fixed
    rate: float
    loss: float = 0.0
    served_loss: float = 0.0  # of the served model, on the same records
    loss_sum: float = 0.0  # since the start
    served_sum: float = 0.0
    records: int = 0  # in the sums


class Override(NamedTuple):
    """A rate held by hand: who, why, and until when (wall clock; 0 for no end)."""

    actor: str
    reason: str
    since: float
    expires_at: float = 0.0
    rate: float = 0.0
    step: int = 0


class LoopStatus(NamedTuple):
    """What one loop has seen and done; counts since the start, losses over finite values only."""

    steps: int = 0  # records learned
    rejected: Mapping[str, int] = EMPTY  # by the guard's reason
    replaced: int = 0  # feature values that were outliers and shown to the model as the mean
    beyond: int = 0  # feature values under a name beyond the most
    loss_sum: float = 0.0
    loss_count: int = 0
    loss_nonfinite: int = 0
    baseline_sum: float = 0.0
    baseline_count: int = 0
    fast: float = 0.0  # fading means of the loss, as the controller sees them
    slow: float = 0.0
    noise: float = 0.0
    rate: float = 0.0  # in force
    asked: float = 0.0  # before limits
    low: float = 0.0
    high: float = 0.0
    rates: Mapping[str, float] = EMPTY  # group (weights, intercept) -> read back from the model
    decisions: Mapping[tuple[str, str], int] = EMPTY  # (action, reason)
    last: Decision | None = None
    drifts: int = 0
    rung: str = ""  # of the divergence ladder, from control.guarding.Rung; "" without one
    rulings: Mapping[str, int] = EMPTY  # of it, by action
    metrics: Mapping[str, float] = EMPTY  # River metrics by name
    members: tuple[Member, ...] = ()  # models side by side, the served one among them
    chosen: str = ""  # the controller that ``auto`` chose, by its class's name
    why: str = ""  # and why
    mode: Mode = "automatic"
    arms: tuple[Arm, ...] = ()  # copies at other rates, for comparison


class ModelStatus(NamedTuple):
    """A model in the daemon: its loop's status and what the daemon knows around it."""

    name: str
    loop: LoopStatus
    state: ModelState = "running"
    failure: str = ""
    controller: str = ""  # the controller's name in the configuration
    detector: str = ""  # class name of the drift detector, "" without one
    drift_at: float = 0.0
    changed_at: float = 0.0  # when the rate last moved
    control_seconds: float = 0.0
    control_count: int = 0
    learn_seconds: float = 0.0
    learn_buckets: tuple[int, ...] = ()  # cumulative, one per DURATION_BUCKETS entry and +Inf
    override: Override | None = None  # None in automatic mode
    predict_seconds: float = 0.0  # for clients
    predict_buckets: tuple[int, ...] = ()


class SourceStatus(NamedTuple):
    """A source in the daemon."""

    name: str
    type: str = ""
    records: int = 0  # messages read, decoded or not
    bytes: int = 0
    rejected: Mapping[str, int] = EMPTY  # by record.Reason: messages that gave no record
    connected: bool = False
    ended: bool = False
    lag: int | None = None
    length: int | None = None
    record_at: float = 0.0
    event_at: float = 0.0  # newest event time in the records, 0 without a timestamp field
    letters: Mapping[str, int] = EMPTY  # what became a dead letter, by reason
    replayed: int = 0  # dead letters that were sent again
    breaks: int = 0  # how often most records were bad and reading paused
    paused: str = ""  # why nothing more is read, "" while it is
    before: int = 0  # of the records, those read before this process began


class CheckpointStatus(NamedTuple):
    """What became of the checkpoints; counts since the start of the process."""

    sequence: int = 0  # of the last durable one, 0 before the first
    durable_at: float = 0.0  # when it was
    step: int = 0  # records read up to it
    behind: int = 0  # records read since
    written: int = 0
    failures: int = 0  # attempts in vain
    failing: int = 0  # of them, the last ones in a row
    bytes: int = 0  # of the last durable one
    seconds: float = 0.0  # that writing took, packing included, all together
    pauses: float = 0.0  # that learning stood still for packing, all together
    careful: bool = False  # whether records are learned one at a time, after crashes
    put_aside: int = 0  # records passed over because they killed the process
    problem: str = ""  # why they are not as they should be, "" where they are


class ReloadStatus(NamedTuple):
    """What became of reading the configuration again."""

    well: bool = True  # the last time
    at: float = 0.0  # when it last went well
    times: int = 0
    problem: str = ""  # of the last time, "" where it went well


class DeadLettersStatus(NamedTuple):
    """The store of dead letters; counts of failures since the start of the process."""

    held: int = 0  # letters in the store
    bytes: int = 0  # that they are charged
    dropped: int = 0  # so far, for want of room
    waiting: int = 0  # letters that are not durable yet
    failures: int = 0  # writes in vain
    problem: str = ""  # why letters cannot be kept, "" while they can


class Status(NamedTuple):
    """The whole daemon."""

    models: tuple[ModelStatus, ...] = ()
    sources: tuple[SourceStatus, ...] = ()
    started_at: float = 0.0
    turned: float = 0.0  # when the loop last turned; liveness is its age
    ready: bool = False
    stopping: bool = False
    checkpoint: CheckpointStatus | None = None  # None where none are kept
    letters: DeadLettersStatus | None = None  # None where none are kept
    reload: ReloadStatus = ReloadStatus()
    config_hash: str = ""  # of the effective configuration


#: Seconds per record (predict, score, learn), averaged over a block, 10 us to 1 s.
DURATION_BUCKETS = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1, 1.0)
