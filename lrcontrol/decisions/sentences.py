"""One decision in a plain sentence, as a colleague would say it."""

from __future__ import annotations

from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.figures import apart, counted, figure, quoted, times
from lrcontrol.decisions.vocabulary import DONE, LIMITS, REASONS

#: Who ends an override that nobody ended: ``orders.EXPIRY``, which is of a layer above.
EXPIRY = "expiry"


#: Reasons of laws that decide on each record: between gain and rate is what the record allows.
EACH = ("leader", "promoted", "hypergradient")
#: Rates that differ by less than this share are called the same.
SAME = 0.01


def sentence(entry: Entry) -> str:
    """Return one decision in words, without its model and time.

    >>> told = Entry(1, 0.0, "fare", 6400, "lower", "worse", "slew", 0.1, 0.005, 0.01)
    >>> print(sentence(told))
    At record 6,400 the rate was lowered from 0.1 to 0.01 (0.1 times), because the loss rose by more
    than its noise. The controller asked for 0.005, but one decision may move the rate only so far.
    """
    if entry.actor:
        return _ordered(entry)
    if entry.reason == "diverged" and entry.terms:
        return _ruled(entry)
    return " ".join(
        filter(None, (f"{_moved(entry)}, {because(entry)}.", _held(entry), _seen(entry)))
    )


def moves(entry: Entry) -> bool:
    """Return whether a decision did something to speak of: an order, or a rate moved by 1 %.

    A law that decides on each record moves its rate a little at every look.
    """
    return bool(entry.actor) or not abs(entry.applied - entry.before) <= SAME * entry.before


def brief(entry: Entry) -> str:
    """Return one decision in a few words.

    >>> brief(Entry(1, 0.0, "fare", 64, "lower", "worse", "slew", 0.1, 0.005, 0.01))
    'lowered 0.1 -> 0.01: the loss rose by more than its noise; one decision may move the rate only
    so far'
    """
    why = REASONS.get(entry.reason, entry.reason)
    if entry.actor:
        why = f"{_who(entry)}{f', {quoted(entry.note)}' if entry.note else ''}"
    if entry.limit != "none":
        why += f"; {LIMITS.get(entry.limit, entry.limit)}"
    arrow = f"at {_to(entry)}" if entry.action == "keep" else f"{_from(entry)} -> {_to(entry)}"
    return f"{DONE.get(entry.action, entry.action)} {arrow}: {why}"


def because(entry: Entry) -> str:
    """Return why the controller asked for what it asked for."""
    return f"because {REASONS.get(entry.reason, entry.reason)}"


def _moved(entry: Entry) -> str:
    where = f"At record {entry.step:,} the rate was {DONE.get(entry.action, entry.action)}"
    if entry.action == "keep":
        return f"{where} at {figure(entry.applied)}"
    before, applied = apart(entry.before, entry.applied)
    return f"{where} from {before} to {applied} ({times(entry.applied, entry.before)})"


def _held(entry: Entry) -> str:
    if entry.limit == "none":
        if entry.reason in EACH and abs(entry.applied - entry.asked) > SAME * entry.asked:
            return f"Its gain is {figure(entry.asked)}; the last record allowed that much of it."
        return ""
    why = LIMITS.get(entry.limit, entry.limit)
    return f"The controller asked for {figure(entry.asked)}, but {why}."


def _seen(entry: Entry) -> str:
    seen = entry.seen
    if seen is None or entry.action == "keep":
        return ""
    bad = f", and {counted(seen.nonfinite, 'loss').replace('losss', 'losses')} not finite"
    return (
        f"Over those {counted(seen.records, 'record')} the loss was {figure(seen.loss)}"
        f"{bad if seen.nonfinite else ''}; in the long run it is {figure(seen.slow)}, and a guess "
        f"would lose {figure(seen.baseline)}."
    )


def _ordered(entry: Entry) -> str:
    if entry.actor == EXPIRY:
        return f"At record {entry.step:,} {entry.note}: the rate goes on from {_to(entry)}."
    said = f" Why: {quoted(entry.note)}." if entry.note else ""
    done = {
        "keep": f"left the rate at {_to(entry)}",
        "raise": f"raised the rate from {_from(entry)} to {_to(entry)}",
        "lower": f"lowered the rate from {_from(entry)} to {_to(entry)}",
    }.get(entry.action, entry.action)
    if entry.reason == "released":
        done = f"gave the rate back to the controller, at {_to(entry)}"
    elif entry.reason == "restored":
        done = f"brought an earlier state back, whose rate is {_to(entry)}"
    held = _held(entry).replace("The controller", "They")
    return f"At record {entry.step:,} {_who(entry)} {done}, by hand.{said} {held}".rstrip()


def _ruled(entry: Entry) -> str:
    terms = entry.terms
    loss, level, guess = (figure(terms.get(name)) for name in ("loss", "level", "baseline"))
    did = {
        "keep": f"stepped in, at the rate {_to(entry)}",
        "raise": f"brought the rate from {_from(entry)} to {_to(entry)}",
        "lower": f"lowered the rate from {_from(entry)} to {_to(entry)}",
    }.get(entry.action, entry.action)
    why = f"the loss was {loss}, where {level} is usual and a guess would lose {guess}"
    return f"At record {entry.step:,} the divergence ladder {did}: {why}."


def _who(entry: Entry) -> str:
    return "".join(c if c.isprintable() else "?" for c in entry.actor)


def _from(entry: Entry) -> str:
    return apart(entry.before, entry.applied)[0]


def _to(entry: Entry) -> str:
    return (
        apart(entry.before, entry.applied)[1] if entry.action != "keep" else figure(entry.applied)
    )
