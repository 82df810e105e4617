"""The station before the model: a record is admitted whole, or refused with a reason.

River models take anything: one NaN makes a linear model predict NaN for good, one 1e160 poisons a
scaler, and a wrong type leaves it half updated. So everything is looked at before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import hypot, isfinite
from typing import Any, Literal, NamedTuple, Protocol

from lrcontrol.bounds import Bounds
from lrcontrol.kernels.grid import Grid
from lrcontrol.names import Names
from lrcontrol.outliers import Outliers
from lrcontrol.record import Alike, Features, Record, Target

#: Why a record is refused; a closed list, because it becomes a metric label.
Reason = Literal["nonfinite", "bounds", "type", "target", "too_many", "names", "outlier"]

#: Values whose norm is taken together: few enough that the norm is a fair bound on the largest.
NORMED = 128

_values = dict.values


class Targets(Protocol):
    """What the guard asks of a task: its kind, and labels of the stream as targets."""

    @property
    def kind(self) -> str: ...

    def targets(self, labels: list[Target]) -> list[Any]:
        """Return one target a label, None for a label that cannot be learned from."""
        ...


class Refusal(NamedTuple):
    """A record that stays outside: its place in the block, the reason, and the detail in words."""

    at: int
    reason: Reason
    detail: str


class Altered(NamedTuple):
    """Features that were outliers and shown as the mean; and those under a name beyond the most."""

    replaced: int
    beyond: int


class Admitted(NamedTuple):
    """What may be learned of a block, features and targets side by side, and what was refused."""

    xs: Sequence[Features]
    targets: list[Any]
    refusals: list[Refusal]


class Plain(NamedTuple):
    """Records that are all numbers, as the model may see them; what no magnitude is beyond."""

    xs: Sequence[Features]
    reach: float


class Guard:
    """Admits what a model may learn from.

    A feature keeps its kind: a category where numbers came before (or the reverse) is refused, as
    River's numeric transformers would raise halfway through it. What is admitted depends on the
    records before and never on how they were cut into blocks.
    """

    def __init__(self, bounds: Bounds, task: Targets) -> None:
        self.bounds = bounds
        self._task = task
        self._names = Names(bounds.names)
        limit = bounds.outliers
        self._outliers = None if limit is None else Outliers(limit, bounds.max_names)
        numeric = task.kind == "regression"
        self._targets = Outliers(limit) if limit is not None and numeric else None
        self._usual: set[str] = set()  # names of the last block that was all numbers

    @property
    def altered(self) -> Altered:
        """What was shown otherwise than it came, so far."""
        return Altered(self._outliers.replaced if self._outliers else 0, self._names.beyond)

    def admit(self, records: Sequence[Record]) -> Admitted:
        """Return what may be learned of a block, in order, and what may not."""
        if isinstance(records, Alike):
            xs: Sequence[Features] = records.x
            targets = self._task.targets(list(records.y))
        else:
            xs = [record[0] for record in records]
            targets = self._task.targets([record[1] for record in records])
        plain = None if None in targets else self._plain(xs)
        if plain is None:
            return self._outlying(self._sort(xs, targets), self.bounds.max_abs)
        return self._outlying(Admitted(plain.xs, targets, []), plain.reach)

    def glance(self, x: Features) -> Features:
        """Return features to predict from as the model may see them; nothing is learned of them.

        Raises ValueError that names the feature which no model may see.
        """
        if len(x) > self.bounds.max_features:
            raise ValueError(f"{len(x)} features > {self.bounds.max_features}")
        for name, value in x.items():
            found = self._problem(name, value)
            if found:
                raise ValueError(f"{name!r:.80} {found[1]}")
        return self._names.glance(x)

    def _plain(self, xs: Sequence[Features]) -> Plain | None:
        """Return the records as the model may see them, where all are numbers in bounds.

        Also None where names only just fit in, or one is of categories. In C over many records at
        once: a norm is at least its largest entry, and NaN or infinity in one entry is one in the
        norm.
        """
        bounds = self.bounds
        if not xs or not self._have_few(xs):
            return None
        usual = self._are_usual(xs)  # before the values: what it keeps must not hang on them
        reach = _reach(xs, bounds.max_abs)
        if reach is None:
            return None
        if usual:
            return Plain(xs, reach)
        categorical = self._names.categorical
        if categorical and not categorical.isdisjoint(chain.from_iterable(xs)):
            return None
        shown = self._names.show(xs, bounds.max_text, bounds.max_abs)
        return None if shown is None else Plain(shown[0], max(shown[1], reach))

    def _have_few(self, xs: Sequence[Features]) -> bool:
        most = self.bounds.max_features
        return len(xs.names) <= most if isinstance(xs, Grid) else max(map(len, xs)) <= most

    def _are_usual(self, xs: Sequence[Features]) -> bool:
        """Return whether all names are of numbers that came before."""
        known = self._names.known.keys()
        if not isinstance(xs, Grid) and not known >= xs[-1].keys():
            return False  # where names have no end, to gather all of them is in vain
        names: set[str] = set(xs.names) if isinstance(xs, Grid) else set().union(*xs)
        if names != self._usual:
            if not known >= names or not self._names.categorical.isdisjoint(names):
                return False
            self._usual = names
        return True

    def _sort(self, xs: Sequence[Features], targets: Sequence[Any]) -> Admitted:
        kept: list[Features] = []
        admitted = Admitted(kept, [], [])
        for at, (x, target) in enumerate(zip(xs, targets, strict=True)):
            shown = self._shown(at, x, target)
            if isinstance(shown, Refusal):
                admitted.refusals.append(shown)
            else:
                kept.append(shown)
                admitted.targets.append(target)
        return admitted

    def _shown(self, at: int, x: Features, target: Any) -> Features | Refusal:
        """Return the record as the model may see it, or why it may not; then it leaves no trace."""
        if target is None:
            return Refusal(at, "target", "the label is not one this task can learn from")
        if len(x) > self.bounds.max_features:
            return Refusal(at, "too_many", f"{len(x)} features > {self.bounds.max_features}")
        for name, value in x.items():
            found = self._problem(name, value)
            if found:
                return Refusal(at, found[0], f"{name!r:.80} {found[1]}")
        shown = self._names.one(x)
        if shown is None:
            return Refusal(at, "names", f"a name beyond the {self.bounds.max_names} there may be")
        most = self.bounds.max_abs
        if shown is not x and any(not isinstance(v, str) and abs(v) > most for v in shown.values()):
            return Refusal(at, "bounds", "features that share a name add up to too much")
        return shown

    def _problem(self, name: str, value: Any) -> tuple[Reason, str] | None:
        bounds, categorical = self.bounds, isinstance(value, str)
        if len(name if isinstance(name, str) else repr(name)) > bounds.max_text:
            return "bounds", f"is longer than {bounds.max_text} characters"
        if self._names.known.get(name, categorical) != categorical:
            return "type", f"was {'a number' if categorical else 'a category'}, is {value!r:.40}"
        if categorical:
            long = len(value) > bounds.max_text
            return ("bounds", f"is longer than {bounds.max_text} characters") if long else None
        return _out_of_bounds(value, bounds.max_abs)

    def _outlying(self, admitted: Admitted, reach: float) -> Admitted:
        xs, targets, refusals = admitted
        if self._targets is not None:
            out = self._targets.outside(targets)
            if out:
                xs, targets, refusals = _without(out, admitted)
        if self._outliers is not None:
            xs, _ = self._outliers.features(xs, reach)
        return Admitted(xs, targets, refusals)


def _without(out: Sequence[int], admitted: Admitted) -> Admitted:
    """Return a block without the records whose targets are outliers, places among the admitted."""
    xs, targets, refusals = admitted
    refused = {refusal.at for refusal in refusals}
    places = [at for at in range(len(xs) + len(refused)) if at not in refused]
    text = "the label {:g} is far from all before"
    more = [Refusal(places[i], "outlier", text.format(targets[i])) for i in out]
    stay = sorted({*range(len(xs))} - {*out})
    rest = [xs[i] for i in stay], [targets[i] for i in stay]
    return Admitted(*rest, sorted([*refusals, *more]))


def _reach(xs: Sequence[Features], most: float) -> float | None:
    """Return what no magnitude is beyond; None where one is beyond ``most``, or no number."""
    if isinstance(xs, Grid):
        reach = xs.reach
        return reach if reach <= most else None
    step = max(NORMED // max(len(xs[0]), 1), 1)
    every = chain.from_iterable
    try:
        norms = [
            hypot(*every(map(_values, xs[at : at + step])))  # type: ignore[arg-type]
            for at in range(0, len(xs), step)
        ]
    except (TypeError, OverflowError):  # a category or a null; an integer beyond any float
        return None
    return max(norms) if hypot(*norms) <= most else None


def _out_of_bounds(value: Any, max_abs: float) -> tuple[Reason, str] | None:
    try:
        size = hypot(value)  # what a whole block is tried with, so that both take the same for one
    except TypeError:
        return "type", f"is a {type(value).__name__}, not a number or a string"
    except OverflowError:
        return "bounds", f"is beyond {max_abs:g}"
    if not isfinite(size):
        return "nonfinite", f"is {value}"
    return None if size <= max_abs else ("bounds", f"is beyond {max_abs:g}")
