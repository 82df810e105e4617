"""The signature every controller has: a reading and a state in, a proposal and a state out.

Pure: nothing here or in a controller reads a clock, a file or a model. Parameters are a frozen
dataclass (its fields are its YAML keys), state is a NamedTuple of numbers, so a test can start in
the middle of the story and a checkpoint is data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeVar

Action = Literal["raise", "lower", "keep"]
#: Why a controller proposes what it proposes; a closed list, because it becomes a metric label.
Reason = Literal[
    "fixed", "schedule", "warmup", "improving", "plateau", "worse", "no_skill", "drift",
    "cooldown", "patience", "dead_band", "setpoint", "nonfinite", "start",
    "hypergradient", "leader", "promoted", "race", "restored", "mixture",
    "diverged", "manual", "released",
]  # fmt: skip


class Reading(NamedTuple):
    """What a controller is told: one period of progressive validation.

    ``step`` counts records learned; ``rate`` is the rate in force during the period (applied, after
    limits, not the one asked for); losses are means over the period's finite losses, in the unit of
    the configured loss, NaN where the period had none. ``fast`` and ``slow`` are fading means of
    ``loss`` over a short and a long horizon, ``noise`` the fading standard deviation of ``loss``
    around ``slow`` between periods. ``baseline`` is the no-skill loss on the same records.
    """

    step: int
    rate: float
    loss: float
    baseline: float = 1.0
    fast: float = 0.0
    slow: float = 0.0
    noise: float = 0.0
    records: int = 1
    nonfinite: int = 0
    drift: bool = False
    probe_losses: tuple[float, ...] = ()  # same order as the proposal's probes
    alignment: float | None = None  # cosine of successive updates (hypergradient)


class Proposal(NamedTuple):
    """What a controller would like next, and why.

    ``rate`` is what it asks for (limits may hold it back); ``terms`` are the named contributions to
    the change of ln(rate), for people to read; ``probes`` are rates at which shadows should learn
    the same records; ``promote`` is the index of the probe whose model should be served.
    """

    rate: float
    reason: Reason
    terms: Mapping[str, float] = {}
    probes: tuple[float, ...] = ()
    promote: int | None = None


S = TypeVar("S")


class Controller(Protocol[S]):
    """A feedback law: ``init`` begins at the start rate, ``update`` is one decision."""

    def init(self, rate: float) -> tuple[Proposal, S]:
        """Return what to begin with and the state there; ``rate`` > 0 is the start rate."""
        ...

    def update(self, reading: Reading, state: S) -> tuple[Proposal, S]:
        """Return the proposal after one period and the state for the next; never raises."""
        ...


class Schedule(ABC):
    """A controller that looks at the step alone; subclasses give the rate at a step.

    Abstract or final: a schedule implements ``at`` and overrides nothing. Its state is the start
    rate. A schedule does not see the loss: on a stream that drifts, or from a start rate that
    diverges, it goes on as planned.
    """

    @abstractmethod
    def at(self, step: int, start: float) -> float:
        """Return the rate at ``step`` >= 0 records for a start rate ``start`` > 0."""

    def init(self, rate: float) -> tuple[Proposal, float]:
        """Return the rate at step 0, and the start rate, which is the whole state."""
        return Proposal(self.at(0, rate), "schedule"), rate

    def update(self, reading: Reading, state: float) -> tuple[Proposal, float]:
        """Return the scheduled rate at the reading's step."""
        return Proposal(self.at(reading.step, state), "schedule"), state


class PerRecord:
    """A controller that decides on each record, inside a learner that is made for it.

    Abstract: a subclass holds the parameters, ``lrcontrol.learners`` what carries them out. Once a
    period all has been decided already, so what it asks for then is what is in force.
    """

    def init(self, rate: float) -> tuple[Proposal, None]:
        """Return the start rate; there is no state between periods."""
        return Proposal(rate, "start"), None

    def update(self, reading: Reading, state: None) -> tuple[Proposal, None]:
        """Return the rate in force."""
        return Proposal(reading.rate, "hypergradient"), None
