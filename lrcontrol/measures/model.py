"""What is told of a model: what it learned, how well, and what moves its rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from lrcontrol import guard
from lrcontrol.control.base import Action
from lrcontrol.control.guarding import Rung
from lrcontrol.measures.measure import (
    Measure,
    bucketed,
    counter,
    each,
    gauge,
    histogram,
    moment,
    one,
    ratio,
    states,
    summary,
    summed,
)
from lrcontrol.status import ModelState, ModelStatus

#: Decisions that are counted from 0: somebody may want to know of the first one.
RARE = ("nonfinite", "drift", "diverged", "manual")
ALARMING = {(act, why): 0 for act in get_args(Action) for why in RARE}
REFUSALS = dict.fromkeys(get_args(guard.Reason), 0)


def of_model(model: ModelStatus) -> Iterator[Measure]:
    """Yield every metric of one model, always the same ones in the same order."""
    yield from _learning(model)
    yield from _losses(model)
    yield from _control(model)
    yield from _hand(model)
    yield from _drift(model)
    yield from _divergence(model)


def of_members(model: ModelStatus) -> Iterator[Measure]:
    """Yield what is known of the models that run side by side in one."""
    members = model.loop.members
    rates = [sample for m in members for sample in one(m.rate, m.name)]
    weights = [sample for m in members for sample in one(m.weight, m.name)]
    yield gauge("member_rate", "Rate in force for a member.", rates, ("member",))
    text = "Share of a member in what is served: 1 for the leader of a bank."
    yield gauge("member_weight", text, weights, ("member",))


def of_arms(model: ModelStatus) -> Iterator[Measure]:
    """Yield what other rates would give, each beside the served model on the same records."""
    arms = model.loop.arms
    rates = [sample for arm in arms for sample in one(arm.rate, arm.name)]
    losses = [s for arm in arms for s in summed(arm.records, arm.loss_sum, arm.name)]
    served = [s for arm in arms for s in summed(arm.records, arm.served_sum, arm.name)]
    yield gauge("shadow_rate", "Rate that an arm learns at, for comparison.", rates, ("arm",))
    text = "Progressive loss of an arm, on the records that it was shown."
    yield summary("shadow_loss", text, losses, ("arm",))
    text = "Loss of the served model on the records that an arm was shown."
    yield summary("shadow_served_loss", text, served, ("arm",))


def _learning(m: ModelStatus) -> Iterator[Measure]:
    state = {name: m.state == name for name in get_args(ModelState)}
    outcomes = {"learned": m.loop.steps, "rejected": sum(m.loop.rejected.values())}
    yield states("model_state", "What the model is doing.", [((), state)])
    yield counter("learn_steps", "Records learned.", one(m.loop.steps))
    yield counter("learn_failures", "1 once the model has failed.", one(m.state == "failed"))
    yield counter("records", "Records by outcome.", each(outcomes), ("outcome",))
    refused = each(REFUSALS | dict(m.loop.rejected))
    yield counter("records_rejected", "Records the guard kept out.", refused, ("reason",))
    text = "Feature values that were outliers and shown to the model as the mean."
    yield counter("features_replaced", text, one(m.loop.replaced))
    text = "Feature values under a name beyond the most that there may be."
    yield counter("features_beyond_names", text, one(m.loop.beyond))
    text = "Time to predict, score and learn a record, averaged over its block."
    yield histogram("learn_duration_seconds", text, bucketed(m.learn_buckets, m.learn_seconds))
    text = "Time to answer a client's question; there from the first one on."
    asked = bucketed(m.predict_buckets, m.predict_seconds) if m.predict_buckets else []
    yield histogram("predict_duration_seconds", text, asked)
    yield gauge("metric_value", "River metrics, progressive.", each(m.loop.metrics), ("metric",))


def _losses(m: ModelStatus) -> Iterator[Measure]:
    loop = m.loop
    means = {"fast": loop.fast, "slow": loop.slow}
    text = "Progressive loss (each record scored before it is learned), finite values only."
    yield summary("loss", text, summed(loop.loss_count, loop.loss_sum))
    text = "Loss of the no-skill prediction on the same records."
    yield summary("baseline_loss", text, summed(loop.baseline_count, loop.baseline_sum))
    text = "Losses left out of the sum: NaN, infinite or absurd."
    yield counter("loss_nonfinite", text, one(loop.loss_nonfinite))
    text = "Fading mean of the loss, as the controller sees it."
    yield gauge("loss_ewma", text, each(means if loop.last else {}), ("horizon",))
    text = "(fast - slow) / slow: below 0 while the loss falls."
    yield gauge("loss_trend_ratio", text, ratio(loop.fast - loop.slow, loop.slow))
    text = "Standard deviation of the loss between periods, over its slow mean."
    yield gauge("loss_noise_ratio", text, ratio(loop.noise, loop.slow))


def _control(m: ModelStatus) -> Iterator[Measure]:
    loop, last = m.loop, m.loop.last
    text = "Learning rate in force, read back from the model."
    yield gauge("learning_rate", text, each(loop.rates), ("group",))
    text = "Learning rate the controller asked for, before limits."
    yield gauge("learning_rate_requested", text, one(loop.asked))
    yield gauge("learning_rate_min", "Low limit of the learning rate.", one(loop.low))
    yield gauge("learning_rate_max", "High limit of the learning rate.", one(loop.high))
    text = "Decisions by what happened to the rate and by the controller's reason."
    counts = each(ALARMING | dict(loop.decisions))
    yield counter("controller_decisions", text, counts, ("action", "reason"))
    text = "1 while the last decision was held back by this limit."
    limit = last.limit.removeprefix("band_") if last else ""  # of the limits or the gain's band
    held = each({end: limit == end for end in ("low", "high")})
    yield gauge("controller_saturated", text, held, ("limit",))
    text = "Part of the last change asked for, in units of ln(rate)."
    yield gauge("controller_term", text, each(last.terms if last else {}), ("term",))
    text = "When the rate last moved."
    yield gauge("controller_last_change_timestamp_seconds", text, moment(m.changed_at))
    text = "Time the controller itself took for its decisions."
    seconds = summed(m.control_count, m.control_seconds)
    yield summary("controller_duration_seconds", text, seconds)


def _hand(m: ModelStatus) -> Iterator[Measure]:
    manual, safe = m.loop.mode == "manual", m.loop.rung == "safe"
    modes = {"automatic": not manual and not safe, "manual": manual, "safe": safe}
    text = "Who moves the rate: the controller, somebody by hand, or nobody, in safe mode."
    yield states("controller_mode", text, [((), modes)])
    text = "When the rate held by hand is given back; 0 where none is held, or for good."
    expires = m.override.expires_at if m.override else 0.0
    yield gauge("controller_override_expiry_timestamp_seconds", text, one(expires))


def _divergence(m: ModelStatus) -> Iterator[Measure]:
    rungs = get_args(Rung)
    level = one(rungs.index(m.loop.rung)) if m.loop.rung else []
    text = "How far the guard went: 0 watching, 1 rate lowered, 2 frozen, 3 cooling, 4 safe mode."
    yield gauge("divergence_level", text, level)
    text = "What the guard did; drift: nothing, as it is the stream that changed."
    yield counter("divergence_rulings", text, each(m.loop.rulings), ("ruling",))


def _drift(m: ModelStatus) -> Iterator[Measure]:
    kind = m.detector
    seen = one(m.loop.drifts, kind) if kind else []
    last = moment(m.drift_at, kind) if kind else []
    yield counter("drift_events", "Drifts detected.", seen, ("detector",))
    yield gauge("drift_last_timestamp_seconds", "When drift was last seen.", last, ("detector",))
