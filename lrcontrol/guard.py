"""The station before the model: a record is admitted whole, or refused with a reason.

River models take anything: one NaN makes a linear model predict NaN for good, one 1e160 poisons a
scaler, and a wrong type leaves it half updated. So everything is looked at before the model sees
any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import hypot, isfinite
from typing import Any, Literal, NamedTuple, Protocol

from lrcontrol.checks import Count, Positive, check
from lrcontrol.record import Features, Record, Target

#: Why a record is refused; a closed list, because it becomes a metric label.
Reason = Literal["nonfinite", "bounds", "type", "target", "too_many"]

#: Records between two looks at the names of numbers: names seldom change, and to go through them
#: with each record would take another 0.2 us of it.
LOOK = 16

_values = dict.values


class Targets(Protocol):
    """What the guard asks of a task: labels of the stream as targets of the model."""

    def targets(self, labels: list[Target]) -> list[Any]:
        """Return one target a label, None for a label that cannot be learned from."""
        ...


class Refusal(NamedTuple):
    """A record that stays outside: its place in the block, the reason, and the detail in words."""

    at: int
    reason: Reason
    detail: str


class Admitted(NamedTuple):
    """What may be learned of a block, features and targets side by side, and what was refused."""

    xs: list[Features]
    targets: list[Any]
    refusals: list[Refusal]


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
        Most feature names remembered with their kind (number or category).
    """

    max_abs: Positive = 1e9
    max_features: Count = 1000
    max_names: Count = 10_000

    def __post_init__(self) -> None:
        check(self)


class Guard:
    """Admits what a model may learn from.

    A feature keeps its kind: a category where numbers came before (or the reverse) is refused, as
    River's numeric transformers would raise halfway through it. Categories are remembered wherever
    they come, numbers at every ``LOOK``-th record, counted over the whole stream: what is admitted
    depends on the records before and never on how they were cut into blocks.
    """

    def __init__(self, bounds: Bounds, task: Targets) -> None:
        self._bounds = bounds
        self._task = task
        self._categorical: dict[str, bool] = {}  # feature name -> its kind; at most max_names
        self._categories: set[str] = set()  # the names in it of categories
        self._numeric: frozenset[str] = frozenset()  # names at the last look
        self._next = 0  # records until the next look

    def admit(self, records: Sequence[Record]) -> Admitted:
        """Return what may be learned of a block, in order, and what may not."""
        xs = [record[0] for record in records]
        targets = self._task.targets([record[1] for record in records])
        if None not in targets and self._plain(xs):
            for at in range(self._next, len(xs), LOOK):
                self._look(xs[at])
            self._next = (self._next - len(xs)) % LOOK
            return Admitted(xs, targets, [])
        return self._sort(xs, targets)

    def _plain(self, xs: Sequence[Features]) -> bool:
        # The common case, numbers all in bounds, settled by one C call over the whole block: a norm
        # is at least its largest entry, and NaN or infinity in one entry is one in the norm.
        # Rejected: isfinite(sum(x.values())) per record, 0.15 us a record dearer and blind to size.
        if not xs or max(map(len, xs)) > self._bounds.max_features:
            return False
        try:
            norm = hypot(*chain.from_iterable(map(_values, xs)))  # type: ignore[arg-type]
        except (TypeError, OverflowError):  # a category or a null; an integer beyond any float
            return False
        if not norm <= self._bounds.max_abs:
            return False
        # Names are only gone through where some are known to be categories: 0.3 us a record.
        return not self._categories or self._categories.isdisjoint(chain.from_iterable(xs))

    def _look(self, x: Features) -> None:
        if x.keys() != self._numeric:
            self._remember(x, False)
            self._numeric = frozenset(x)

    def _remember(self, names: Iterable[str], categorical: bool) -> None:
        known = self._categorical
        for name in names:
            if name not in known and len(known) < self._bounds.max_names:
                known[name] = categorical
                if categorical:
                    self._categories.add(name)

    def _sort(self, xs: Sequence[Features], targets: Sequence[Any]) -> Admitted:
        admitted = Admitted([], [], [])
        for at, (x, target) in enumerate(zip(xs, targets, strict=True)):
            refusal = self._refuse(at, x, target)
            look, self._next = self._next == 0, (self._next - 1) % LOOK
            if refusal is None:
                self._remember((n for n, v in x.items() if isinstance(v, str)), True)
                if look:
                    self._look({n: v for n, v in x.items() if not isinstance(v, str)})
                admitted.xs.append(x)
                admitted.targets.append(target)
            else:
                admitted.refusals.append(refusal)
        return admitted

    def _refuse(self, at: int, x: Features, target: Any) -> Refusal | None:
        if target is None:
            return Refusal(at, "target", "the label is not one this task can learn from")
        if len(x) > self._bounds.max_features:
            return Refusal(at, "too_many", f"{len(x)} features > {self._bounds.max_features}")
        for name, value in x.items():
            found = self._problem(name, value)
            if found:
                return Refusal(at, found[0], f"{name!r:.80} {found[1]}")
        return None

    def _problem(self, name: str, value: Any) -> tuple[Reason, str] | None:
        categorical = isinstance(value, str)
        if not categorical and not isinstance(value, (float, int)):
            return "type", f"is a {type(value).__name__}, not a number or a string"
        if self._categorical.get(name, categorical) != categorical:
            return "type", f"was {'a number' if categorical else 'a category'}, is {value!r:.40}"
        if not categorical:
            return _out_of_bounds(value, self._bounds.max_abs)
        return None


def _out_of_bounds(value: float, max_abs: float) -> tuple[Reason, str] | None:
    if isinstance(value, float) and not isfinite(value):
        return "nonfinite", f"is {value}"
    if not abs(value) <= max_abs:
        return "bounds", f"is beyond {max_abs:g}"
    return None
