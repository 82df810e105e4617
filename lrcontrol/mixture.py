"""The mixture as River estimators: no rate to choose, one compiled kernel for all of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from math import isfinite, log
from typing import Any

import numpy as np
from river import base

from lrcontrol.kernels import Columns
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.mixture import Blend, Size
from lrcontrol.mixed import Features, Mixed, Part
from lrcontrol.scoring import FLOOR, NOVEL

__all__ = ["MixtureClassifier", "MixtureRegressor", "Part"]


class MixtureRegressor(Mixed, base.Regressor):
    """Linear regression without a rate to choose: members of different geometry, mixed and stacked.

    Parameters
    ----------
    size
        "small": three members tune their own rates beside 14 fixed ones; "large": eight do.
    initial_rate
        Where the tuned members start, > 0; from 1e-5 to 10 it makes little difference.
    scale
        Standardise the features inside, as ``river.preprocessing.StandardScaler`` before it would:
        the whole pipeline runs compiled. Leave it off behind a transformer of your own.
    clamp
        Cut predictions to the range of the labels so far.
    delay
        Records predicted between one and its label; the stack then learns from residuals as old as
        those it will know.
    max_features
        Most features that are learned; later ones are ignored and counted in ``ignored``.

    Without numba (the extra ``fast``) the numbers are the same, some hundred times as slowly.
    Values that are not finite count as absent; a record whose label is not finite, or whose weight
    is 0, is not learned.

    Examples
    --------
    >>> from river import datasets, evaluate, metrics
    >>> from lrcontrol.mixture import MixtureRegressor
    >>> model = MixtureRegressor(scale=True)
    >>> evaluate.progressive_val_score(datasets.TrumpApproval(), model, metrics.MAE())
    MAE: 0.2786
    """

    def __init__(
        self,
        size: Size = "small",
        initial_rate: float = 0.01,
        scale: bool = False,
        clamp: bool = True,
        delay: int = 0,
        max_features: int = 10_000,
    ) -> None:
        self.size: Size = size
        self.initial_rate = initial_rate
        self.scale = scale
        self.clamp = clamp
        self.delay = delay
        self.max_features = max_features
        self._columns = Columns(max_features)
        self._blend = Blend("regression", size, initial_rate, scale, clamp, delay=delay)

    def predict_one(self, x: Features) -> float:
        """Return the prediction from the labels known so far."""
        return self._predict(x)[0]

    def learn_one(self, x: Features, y: float, w: float = 1.0) -> None:
        """Learn one record of weight ``w`` >= 0."""
        self._blend.learn(self._rows([x]), [y], [w])

    def serve(
        self, xs: Sequence[Features], ys: Sequence[Any], ws: Sequence[float] | None = None
    ) -> Iterator[Part]:
        """Yield the one part: predictions and squared errors."""
        y = np.array(ys, np.float64)
        out = self._blend.learn(self._rows(xs), y, ws)
        yield Part(out, ((out[:, 0] - y) ** 2).tolist())


class MixtureClassifier(Mixed, base.Classifier):
    """Logistic or softmax regression without a rate to choose; see ``MixtureRegressor``.

    Parameters
    ----------
    multiclass
        Off: labels are true or false, and the members are logistic regressions. On: any labels, and
        the members are softmax regressions; new classes may arrive at any time.
    size
        As for ``MixtureRegressor``, and so are the next four.
    initial_rate
        Start rate of the tuned members.
    scale
        Standardise the features inside.
    delay
        Records predicted between one and its label.
    max_features
        Most features that are learned.
    classes
        Labels known from the start, for multiclass; others are added as they come.
    max_classes
        Most classes that are learned; a record of a class beyond is predicted only.

    A class that arrives gets weights of zero, and half a record in the class frequencies; the
    stack has one set of coefficients for all classes. ``learn_all`` counts the record that brings a
    class as if it had been given a probability of one in a thousand. Raises ValueError for a label
    other than true, false, 1 and 0 unless ``multiclass``.

    Examples
    --------
    >>> from river import datasets, evaluate, metrics
    >>> from lrcontrol.mixture import MixtureClassifier
    >>> model = MixtureClassifier(scale=True)
    >>> evaluate.progressive_val_score(datasets.Phishing(), model, metrics.LogLoss())
    LogLoss: 0.2615
    >>> model = MixtureClassifier(multiclass=True, scale=True)
    >>> evaluate.progressive_val_score(datasets.ImageSegments(), model, metrics.CrossEntropy())
    CrossEntropy: 0.31657
    """

    def __init__(
        self,
        multiclass: bool = False,
        size: Size = "small",
        initial_rate: float = 0.01,
        scale: bool = False,
        delay: int = 0,
        max_features: int = 10_000,
        classes: Sequence[Hashable] | None = None,
        max_classes: int = 1000,
    ) -> None:
        self.multiclass = multiclass
        self.size: Size = size
        self.initial_rate = initial_rate
        self.scale = scale
        self.delay = delay
        self.max_features = max_features
        self.classes = classes
        self.max_classes = max_classes
        self._columns = Columns(max_features)
        known: Sequence[Any] = (classes or ()) if multiclass else (False, True)
        self._index: dict[Any, int] = {label: i for i, label in enumerate(known)}
        self._blend = Blend(
            "multiclass" if multiclass else "binary",
            size, initial_rate, scale, classes=len(self._index), delay=delay,
        )  # fmt: skip

    @property
    def _multiclass(self) -> bool:
        return self.multiclass

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        yield {"multiclass": False}
        yield {"multiclass": True}

    @property
    def labels(self) -> tuple[Any, ...]:
        """The classes known, in the order of the kernel's probabilities."""
        return tuple(self._index)

    def predict_proba_one(self, x: Features, **kwargs: Any) -> dict[Any, float]:
        """Return the probability of each class known so far."""
        return self.shown(self._predict(x)) if self._index else {}

    def shown(self, line: Sequence[float]) -> dict[Any, float]:
        """Return a line of ``Part.predictions`` as a probability for each label."""
        if self.multiclass:
            return dict(zip(self._index, line, strict=False))
        return {False: 1.0 - line[0], True: line[0]}

    def learn_one(self, x: Features, y: Any, w: float = 1.0) -> None:
        """Learn one record of weight ``w`` >= 0."""
        for _ in self.serve([x], [y], [w]):
            pass

    def serve(
        self, xs: Sequence[Features], ys: Sequence[Any], ws: Sequence[float] | None = None
    ) -> Iterator[Part]:
        """Yield the parts of a block: one, and one more for each class that arrives in it."""
        weights = [1.0] * len(ys) if ws is None else list(ws)
        begin = 0
        while begin < len(ys):
            arrived = ys[begin] not in self._index and self._meet(ys[begin])
            end = begin + 1
            while end < len(ys) and not self._arrives(ys[end]):
                end += 1
            codes = [self._index.get(y) for y in ys[begin:end]]
            known = [
                0.0 if c is None else w for c, w in zip(codes, weights[begin:end], strict=True)
            ]
            out = self._blend.learn(
                self._rows(xs[begin:end]), [float(c or 0) for c in codes], known
            )
            losses = self._losses(out, codes)
            if arrived:
                losses[0] = -log(NOVEL)
            yield Part(out, losses)
            begin = end

    def _losses(self, out: Array, codes: list[int | None]) -> list[float]:
        lines = out.tolist()
        if self.multiclass:
            ps = [NOVEL if c is None else line[c] for line, c in zip(lines, codes, strict=True)]
        else:
            ps = [line[0] if c else 1.0 - line[0] for line, c in zip(lines, codes, strict=True)]
        return [-log(max(p, FLOOR)) for p in ps]

    def _arrives(self, y: Any) -> bool:
        return y not in self._index and (not self.multiclass or self._room)

    @property
    def _room(self) -> bool:
        return len(self._index) < self.max_classes

    def _meet(self, y: Any) -> bool:
        """Take in a class never seen; return whether there was room for it."""
        if not self.multiclass:
            raise ValueError(f"label {y!r} is not true or false: set multiclass=True")
        if not self._room or (isinstance(y, float) and not isfinite(y)):
            return False
        self._index[y] = len(self._index)
        self._blend.widen(len(self._index))
        return True
