// The five answers: is it learning, is the rate right, what did it do, is the data and the daemon
// all right. Each is {level, word, text}; levels are good, watch, bad, told (neither), none.

import { runAction, runReason, runSign } from "./runs.js";
import { ago, count, figure, limit, percent, reason, span, speed, tally, total } from "./words.js";

/** The recent loss this much above its longer mean is worth a look, as in the alert LossRising. */
const RISING = 1.5;
/** Another rate must do this much better to be told, as in the alert ShadowBetter. */
const BETTER = 0.9;
/** Seconds without a record until a source counts as silent, as in the alert SourceSilent. */
const SILENT = 900;
/** Share of messages that gave no record, as in the alert Rejecting. */
const REJECTED = 0.01;
/** Seconds of standstill before learning counts as idle. */
const IDLE = 30;
/** Who ends an override that nobody ended. */
const EXPIRY = "expiry";
/** Reasons that somebody should look at. */
const ALARMING = new Set(["drift", "nonfinite", "diverged", "no_skill", "restored"]);

const verdict = (level, word, text) => ({ level, word, text });

/** How a skill reads: "62 % below a guess". */
const against = (skill) => skill >= 0
  ? `its loss is ${percent(skill)} below a guess` : `its loss is ${percent(-skill)} above a guess`;

export function learning(model, pace, idle) {
  if (model.state === "failed") return verdict("bad", "No", `it failed: ${model.failure}`);
  if (!model.steps) return verdict("none", "Not yet", "no record learned so far");
  if (model.skill == null) return verdict("none", "Not yet", "no loss measured so far");
  if (model.skill < 0) return verdict("bad", "No", against(model.skill));
  const rung = { lowered: "its rate was cut", frozen: "it is frozen", cooling: "it cools down",
    safe: "it is in safe mode" }[model.rung];
  if (rung) return verdict(model.rung === "lowered" ? "watch" : "bad", "Guarded", `after divergence ${rung}`);
  if (model.state === "ended") return verdict("good", "It did", `${count(model.steps)} records, ${against(model.skill)}`);
  if (idle > IDLE) return verdict("watch", "Idle", `no record for ${span(idle)}`);
  if (model.slow > 0 && model.fast > RISING * model.slow) {
    return verdict("watch", "Worse", `the recent loss is ${percent(model.fast / model.slow - 1)} above its longer mean`);
  }
  return verdict("good", "Yes", `${against(model.skill)}${pace ? `, ${speed(pace)} records/s` : ""}`);
}

/** The arm that does best, as a share of the served loss; null without arms. */
export function best(arms) {
  const told = (arms ?? []).filter((arm) => arm.records > 0 && arm.served_loss > 0);
  const shares = told.map((arm) => ({ arm, share: arm.loss / arm.served_loss }));
  return shares.sort((a, b) => a.share - b.share)[0] ?? null;
}

const ARMS = { half: "half the rate", double: "twice the rate", fixed: "the fixed rate" };
export const armName = (name) => ARMS[name] ?? name;

export function rate(model, now) {
  const by = model.override;
  if (by || model.mode === "manual") {
    const left = by?.expires_at ? `, ${span(Math.max(by.expires_at - now, 0))} left` : ", with no end";
    return verdict("watch", "By hand", by ? `${by.actor || "somebody"}: ${by.reason}${left}` : "somebody holds it");
  }
  const held = limit(model.last?.limit);
  if (["low", "high", "band_low", "band_high"].includes(model.last?.limit)) {
    return verdict("watch", "At its limit", `${figure(model.rate)}, ${held}`);
  }
  const other = best(model.arms);
  if (other && other.share < BETTER) {
    return verdict("watch", "Perhaps not", `${armName(other.arm.name)} does ${percent(1 - other.share)} better`);
  }
  if (other) return verdict("good", "Yes", `${figure(model.rate)}; no rate tried beside it is clearly better`);
  const beside = model.members?.length ?? 0;
  if (beside > 1) return verdict("good", "Yes", `${figure(model.rate)}, out of ${count(beside)} that run side by side`);
  return verdict("none", figure(model.rate), "nothing runs beside it to compare with");
}

export function did(model, runs, now) {
  const run = runs.at(-1);
  const move = run?.last;
  if (!move) return verdict("none", "Nothing yet", model.last ? reason(model.last.reason) : "no decision so far");
  const level = ALARMING.has(move.reason) ? "watch" : "told";
  const by = move.actor === EXPIRY ? "released" : move.reason === "restored" ? "rolled back" : "by hand";
  const word = move.actor ? by : runAction(run);
  const why = move.actor ? `${move.actor}: ${move.note || "no reason given"}` : runReason(run, true);
  const times = run.times > 1 ? `, ${count(run.times)} times` : "";
  return { ...verdict(level, word[0].toUpperCase() + word.slice(1), `${ago(move.at, now)}${times}, ${why}`), sign: runSign(run) };
}

export function data(sources, paces, now, letters) {
  if (!sources.length) return verdict("none", "None", "no source in the configuration");
  const away = sources.filter((one) => !one.connected && !one.ended);
  if (away.length) return verdict("bad", "No", `${away.map((one) => one.name).join(", ")} ${away.length > 1 ? "are" : "is"} not connected`);
  const paused = sources.find((one) => one.paused);
  if (paused) return verdict("bad", "Paused", `${paused.name}: ${paused.paused}`);
  const bad = sources.find((one) => one.records > 100 && total(one.rejected) > REJECTED * one.records);
  if (bad) return verdict("watch", "In part", `${percent(total(bad.rejected) / bad.records)} of ${bad.name} gave no record: ${tally(bad.rejected)}`);
  if (letters?.problem) return verdict("bad", "In part", `dead letters cannot be kept: ${letters.problem}`);
  if (sources.every((one) => one.ended)) return verdict("good", "It ended", `${count(sources.reduce((sum, one) => sum + one.records, 0))} records, all read`);
  const silent = sources.find((one) => !one.ended && one.record_at && now - one.record_at > SILENT);
  if (silent) return verdict("watch", "Silent", `${silent.name} gave nothing for ${span(now - silent.record_at)}`);
  const known = sources.map((one) => paces.of(`source ${one.name}`)).filter((one) => one != null);
  const all = known.reduce((sum, one) => sum + one, 0);
  return verdict("good", "Yes", known.length ? `${speed(all)} records/s` : "records come");
}

export function daemon(status, now) {
  const kept = status.checkpoint;
  if (status.stopping) return verdict("watch", "Stopping", "it was asked to stop");
  if (!status.ready) return verdict("bad", "Not ready", status.why_not_ready || "it is starting");
  if (kept?.problem) return verdict("bad", "No", kept.problem);
  if (status.reload && !status.reload.well) return verdict("watch", "Almost", `reload refused: ${status.reload.problem}`);
  if (kept?.careful) return verdict("watch", "Careful", "one record at a time, after crashes");
  if (kept) return verdict("good", "Yes", kept.durable_at ? `checkpoint ${ago(kept.durable_at, now)}` : "no checkpoint yet");
  return verdict("good", "Yes", `up ${span(now - status.started_at)}`);
}
