"""What a record must keep to before any model sees it: the parameters of the guard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from lrcontrol.checks import Count, Natural, Positive, Range, check
from lrcontrol.names import NameCap
from lrcontrol.outliers import Outlying

#: With ``hash``, one in so many of the names a model may see is shared by all that come late.
SHARING = 10


@dataclass(frozen=True)
class Bounds:
    """What a record must keep to.

    Parameters
    ----------
    max_abs
        Largest magnitude of a feature or of a numeric target. One value of 1e160 ruins a scaler
        for good, and 1e6 in a standardised feature costs hundreds of records.
    max_features
        Most features in one record.
    max_names
        Most feature names the model is shown, a category counting as a name.
    beyond
        What becomes of later names: ``hash`` adds their values into a tenth of ``max_names``,
        shared by all of them, ``drop`` leaves them out, ``refuse`` the whole record.
    max_text
        Longest feature name or category, in characters.
    max_classes
        Most classes of a multiclass target.
    slips
        How often a class that was not among the first 100 labels is turned away before it counts.
    outliers
        How far from its own past a number may lie: {spread, after}. A feature beyond is shown to
        the model as its mean, a record with a target beyond is refused; null for no such limit.
    """

    max_abs: Positive = 1e9
    max_features: Count = 1000
    max_names: Count = 10_000
    beyond: Literal["hash", "drop", "refuse"] = "hash"
    max_text: Count = 1024
    max_classes: Annotated[int, Range(at_least=1, at_most=1000)] = 100
    slips: Natural = 2
    outliers: Outlying | None = field(default_factory=Outlying)

    def __post_init__(self) -> None:
        check(self)

    @property
    def names(self) -> NameCap:
        """The cap on names."""
        shared = self.max_names // SHARING if self.beyond == "hash" else 0
        return NameCap(max(self.max_names - shared, 1), self.beyond, max(shared, 1))
