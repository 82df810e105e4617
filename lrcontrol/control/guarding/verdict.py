"""Whether one period of losses is good, bad or beyond all measure.

Finite is not enough: a River model that has diverged mostly stays finite. So the loss is compared
with what the model reached itself, and with no skill on the same records.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, isfinite
from typing import Annotated, Literal, NamedTuple

from lrcontrol.checks import Count, Range, check
from lrcontrol.control.base import Reading

#: ``worse``: far above the model's own level, and worse than no skill. ``absurd``: so far above it
#: that nothing is to be learned from waiting. ``nonfinite``: a loss that is not finite, or a model
#: in which a scan found a number that is not, or that is too large.
Verdict = Literal["good", "worse", "absurd", "nonfinite"]

#: Losses below this share of the largest no-skill loss count as none: on a stream that has become
#: constant, no skill is perfect and every level zero.
NOTHING = 1e-6

Factor = Annotated[float, Range(above=1)]


class Level(NamedTuple):
    """What the model reached: fading mean of its good losses, the records behind it, and the
    largest no-skill loss of a good period."""

    loss: float = 0.0
    records: int = 0
    scale: float = 0.0


@dataclass(frozen=True)
class Standard:
    """What a period's loss is held against.

    Parameters
    ----------
    factor
        A loss is worse when it is this many times the good level,
    no_skill
        and at the same time this many times the loss of predicting without skill.
    absurd
        Beyond this many times the good level it is absurd, whatever no skill does: one target of
        1e9 ruins the running mean that no skill predicts, too.
    horizon
        Records after which a good loss has faded to 1/e in the level.

    Raises ``Invalid`` for a field out of range, or ``absurd`` not above ``factor``.

    Examples
    --------
    >>> standard = Standard()
    >>> level = Level(loss=0.1, records=2000, scale=0.7)
    >>> [standard.judge(Reading(9, 0.1, loss, baseline=0.7), level) for loss in (0.6, 0.9, 500.0)]
    ['good', 'worse', 'absurd']
    """

    factor: Factor = 5.0
    no_skill: Factor = 1.25
    absurd: Factor = 1000.0
    horizon: Count = 2048

    def __post_init__(self) -> None:
        check(self, ("absurd", self.absurd <= self.factor, f"must be above {self.factor:g}"))

    def judge(self, reading: Reading, level: Level) -> Verdict:
        """Return the verdict on a period; before the first good one only ``nonfinite`` is bad."""
        loss = reading.loss
        if reading.nonfinite or not isfinite(loss):
            return "nonfinite"
        if not level.records:
            return "good"
        reference = max(level.loss, NOTHING * level.scale)
        if loss > self.absurd * reference:
            return "absurd"
        if loss > self.factor * reference and loss > self.no_skill * reading.baseline:
            return "worse"
        return "good"

    def learn(self, reading: Reading, level: Level) -> Level:
        """Return the level after a good period."""
        seen = level.records + reading.records
        # The weight of a fading mean that starts as a plain one, as in ``control.window``.
        weight = expm1(-reading.records / self.horizon) / expm1(-seen / self.horizon)
        loss = level.loss + weight * (reading.loss - level.loss)
        baseline = reading.baseline if isfinite(reading.baseline) else 0.0
        return Level(loss, seen, max(level.scale, baseline))
