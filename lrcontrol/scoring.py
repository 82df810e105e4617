"""The station after the prediction: its loss, and the loss of predicting without any skill.

Progressive validation (Gama et al. 2013, "On evaluating stream learning algorithms"): each record
is predicted before it is learned, and the baseline is scored on exactly the same records.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, isfinite, log
from typing import Any, Literal, Protocol

from river import base

from lrcontrol.record import Target

Kind = Literal["regression", "binary", "multiclass"]
Loss = Literal["squared", "absolute", "log"]

#: Records the running mean looks back: long enough to be calm, short enough to follow a level.
BASELINE_RECORDS = 2000
#: Least probability a loss is computed from, so that one record costs at most 34.5 nats.
FLOOR = 1e-15
#: Probability credited for a class the model does not know. A constant: the baseline's own share
#: lags by the block being learned, so the loss would depend on how the stream is cut into blocks.
NOVEL = 1e-3
#: What the class frequencies add to each count; an unseen class has half a record.
PRIOR = 0.5
#: Labels learned before a new one is doubted.
EARLY = 100
#: Longest label that is a class, in characters.
LONGEST_LABEL = 256


class Task(Protocol):
    """How a kind of problem is predicted, scored and compared with no skill."""

    kind: Kind
    loss: Loss

    def targets(self, labels: list[Target]) -> list[Any]:
        """Return one target a label, None for a label that cannot be learned from."""
        ...

    def score(self, y: Any, prediction: Any) -> float:
        """Return the loss >= 0 of a prediction made before ``y`` was learned; may be inf or NaN."""
        ...

    def baseline(self, targets: Sequence[Any], total: float = 0.0) -> float:
        """Return ``total`` and the no-skill loss of each of ``targets``; learn them.

        Added one after the other to ``total``, so that it is the same to the last bit however the
        records are cut into blocks (``sum`` compensates from Python 3.12 on, so it is not).
        """
        ...


class Regression:
    """Real targets: squared or absolute error, against the running mean of the targets."""

    kind: Kind = "regression"

    def __init__(self, loss: Loss = "squared", max_abs: float = 1e9) -> None:
        self.loss = loss
        self.max_abs = max_abs
        self._mean = 0.0
        self._seen = 0
        self._squared = loss == "squared"

    def targets(self, labels: list[Target]) -> list[Any]:
        """Return the labels as they are where finite and within ``max_abs``, else None."""
        if self._usable(*labels):
            return labels
        return [y if self._usable(y) else None for y in labels]

    def _usable(self, *labels: Any) -> bool:
        # A norm is at least its largest entry, and NaN or infinity in one entry is one in the norm.
        try:
            return hypot(*labels) <= self.max_abs
        except (TypeError, OverflowError):  # no number, or an integer beyond any float
            return False

    def score(self, y: float, prediction: float) -> float:
        """Return (y - p)^2 or |y - p|."""
        error = y - prediction
        return error * error if self._squared else abs(error)

    def baseline(self, targets: Sequence[float], total: float = 0.0) -> float:
        """Add the losses of predicting the running mean (over 2,000 records, from 0)."""
        mean, seen, squared = self._mean, self._seen, self._squared
        for y in targets:
            error = y - mean
            total += error * error if squared else abs(error)
            if seen < BASELINE_RECORDS:
                seen += 1
            mean += error / seen
        self._mean, self._seen = mean, seen
        return total


class Classification:
    """Class targets: log loss, or zero-one where the model gives no probabilities.

    ``positive`` names the label that means True in a binary task; without it the labels must be
    true/false or 1/0.

    The labels of a multiclass task are all texts or all numbers, as the first one is. There are at
    most ``max_classes``. A label that comes up only after ``EARLY`` labels is a slip as likely as a
    class, and one slip costs a model with one member a class for hundreds of records: so it is
    turned away ``slips`` times before it counts.
    """

    loss: Loss = "log"

    def __init__(
        self,
        kind: Kind = "binary",
        positive: str | None = None,
        max_classes: int = 100,
        slips: int = 2,
    ) -> None:
        self.kind = kind
        self._positive = positive
        self._max_classes = max_classes
        self._slips = slips
        binary = kind == "binary"
        self._targets: dict[Target, Any] = {True: True, False: False} if binary else {}
        self._strange: dict[Target, int] = {}  # how often a label was turned away
        self._met = 0  # labels, those that were learned; up to EARLY
        self._counts: dict[Any, int] = {True: 0, False: 0} if binary else {}
        self._seen = 0

    def targets(self, labels: list[Target]) -> list[Any]:
        """Return booleans (binary) or the labels, whole numbers as ints (multiclass)."""
        if self._positive is not None:
            return [self._is_positive(y) for y in labels]
        known = self._targets
        try:
            targets = [known.get(y) for y in labels]
        except TypeError:  # a list
            targets = [None]
        if None not in targets:
            self._met = min(self._met + len(targets), EARLY)
            return targets
        return [self._target(y) for y in labels]

    def _is_positive(self, y: Any) -> bool | None:
        if isinstance(y, str):
            return y == self._positive
        return f"{float(y):g}" == self._positive if _is_number(y) else None

    def _target(self, y: Any) -> Any:
        text = isinstance(y, str) and len(y) <= LONGEST_LABEL
        if not text and not _is_number(y):
            return None
        if self.kind == "multiclass" and y not in self._targets and self._is_class(y, text):
            whole = isinstance(y, float) and y.is_integer()
            self._targets[y] = int(y) if whole else y
        target = self._targets.get(y)
        self._met = min(self._met + (target is not None), EARLY)
        return target

    def _is_class(self, y: Target, text: bool) -> bool:
        """Return whether a label never learned is a class from now on."""
        known = self._targets
        if len(known) >= self._max_classes:
            return False
        if known and text != isinstance(next(iter(known)), str):
            return False
        if self._met < EARLY:
            return True
        times = self._strange.pop(y, 0)
        if times >= self._slips:
            return True
        self._strange[y] = times + 1
        if len(self._strange) > self._max_classes:  # the one not seen for longest is forgotten
            del self._strange[next(iter(self._strange))]
        return False

    def score(self, y: Any, prediction: Any) -> float:
        """Return -ln p(y), with p floored; for a bare label 0 when right and 1 when wrong.

        A class the model does not know yet counts as one in a thousand, so that it is not charged
        34 nats for a class nobody could know.
        """
        if not isinstance(prediction, dict):
            return 0.0 if prediction == y else 1.0
        p = prediction.get(y)
        if p is None:
            p = NOVEL
        return -log(p) if p > FLOOR else -log(FLOOR) if p == p else float("nan")

    def baseline(self, targets: Sequence[Any], total: float = 0.0) -> float:
        """Add the log losses of predicting the class frequencies so far."""
        counts = self._counts
        for y in targets:
            total -= log(self._share(y))
            counts[y] = counts.get(y, 0) + 1
            self._seen += 1
        return total

    def _share(self, y: Any) -> float:
        counts = self._counts
        classes = max(len(counts) + (y not in counts), 2)  # one class alone would be a sure thing
        return (counts.get(y, 0) + PRIOR) / (self._seen + PRIOR * classes)


def _is_number(y: Any) -> bool:
    try:
        return isinstance(y, float | int) and isfinite(y)
    except OverflowError:  # an integer beyond any float
        return False


def task_of(
    model: base.Estimator,
    loss: Loss | None = None,
    kind: Kind | None = None,
    positive: str | None = None,
    max_abs: float = 1e9,
    max_classes: int = 100,
    slips: int = 2,
) -> Task:
    """Return the task a River model is for, with its default loss unless another is named.

    Raises ValueError when the model is no regressor or classifier, or the loss does not fit.
    """
    kind = kind or _kind(model)
    fits = ("squared", "absolute") if kind == "regression" else ("log",)
    if loss is not None and loss not in fits:
        raise ValueError(f"loss {loss!r} does not fit {kind}: use {' or '.join(fits)}")
    if kind == "regression":
        return Regression(loss or "squared", max_abs)
    return Classification(kind, positive, max_classes, slips)


def _kind(model: base.Estimator) -> Kind:
    if isinstance(model, base.Classifier):
        return "multiclass" if model._multiclass else "binary"
    if isinstance(model, base.Regressor):
        return "regression"
    raise ValueError(f"{type(model).__name__} is neither a regressor nor a classifier")
