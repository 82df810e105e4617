"""A bank of members, one block of rows: predict, score, serve the leader, learn."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.ceilings import Plan, Scratch, ask, settle, spare
from lrcontrol.kernels.compiler import inner, kernel, making
from lrcontrol.kernels.lanes import project_row
from lrcontrol.kernels.leader import Leader, lead, witness
from lrcontrol.kernels.moves import Models, Rule, Traces, move, unbiased
from lrcontrol.kernels.outlook import (
    MULTICLASS,
    REGRESSION,
    bend_all,
    class_slopes,
    doubted,
    loss_of,
    probabilities,
    rivalry,
    within_range,
)
from lrcontrol.kernels.rows import Integers, Rows
from lrcontrol.kernels.scaling import Scales, count_in, standardise
from lrcontrol.kernels.trace import Law


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
    plan: Plan, known: int, columns: Integers, x: Array, y: float, models: Models, leader: Leader,
    z: Array, losses: Array, count: int, t: int, out: Served,
) -> None:  # fmt: skip
    """Write record ``t``'s line of ``out``, and the losses of all members as the leader sees them.

    ``count`` >= 1 of all records so far.
    """
    members = plan.members
    lanes = z[: known * members]
    project_row(columns, x, models.w, lanes)
    if plan.kind == MULTICLASS:
        probabilities(lanes, members, int(y), out.scores[t])
    else:
        for k in range(members):
            lanes[k] += models.biases[k]
            out.scores[t, k] = lanes[k]
    low, high = -math.inf, math.inf
    if plan.kind == REGRESSION and 0.0 < plan.clamped <= leader.range[2]:
        low, high = leader.range[0], leader.range[1]
    for k in range(members):
        losses[k] = loss_of(plan.kind, out.scores[t, k], y, low, high)
        leader.spent[k] += losses[k]
    served = leader.served[0]
    out.members[t], out.losses[t] = served, losses[served]
    for k in range(members):
        losses[k] = doubted(plan.kind, out.scores[t, k], y, losses[k], count)
    for c in range(known):
        said = lanes[c * members + served]
        out.predictions[t, c] = within_range(said, low, high) if plan.kind == REGRESSION else said


@inner
def slope(
    plan: Plan, known: int, columns: Integers, x: Array, y: float, weight: float, models: Models,
    room: Scratch,
) -> None:  # fmt: skip
    """Write the slopes of a record's loss, in all lanes, those of a new class included.

    A class that is new has no say in the others' probabilities, and one of 0 itself.
    """
    members, z = plan.members, room.slopes
    project_row(columns, x, models.w, z)
    if plan.kind != MULTICLASS:
        for k in range(members):
            z[k] += models.biases[k]
        bend_all(plan.kind, plan.clip, weight, y, z, room.ceilings, room.bents)
        return
    rivalry(z, members, int(y), room.bents)
    probabilities(z[: known * members], members, int(y), room.ceilings)
    class_slopes(z, members, int(y), room.bents, room.ceilings)


@inner
def learn(
    plan: Plan, law: Law, rule: Rule, columns: Integers, x: Array, y: float, weight: float,
    count: int, models: Models, traces: Traces, rates: Array, applied: Array, room: Scratch,
) -> None:  # fmt: skip
    """Move the models along the slopes of record ``count`` >= 1."""
    members = plan.members
    label = int(y) if plan.kind == MULTICLASS else 0
    ask(
        plan, law, rule, columns, x, label, weight, count, models, traces, rates, applied, room
    )  # fmt: skip
    settle(plan, applied, models, traces, room)
    for c in range(room.slopes.shape[0] // members):
        correction = unbiased(rule, models.ages[c])
        for k in range(members):
            room.pace[c * members + k] = applied[k] * correction
        models.ages[c] += 1.0
    move(
        rule, plan.l2, members, columns, x, room.slopes, room.pace, models, traces, room.parts,
        room.moves,
    )  # fmt: skip


@inner
def widest(rows: Rows) -> int:
    """Return the most entries that a record has."""
    most = 0
    for t in range(rows.starts.shape[0] - 1):
        most = max(most, rows.starts[t + 1] - rows.starts[t])
    return most


@inner
@making
def take(
    plan: Plan, scales: Scales, rows: Rows, t: int, learning: bool, room: Array
) -> tuple[Integers, Array]:
    """Return record ``t``'s columns and values, scaled, in ``room``; with ``learning`` count it."""
    start, end = rows.starts[t], rows.starts[t + 1]
    columns, values, x = rows.columns[start:end], rows.values[start:end], room[: end - start]
    if plan.scaled and learning:
        count_in(scales, columns, values)
    if plan.scaled:
        standardise(scales, columns, values, x)
    else:
        for i in range(end - start):  # x[:] = values compiles numpy's errors too, and strings
            x[i] = values[i]
    return columns, x


@kernel
def bank_rows(
    plan: Plan, law: Law, rule: Rule, learned: int, known: int, before: Rows, after: Rows,
    targets: Array, weights: Array, rates: Array, applied: Array, scales: Scales, models: Models,
    traces: Traces, leader: Leader, out: Served,
) -> int:  # fmt: skip
    """Predict, then learn each record of a block; return how many classes are known after it.

    ``before`` and ``after``: the records as they are predicted and as they are learned, both before
    the scaler inside; ``targets`` (n) numbers, 0 and 1, or classes in order of appearance, of which
    ``known`` are known already; ``weights`` (n) of the records; ``rates`` (members) those held, of
    traced members the gain, ``applied`` those of the last record. All state changes in place.
    """
    several, losses = plan.kind == MULTICLASS, np.zeros_like(rates)
    old, new = np.empty(widest(before)), np.empty(widest(after))
    room = spare(plan, known)
    for t in range(targets.shape[0]):
        y, count = targets[t], learned + t + 1
        columns, x = take(plan, scales, before, t, False, old)
        predict(plan, known, columns, x, y, models, leader, room.slopes, losses, count, t, out)
        columns, x = take(plan, scales, after, t, True, new)
        seen, known = known, max(known, int(y) + 1) if several else known
        if known > seen:
            room = spare(plan, known)
        slope(plan, seen, columns, x, y, weights[t], models, room)
        learn(
            plan, law, rule, columns, x, y, weights[t], count, models, traces, rates, applied, room
        )
        lead(plan.kind, plan.memory, plan.switch, losses, out.losses[t], count, leader)
        witness(y, leader)
    return known
