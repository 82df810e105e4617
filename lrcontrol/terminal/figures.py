"""A status put into short texts, and the texts into columns that fit the room there is.

What a narrow terminal has no room for is left out, never wrapped: wrapped rows cannot be compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lrcontrol.status import LoopStatus, ModelStatus

#: A mean loss this many times the no-skill baseline has diverged, even if every loss was finite.
ABSURD = 1e3
#: Characters kept of a name, and of a failure: more would push the figures off the screen.
NAME = 24
FAILURE = 200
#: What is left of a name, and of a sentence, where room is short.
SHORT_NAME = 12
SHORT_SENTENCE = 20
NOTHING = "-"
DIVERGED = "diverged"
#: How an action of a decision is told.
VERBS = {"raise": "raised", "lower": "lowered"}


class Column(NamedTuple):
    """A title and one text a row; the column with the highest ``drop`` goes first, 0 never.

    ``least`` > 0 lets the texts be cut to that many characters before any column goes.
    """

    title: str
    cells: Sequence[str]
    drop: int = 0
    left: bool = False
    style: str = ""
    least: int = 0

    @property
    def width(self) -> int:
        """Characters of its widest text."""
        return max(map(len, (self.title, *self.cells)))

    @property
    def need(self) -> int:
        """Characters it cannot do without."""
        return min(self.width, self.least or self.width)

    def cut(self, width: int) -> Column:
        """Return the column with texts of at most ``width`` characters."""
        return self._replace(cells=[clean(text, width) for text in self.cells])


def fit(columns: Iterable[Column], room: int, gap: int) -> list[Column]:
    """Return the columns that ``room`` characters hold with ``gap`` between any two.

    >>> wide, narrow = Column("loss", ["0.5"]), Column("baseline", ["0.7"], drop=1)
    >>> [column.title for column in fit([wide, narrow], room=10, gap=2)]
    ['loss']
    """
    kept = [c for c in columns if c.width]
    while any(c.drop for c in kept) and room < sum(c.need + gap for c in kept) - gap:
        kept.remove(max(kept, key=lambda c: c.drop))
    over = sum(c.width + gap for c in kept) - gap - room
    for i, c in enumerate(kept):
        if over > 0 and c.least:
            kept[i] = c.cut(max(c.need, c.width - over))
            over -= c.width - kept[i].width
    return kept


def tint(column: Column, text: str) -> str:
    """Return the style of one text: bad news is red in every column, skill also has good news."""
    if text.startswith((DIVERGED, "failed")):
        return "bold red"
    if column.title == "skill" and text != NOTHING:
        return "red" if text.startswith("-") else "green"
    return column.style


def significant(value: float, digits: int) -> str:
    """Return ``value`` with ``digits`` significant digits, '-' where there is none (NaN).

    >>> significant(1.2e-05, 3), significant(0.01234, 3), significant(10.0, 3)
    ('1.2e-05', '0.0123', '10')
    """
    return NOTHING if math.isnan(value) else f"{value:.{digits}g}"


def clean(text: str, limit: int = NAME) -> str:
    r"""Return ``text`` on one line, capped, without control characters: it comes from outside.

    >>> clean("fare\x1b[31m"), clean("a name that is too long to be shown")
    ('fare?[31m', 'a name that is too lo...')
    """
    shown = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def mean_loss(loop: LoopStatus) -> float:
    """Return the mean over the stream of the finite losses, NaN before the first."""
    return loop.loss_sum / loop.loss_count if loop.loss_count else math.nan


def recent_loss(loop: LoopStatus) -> float:
    """Return the fading mean of the loss, and before the first decision the mean so far."""
    return loop.fast if loop.last and loop.loss_count else mean_loss(loop)


def baseline(loop: LoopStatus) -> float:
    """Return the mean no-skill loss over the stream, NaN before the first."""
    return loop.baseline_sum / loop.baseline_count if loop.baseline_count else math.nan


def loss_text(loop: LoopStatus, loss: float) -> str:
    """Return a loss, or 'diverged' where the number would flatter or means nothing any more.

    The means are over finite losses only, so one that was not finite says more than they do.
    """
    absurd = math.isinf(loss) or loss > ABSURD * max(baseline(loop), 0.0) > 0
    return DIVERGED if loop.loss_nonfinite or absurd else significant(loss, 4)


def skill_text(loop: LoopStatus, loss: float) -> str:
    """Return 1 - loss / baseline: 1 is perfect, 0 no better than not learning, below is worse."""
    reference = baseline(loop)
    if loss_text(loop, loss) == DIVERGED or not reference > 0:
        return NOTHING
    value = 1.0 - loss / reference
    return NOTHING if math.isnan(value) else f"{value:.3f}"


def decision_text(loop: LoopStatus) -> str:
    """Return the last decision in a few words: 'lowered 0.5x: worse'."""
    if loop.last is None:
        return "none yet"
    last = loop.last
    why = last.reason.replace("_", " ")
    if last.limit != "none":
        why += f" ({last.limit.replace('_', ' ')})"
    if last.action not in VERBS or not last.before:
        return f"kept: {why}"
    return f"{VERBS[last.action]} {significant(last.applied / last.before, 2)}x: {why}"


def counts_text(counts: Mapping[str, int]) -> str:
    """Return counts by reason: '3 decode, 1 type', '0' where there is none."""
    return ", ".join(f"{n} {clean(why)}" for why, n in sorted(counts.items()) if n) or "0"


def failure_text(model: ModelStatus, limit: int = FAILURE) -> str:
    """Return why a model failed, in at most ``limit`` characters."""
    return clean(f"failed: {model.failure or 'no reason given'}", limit)
