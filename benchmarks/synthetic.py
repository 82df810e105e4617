"""Streams made up here, the same for the same seed: each is one way in which a world can change.

Standard normal features z are shown as x = offset + spread * z, spreads within a factor of ten,
so that the raw view is neither ideal nor hopeless. A score s = w.z + b makes the target: s + noise
(regression), whether s + logistic noise > 0 (binary), the argmax of one score a class + Gumbel
noise (multiclass): the models can express the truth, what is left is how fast they follow it.

============== ===================================================================================
stationary     nothing changes
abrupt         other weights from half time on
gradual        other weights in more and more rows, from 40 % to 60 % of the stream
recurring      two sets of weights take turns, a fifth of the stream each
feature_x1000  the first feature's unit changes at half time
label_noise    from 50 % to 60 %: noise times 10, or half the labels drawn at random
heavy_tails    noise with infinite variance (Student, 2 degrees of freedom); of a class: features
               with 3
random_walk    the weights take a small random step at every row
============== ===================================================================================
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from problems import ROWS, Problem

#: Rows of a stream, features, classes of a multiclass one.
LENGTH, FEATURES, CLASSES = 10_000, 8, 4
#: Standard deviation of the noise of a regression, whose score has that of sqrt(FEATURES).
NOISE = 0.5
#: Random step of a weight at every row: over 10,000 rows it walks as far as its own size.
WALK = 0.01
FACTOR = 1000.0
TASKS = ("regression", "binary", "multiclass")
KINDS = {
    "stationary": TASKS,
    "abrupt": TASKS,
    "gradual": TASKS,
    "recurring": TASKS,
    "feature_x1000": TASKS[:2],
    "label_noise": TASKS[:2],
    "heavy_tails": TASKS[:2],
    "random_walk": TASKS[:2],
}


def synthetic(limit: int, only: Sequence[str] = (), seed: int = 1) -> Iterator[Problem]:
    """Yield all of them, in ``limit`` rows where that is less: the changes come earlier then."""
    for kind, tasks in KINDS.items():
        for task in tasks:
            if not only or f"{kind}_{task}" in only:
                yield make(kind, task, min(limit, LENGTH, ROWS), seed)


def make(kind: str, task: str, rows: int, seed: int) -> Problem:
    """Return one stream of ``rows`` rows."""
    name = f"{kind}_{task}"
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    blocks = CLASSES if task == "multiclass" else 1
    z = rng.normal(size=(rows, FEATURES))
    if kind == "heavy_tails" and task != "regression":
        z = rng.standard_t(3, size=z.shape)
    concepts = rng.normal(size=(2, blocks, FEATURES + 1))
    ones = np.column_stack([z, np.ones(rows)])
    scores = np.einsum("tbd,td->tb", _weights(kind, concepts, rows, rng), ones)
    y = _targets(kind, task, scores, rng)
    x = rng.normal(size=FEATURES) + 10.0 ** rng.uniform(-0.5, 0.5, FEATURES) * z
    if kind == "feature_x1000":
        x[rows // 2 :, 0] *= FACTOR
    classes = {"regression": 0, "binary": 2, "multiclass": CLASSES}[task]
    return Problem(name, task, np.ascontiguousarray(x), y, classes, kind)


def _weights(kind: str, concepts: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return the weights of every row (rows, blocks, features + 1)."""
    if kind == "random_walk":
        steps = WALK * rng.normal(size=(rows, *concepts.shape[1:]))
        return np.asarray(concepts[0] + np.cumsum(steps, axis=0))
    return np.asarray(concepts[second(kind, rows, rng).astype(int)])


def second(kind: str, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return which rows follow the second concept."""
    at = np.arange(rows) / rows
    if kind == "abrupt":
        return at >= 0.5
    if kind == "gradual":
        return rng.uniform(size=rows) < (at - 0.4) / 0.2
    if kind == "recurring":
        return np.asarray(np.arange(rows) // (rows // 5) % 2 == 1)
    return np.zeros(rows, bool)


def segments(kind: str, rows: int) -> list[tuple[int, int]]:
    """Return first and last row (exclusive) of each stretch that follows a change of concept.

    A gradual change counts from where it is complete.

    >>> segments("recurring", 1000)
    [(200, 400), (400, 600), (600, 800), (800, 1000)]
    """
    fifth = rows // 5
    return {
        "abrupt": [(rows // 2, rows)],
        "gradual": [(3 * fifth, rows)],
        "recurring": [(i * fifth, (i + 1) * fifth) for i in range(1, 5)],
    }[kind]


def _targets(kind: str, task: str, scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rows = len(scores)
    at = np.arange(rows) / rows
    burst = (kind == "label_noise") & (at >= 0.5) & (at < 0.6)
    if task == "regression":
        noise = rng.standard_t(2, rows) if kind == "heavy_tails" else rng.normal(size=rows)
        return np.asarray(scores[:, 0] + NOISE * noise * np.where(burst, 10.0, 1.0))
    if task == "multiclass":
        return (scores + rng.gumbel(size=scores.shape)).argmax(axis=1).astype(float)
    labels = scores[:, 0] + rng.logistic(size=rows) > 0.0
    random = rng.uniform(size=(2, rows)) < 0.5
    return np.where(burst & random[0], random[1], labels).astype(float)
