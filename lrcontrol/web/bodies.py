"""What the API is asked, as types: a body that does not fit is refused, also for a key too many."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

#: Characters of a reason, and of a name that somebody gives for themselves.
LONGEST_REASON = 500
LONGEST_ACTOR = 64
#: Records that are predicted for in one request, and features of one; they cost learning its time.
MOST_QUESTIONS = 256
MOST_FEATURES = 1000

Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_REASON,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        description="Why, for whoever reads the log; one line.",
    ),
]
Actor = Annotated[
    str,
    Meta(max_length=LONGEST_ACTOR, pattern=r"^[\x20-\x7e]*$", description="Who asks."),
]
_NUMBER = r"([1-9][0-9]{0,8}(\.[0-9]{1,3})?|0\.[0-9]{0,2}[1-9])"
Span = Annotated[str, Meta(max_length=20, pattern=rf"^(never|{_NUMBER}[smhd])$")]
#: How long an override lasts: ``30m``, seconds, or ``never``; null is the default.
Ttl = Span | Annotated[float, Meta(gt=0, le=1e9)] | None
#: JSON knows no integers: 7.0 is 7.
Whole = Annotated[float, Meta(ge=1, le=1e15, multiple_of=1)]
Scalar = float | str | bool | None
Features = Annotated[dict[str, Scalar], Meta(max_length=MOST_FEATURES)]


class Hold(Struct, frozen=True, forbid_unknown_fields=True):
    """Keep the rate where it is and go on learning, until ``ttl`` is over (4 hours)."""

    reason: Reason
    ttl: Ttl = None
    actor: Actor = ""


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """Move the rate and hold it there; limits bind it unless ``force``."""

    rate: Annotated[float, Meta(gt=0, le=1e6)]
    reason: Reason
    ttl: Ttl = None
    force: bool = False
    actor: Actor = ""


class Plain(Struct, frozen=True, forbid_unknown_fields=True):
    """An order that needs no more than a reason."""

    reason: Reason
    actor: Actor = ""


class Rollback(Struct, frozen=True, forbid_unknown_fields=True):
    """Go back to a checkpoint, or without one to the last state that was good."""

    reason: Reason
    checkpoint: Whole | None = None
    actor: Actor = ""


class Predict(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of a model, for one ``x`` or several; null is a missing feature."""

    x: Features | Annotated[list[Features], Meta(min_length=1, max_length=MOST_QUESTIONS)]
    model: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class Learn(Struct, frozen=True, forbid_unknown_fields=True):
    """Records to learn, each as the source's ``fields`` describe them."""

    records: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    source: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class DecisionsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which decisions: of one model, beyond a number, the newest so many, without the kept ones."""

    model: Annotated[str, Meta(max_length=64)] = ""
    since: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=0, le=1000)] = 100
    moves: bool = False


class EventsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """From which decision on; without it those to come."""

    since: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class LearnQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The source of NDJSON records, where there are several."""

    source: Annotated[str, Meta(max_length=64)] = ""


class NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing can be asked beyond the path."""
