"""A bank of members, one block of rows: predict, score, serve the leader, learn."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.ceilings import Law, ask, settle
from lrcontrol.kernels.compiler import inner, kernel
from lrcontrol.kernels.lanes import project_row
from lrcontrol.kernels.leader import Leader, lead, witness
from lrcontrol.kernels.moves import Models, Rule, Traces, move, unbiased
from lrcontrol.kernels.outlook import (
    MULTICLASS,
    REGRESSION,
    class_slopes,
    loss_of,
    probabilities,
    rivalry,
    slopes,
    within_range,
)
from lrcontrol.kernels.rows import Integers, Rows
from lrcontrol.kernels.scaling import Scales, count_in, standardise


class Served(NamedTuple):
    """What a block of n records came to, each predicted before it was learned.

    ``predictions`` (n, classes): numbers, log odds of 1, or probabilities, of the served member;
    ``losses`` (n) its losses; ``members`` (n): which one served; ``scores`` (n, members): raw
    predictions, log odds of 1, or log probabilities of the label, of all.
    """

    predictions: Array
    losses: Array
    members: Integers
    scores: Array


@inner
def predict(
    law: Law, known: int, columns: Integers, x: Array, y: float, models: Models, leader: Leader,
    z: Array, losses: Array, t: int, out: Served,
) -> None:  # fmt: skip
    """Write record ``t``'s line of ``out``, and the losses of all members."""
    members = law.members
    lanes = z[: known * members]
    project_row(columns, x, models.w, lanes)
    if law.kind == MULTICLASS:
        probabilities(lanes, members, int(y), out.scores[t])
    else:
        for k in range(members):
            lanes[k] += models.biases[k]
            out.scores[t, k] = lanes[k]
    low, high = -math.inf, math.inf
    if law.kind == REGRESSION and 0.0 <= law.clamped <= leader.range[2]:
        low, high = leader.range[0], leader.range[1]
    for k in range(members):
        losses[k] = loss_of(law.kind, out.scores[t, k], y, low, high)
    served = leader.served[0]
    out.members[t], out.losses[t] = served, losses[served]
    for c in range(known):
        said = lanes[c * members + served]
        out.predictions[t, c] = within_range(said, low, high) if law.kind == REGRESSION else said


@inner
def slope(
    law: Law, known: int, columns: Integers, x: Array, y: float, weight: float, models: Models,
    z: Array, curvatures: Array, margins: Array,
) -> None:  # fmt: skip
    """Turn z (lanes of all classes, a new one included) into the slopes of a record's loss.

    A class that is new has no say in the others' probabilities, and one of 0 itself.
    """
    members = law.members
    project_row(columns, x, models.w, z)
    if law.kind != MULTICLASS:
        for k in range(members):
            z[k] += models.biases[k]
        slopes(law.kind, law.clip, weight, y, z, curvatures)
        return
    rivalry(z, members, int(y), margins)
    probabilities(z[: known * members], members, int(y), curvatures)
    class_slopes(z, members, int(y), margins, curvatures)
    for k in range(members):
        curvatures[k] *= weight
    for lane in range(z.shape[0]):
        z[lane] *= weight


@inner
def learn(
    law: Law, rule: Rule, columns: Integers, x: Array, z: Array, curvatures: Array, count: int,
    models: Models, traces: Traces, rates: Array, applied: Array, h: Array,
) -> None:  # fmt: skip
    """Move the models along the slopes z (lanes) of record ``count`` >= 1."""
    members = law.members
    pace, moves = np.empty_like(z), np.empty_like(z)
    ask(law, rule, columns, x, z, curvatures, count, models, traces, rates, applied, h)
    settle(law, z, applied, models, traces)
    for c in range(z.shape[0] // members):
        correction = unbiased(rule, models.ages[c])
        for k in range(members):
            pace[c * members + k] = applied[k] * correction
        models.ages[c] += 1.0
    move(rule, law.l2, members, columns, x, z, pace, models, traces, moves)


@kernel
def bank_rows(
    law: Law, rule: Rule, learned: int, known: int, before: Rows, after: Rows, targets: Array,
    weights: Array, rates: Array, applied: Array, scales: Scales, models: Models, traces: Traces,
    leader: Leader, out: Served,
) -> int:  # fmt: skip
    """Predict, then learn each record of a block; return how many classes are known after it.

    ``before`` and ``after``: the records as they are predicted and as they are learned, both before
    the scaler inside; ``targets`` (n) numbers, 0 and 1, or classes in order of appearance, of which
    ``known`` are known already; ``weights`` (n) of the records; ``rates`` (members) those held, of
    traced members the gain, ``applied`` those of the last record. All state changes in place.
    """
    z, h = np.zeros(out.predictions.shape[1] * law.members), np.zeros((2, law.traced))
    losses, curvatures, margins = np.zeros_like(rates), np.zeros_like(rates), np.zeros_like(rates)
    for t in range(targets.shape[0]):
        y, count = targets[t], learned + t + 1
        columns = before.columns[before.starts[t] : before.starts[t + 1]]
        x = before.values[before.starts[t] : before.starts[t + 1]].copy()
        if law.scaled:
            standardise(scales, columns, x.copy(), x)
        predict(law, known, columns, x, y, models, leader, z, losses, t, out)
        columns = after.columns[after.starts[t] : after.starts[t + 1]]
        x = after.values[after.starts[t] : after.starts[t + 1]].copy()
        if law.scaled:
            count_in(scales, columns, x)
            standardise(scales, columns, x.copy(), x)
        old, known = known, max(known, int(y) + 1) if law.kind == MULTICLASS else known
        lanes = z[: known * law.members]
        slope(law, old, columns, x, y, weights[t], models, lanes, curvatures, margins)
        learn(
            law, rule, columns, x, lanes, curvatures, count, models, traces, rates, applied, h
        )  # fmt: skip
        lead(law.kind, law.memory, law.switch, losses, count, leader)
        witness(y, leader)
    return known
