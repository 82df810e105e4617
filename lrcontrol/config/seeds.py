"""Which parts of a River object draw random numbers without a seed, so that no two runs agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrcontrol.config.arguments import parameters_of

#: Parts within parts that are looked into; real models have about five.
DEPTH = 16


def unseeded(value: Any, depth: int = DEPTH) -> Iterator[str]:
    """Return the class names of River objects in ``value`` that have an unset ``seed``.

    ``value`` is a River object, or a list, tuple or dict of some. Looks at constructor parameters,
    as River's ``clone`` does: what a model makes from its own seed inside is its own affair.

    >>> from river import linear_model, optim, preprocessing
    >>> list(unseeded(preprocessing.FeatureHasher() | linear_model.LogisticRegression(
    ...     initializer=optim.initializers.Normal())))
    ['FeatureHasher', 'Normal']
    """
    for part in _parts(value) if depth else ():
        kind: Any = type(part)
        for name in parameters_of(kind):
            inner = getattr(part, name, None)
            if name == "seed" and inner is None:
                yield type(part).__name__
            yield from unseeded(inner, depth - 1)


def _parts(value: Any) -> Iterator[Any]:
    from river import base

    several = value.values() if isinstance(value, dict) else value
    # Not any iterable: asking a generator for its parts would use it up.
    for each in several if isinstance(value, dict | list | tuple) else (value,):
        if isinstance(each, base.Base):
            yield each
