"""Where the mixture keeps what: the rows and columns of its few packed arrays.

A *lane* is one output of one member, ``member * classes + c``, with one class for regression and
binary problems. Traced members come first. Few arrays, because each argument of a compiled call
costs a quarter of a microsecond, which a single record has to pay.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import inner, making
from lrcontrol.kernels.rows import Integers

#: Tasks, by the codes that kernels know them by.
REGRESSION, BINARY, MULTICLASS = range(3)

#: Update geometries of members, by their codes.
SGD, NAG, IADA, ADA_GRAD, STANDARD = range(5)
Geometry = Literal["SGD", "NAG", "IADA", "AdaGrad", "standard"]
GEOMETRIES: tuple[Geometry, ...] = ("SGD", "NAG", "IADA", "AdaGrad", "standard")

#: Flags of a call: learn, scale the features, clamp regression to the range of the labels.
LEARN, SCALED, CLAMPED = 1, 2, 4

#: Columns of ``features``: records that had it, mean, variance; largest |x|; record last learned.
#: Behind the scaler the first three are its own; else all records up to its last one count.
SEEN, MEAN, VARIANCE, PEAK, TOUCHED = range(5)
FEATURE = 5

#: Rows of ``members``: geometry, fading factor of the trace, rate, mean of h^2, NAG's sum and its
#: count of records, mean loss of the last 20 records, records until it may be reset again, weight
#: in level 1, summed loss.
GEOMETRY, LAM, RATE, V, NORM, AGE, RECENT, COOL, WEIGHT, LOSS = range(10)
MEMBER = 10

#: Entries of ``pool``: records learned; least and greatest label; mean or count of the labels;
#: scale of the loss of level 1 and of level 3; variance of the residuals; weights of level 3;
#: recent loss of a model of zeros; resets so far; summed loss of level 1, of the stack, and of
#: what is served.
COUNT, LOW, HIGH, CLIMATE, SCALE, FINAL_SCALE, SPREAD, FIRST, SECOND, IDLE = range(10)
RESETS, LOSS_SHARE, LOSS_STACK, LOSS_SERVED = range(10, 14)
POOL = 14


class State(NamedTuple):
    """All that a mixture knows.

    ``memory`` (features + 1, 2 lanes + traced lanes): for each feature the weights, the sums of
    squared gradients, and the traces; feature 0 is the intercept. ``features`` (features + 1, 5).
    ``members`` (10, members + 1): one column a member, the climatology last. ``stack`` (inputs + 1,
    inputs): the inverse covariance, and in the last row the coefficients. ``pool`` (14). ``lags``
    (delay + 1, classes): the residuals y - q of the records learned last, a ring. ``counts``
    (classes): labels seen.
    """

    memory: Array
    features: Array
    members: Array
    stack: Array
    pool: Array
    lags: Array
    counts: Array


class Desk(NamedTuple):
    """Room to work on one record, for as many as a call has.

    ``taken``, ``old``, ``new`` (entries): the features, as they are predicted and as they are
    learned; ``z``, ``g`` (lanes): outputs and slopes; ``heard`` (traced lanes): what the traces
    say; ``says`` (experts, classes), ``losses`` (experts), ``q``, ``stacked`` (classes): the
    levels; ``f`` (classes, inputs) of the stack.
    """

    taken: Integers
    old: Array
    new: Array
    z: Array
    g: Array
    heard: Array
    says: Array
    losses: Array
    q: Array
    stacked: Array
    f: Array


@inner
@making
def furnish(starts: Integers, state: State) -> Desk:
    """Return a desk with room for the longest record of a block."""
    room = 1
    for t in range(starts.shape[0] - 1):
        room = max(room, starts[t + 1] - starts[t] + 1)
    k, classes = state.members.shape[1] - 1, state.counts.shape[0]
    lanes = k * classes
    traced = state.memory.shape[1] - 2 * lanes
    return Desk(
        np.empty(room, np.int64), np.empty(room), np.empty(room),
        np.empty(lanes), np.empty(lanes), np.empty(traced),
        np.empty((k + 1, classes)), np.empty(k + 1), np.empty(classes), np.empty(classes),
        np.zeros((classes, state.stack.shape[1])),
    )  # fmt: skip


@inner
def lag_at(flags: int, state: State) -> int:
    """Return which residual is the last one known: when a record is learned, that of ``delay``
    records before it, which is the newest one that its prediction could have seen."""
    ring, count = state.lags.shape[0], int(state.pool[COUNT])
    if flags & LEARN:
        return int(count % ring)
    return int((count + ring - 1) % ring)
