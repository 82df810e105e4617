"""Why a model's rate is what it is, from its status and its last decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.figures import counted, figure, listed, often, quoted, share, when
from lrcontrol.decisions.sentences import moves, sentence
from lrcontrol.decisions.vocabulary import ARMS, REASONS, RULINGS, RUNGS

#: Below this share of difference two losses are called the same.
SAME = 0.01

Json = Mapping[str, Any]


def explain(model: Json, entries: Sequence[Entry]) -> list[str]:
    """Return why the rate is what it is: one paragraph a thing that matters, most important first.

    ``model`` is a model of ``GET /api/v1/status``, as much of it as there is; ``entries`` are
    decisions of that model, oldest first, for what the newest of them were.
    """
    parts = (_rate, _choice, _hold, _loss, _ladder, _members, _arms, _drift, _data)
    told = [paragraph for part in parts for paragraph in part(model)]
    at = 1 + bool(model.get("chosen")) + bool(model.get("override"))
    return [*told[:at], *_lately(entries), *told[at:]]


def _rate(model: Json) -> Iterator[str]:
    name, rate = model.get("name", "The model"), figure(model.get("rate"))
    if model.get("state") == "failed":
        yield f"{name} has failed and learns no more: {model.get('failure')}."
        return
    ended = " Its input has ended." if model.get("state") == "ended" else ""
    by = model.get("chosen") or model.get("controller")
    held = model.get("override") is not None or model.get("mode") == "manual"
    who = "held by hand" if held else f"moved by {by}" if by else "in force"
    low, high = model.get("low"), model.get("high")
    within = f", between {figure(low)} and {figure(high)}" if low and high else ""
    yield f"{name} learns at a rate of {rate}, {who}{within}.{ended}"


def _choice(model: Json) -> Iterator[str]:
    if model.get("chosen"):
        yield f"auto chose {model['chosen']}: {model.get('why')}."


def _hold(model: Json) -> Iterator[str]:
    held = model.get("override")
    if held is None:
        return
    who = f"{held['actor'] or 'Somebody'} holds it at {figure(held['rate'])}"
    since = f"since {when(held['since'])} (record {held['step']:,}), for this reason: "
    ends = (
        f"That ends at {when(held['expires_at'])}; then the controller goes on from there."
        if held["expires_at"]
        else f"That has no end: it lasts until somebody resumes ({_resume(model)})."
    )
    yield f"{who} {since}{quoted(held['reason'])}. {ends}"


def _resume(model: Json) -> str:
    return f"lrcontrol resume {model.get('name', 'MODEL')} --reason ..."


def _loss(model: Json) -> Iterator[str]:
    fast, slow, noise = (model.get(name) for name in ("fast", "slow", "noise"))
    if not model.get("steps") or fast is None or slow is None:
        return
    trend = f"{share(fast, slow)} its" if slow else "where the"
    late = f"Of late it loses {figure(fast)}, {trend} long-run mean of {figure(slow)}"
    yield f"{late}; from one period to the next that varies by {figure(noise)}.{_skill(model)}"


def _skill(model: Json) -> str:
    baseline, skill = model.get("baseline"), model.get("skill")
    if baseline is None or skill is None:
        return ""
    guess = f" A guess would lose {figure(baseline)} over the whole stream"
    if skill <= 0.0:
        return f"{guess}: it has no skill ({skill:.3f})."
    return f"{guess}: its skill is {skill:.3f}, where 1 is perfect and 0 no better than a guess."


def _lately(entries: Sequence[Entry]) -> Iterator[str]:
    if not entries:
        return
    moved = [i for i, entry in enumerate(entries) if moves(entry)]
    kept = entries[moved[-1] + 1 if moved else 0 :]
    still = any(entry.action != "keep" for entry in kept)
    did = "kept, or moved by less than 1 %," if still else "kept"
    if moved:
        since = f" Since then it has been {did} {often(len(kept))}: {_whys(kept)}."
        yield sentence(entries[moved[-1]]) + (since if kept else "")
    else:
        span = f"From record {entries[0].step:,} to {entries[-1].step:,}"
        yield f"{span} it was {did} at {figure(entries[-1].applied)}: {_whys(kept)}."
    if terms := entries[-1].terms:
        named = [f"{name} {figure(value)}" for name, value in terms.items()]
        yield f"The terms of the last decision, at record {entries[-1].step:,}: {listed(named)}."


def _whys(entries: Sequence[Entry]) -> str:
    counts = Counter(REASONS.get(e.reason, e.reason) for e in entries).most_common()
    if len(counts) == 1:
        return counts[0][0]
    return "; ".join(f"{often(n)} because {why}" for why, n in counts)


def _ladder(model: Json) -> Iterator[str]:
    rung, rulings = model.get("rung") or "", model.get("rulings") or {}
    did = [f"{RULINGS.get(k, k)} {often(n)}" for k, n in rulings.items() if n]
    if not rung or (rung == "watching" and not did):
        return
    so_far = f" So far it {listed(did)}." if did else ""
    yield f"The divergence ladder {RUNGS.get(rung, rung)}.{so_far}"


def _members(model: Json) -> Iterator[str]:
    members = model.get("members") or []
    if not members:
        return
    heavy = max(members, key=lambda m: m["weight"] or 0.0)
    best = min(members, key=lambda m: inf if m["loss"] is None else m["loss"])
    alone = (heavy["weight"] or 0.0) >= 1.0
    stands = "is served" if alone else f"weighs most ({heavy['weight'] or 0.0:.2g} of 1)"
    side = f"{counted(len(members), 'model')} learn the same records side by side"
    yield f"{side}; the one that {stands} is {heavy['name']}, at {figure(heavy['rate'])}." + (
        " Of late it also loses least."
        if best is heavy
        else f" Of late {best['name']}, at {figure(best['rate'])}, loses least "
        f"({figure(best['loss'])}, where that one loses {figure(heavy['loss'])})."
    )


def _arms(model: Json) -> Iterator[str]:
    arms = [a for a in model.get("arms") or [] if a["served_loss"] and a["loss"] is not None]
    if not arms:
        return
    told = [f"at {ARMS.get(a['name'], a['name'])} ({figure(a['rate'])}) {_arm(a)}" for a in arms]
    better = [a for a in arms if a["loss"] < (1.0 - SAME) * a["served_loss"]]
    verdict = (
        f"So {listed([ARMS.get(a['name'], a['name']) for a in better])} would do better."
        if better
        else "So no other rate that was tried would do better."
    )
    on = counted(max(arm["records"] for arm in arms), "record")
    yield f"Copies at other rates, on the same {on}: {listed(told)}. {verdict}"


def _arm(arm: Json) -> str:
    ratio = arm["loss"] / arm["served_loss"]
    if abs(ratio - 1.0) < SAME:
        return "it would lose the same"
    if ratio >= 2.0:
        return f"it would lose {figure(ratio)} times as much"
    return f"it would lose {100 * abs(ratio - 1.0):.0f} % {'more' if ratio > 1.0 else 'less'}"


def _drift(model: Json) -> Iterator[str]:
    drifts, at = model.get("drifts") or 0, model.get("drift_at") or 0.0
    if drifts:
        last = f", last at {when(at)}" if at else ""
        yield f"The drift detector has raised the alarm {often(drifts)}{last}."


def _data(model: Json) -> Iterator[str]:
    rejected, nonfinite = model.get("rejected") or {}, model.get("nonfinite") or 0
    told = (
        [f"{counted(sum(rejected.values()), 'record')} refused"] if any(rejected.values()) else []
    )
    if nonfinite:
        told.append(f"{nonfinite:,} losses that were not finite, or absurd")
    if told:
        yield f"Since the start there were {listed(told)}."
