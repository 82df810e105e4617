// What stands beside the curves: figures, arms, decisions in words, members.

import { $, h, list, mark, say, terms } from "./dom.js";
import { mode } from "./overview.js";
import { runAction, runReason, runSign, told } from "./runs.js";
import { armName } from "./verdicts.js";
import { action, ago, clock, count, figure, limit, percent, span, speed, tally } from "./words.js";

/** A member of less weight is shown paler. */
const IDLE = 0.005;
/** Rows of the decision list. */
const ROWS = 60;

export function head(model, now) {
  say($("model-name"), model.name);
  const [word, level] = mode(model);
  say($("mode"), word);
  mark($("mode"), "data-level", level);
  const law = [model.controller && `controller ${model.controller}`, model.chosen && `chose ${model.chosen}`];
  say($("law"), `${law.filter(Boolean).join(" ")}${model.why ? `: ${model.why}` : ""}`);
  const by = model.override;
  $("override").hidden = !by;
  if (by) say($("override"), held(by, now));
  for (const button of document.querySelectorAll(".head [data-order]")) {
    button.disabled = model.state === "failed";
  }
}

function held(by, now) {
  const until = by.expires_at
    ? `The controller takes over again ${clock(by.expires_at)}, in ${span(by.expires_at - now)}.`
    : "Nothing ends this by itself.";
  return `${by.actor || "Somebody"} holds the rate at ${figure(by.rate)} since ${clock(by.since)}: ${by.reason}. ${until}`;
}

export function learningFigures(model, pace) {
  say($("skill"), percent(model.skill));
  const trend = model.slow ? model.fast / model.slow - 1 : null;
  terms($("learning-figures"), [
    ["Loss, recent", figure(model.fast || model.loss)],
    ["Longer mean", figure(model.slow || model.loss)],
    ["A guess would lose", figure(model.baseline)],
    ["Trend", trend === null ? "" : `${trend > 0 ? "+" : ""}${percent(trend)}`],
    ["Noise", model.slow ? `± ${percent(model.noise / model.slow)}` : ""],
    ["Learned", count(model.steps)],
    ["Learned each second", pace === null ? "" : speed(pace)],
    ["Drifts seen", model.drifts ? count(model.drifts) : ""],
    ["Losses not finite", model.nonfinite ? count(model.nonfinite) : "", "watch"],
    ["Divergence ladder", tally(model.rulings)],
    ...Object.entries(model.metrics ?? {}).map(([name, value]) => [name, figure(value)]),
  ]);
}

export function rateFigures(model, rate) {
  say($("rate-now"), figure(rate));
  const groups = Object.entries(model.rates ?? {});
  const alike = groups.every(([, value]) => value === model.rate);
  terms($("rate-figures"), [
    ["Asked for", figure(model.asked)],
    ["Limits", `${figure(model.low)} to ${figure(model.high)}`],
    ...(alike ? [] : groups.map(([group, value]) => [`Read back, ${group}`, figure(value)])),
    ["Held back", limit(model.last?.limit)],
  ]);
  arms(model.arms ?? []);
}

function arms(all) {
  $("arms-part").hidden = !all.length;
  const make = () => h("tr", {}, h("th", { scope: "row" }), h("td", { class: "n" }), h("td"));
  list($("arms"), all, (arm) => arm.name, make, (row, arm) => {
    const [name, rate, told] = row.children;
    say(name, armName(arm.name));
    say(rate, figure(arm.rate));
    const share = arm.records && arm.served_loss > 0 ? arm.loss / arm.served_loss - 1 : null;
    say(told, share === null ? "not yet known" : verdictOf(share));
    mark(row, "data-level", share !== null && share < -0.1 ? "watch" : "");
  });
}

function verdictOf(share) {
  if (Math.abs(share) < 0.005) return "the same";
  return `${percent(Math.abs(share))} ${share > 0 ? "worse" : "better"}`;
}

export function decisions(model, runs, now) {
  nowLine(model);
  $("log-none").hidden = runs.length > 0;
  const make = () => h("tr", {}, h("td"), h("td"), h("td", { class: "n" }), h("td"), h("td"));
  list($("log"), runs.slice(-ROWS).reverse(), (run) => run.key, make, (row, run) => fill(row, run, now));
}

function fill(row, run, now) {
  const [when, what, rate, why, who] = row.children;
  const { first, last, times } = run;
  say(when, now - last.at < 3600 ? ago(last.at, now) : clock(last.at));
  mark(when, "title", `${clock(last.at)}, record ${count(last.step)}`);
  say(what, `${runSign(run)} ${last.actor ? "by hand" : runAction(run)}${times > 1 ? ` ${count(times)}\u00a0×` : ""}`);
  mark(what, "data-action", last.actor ? "person" : last.action);
  say(rate, first.before === last.applied ? figure(last.applied) : `${figure(first.before)} → ${figure(last.applied)}`);
  say(why, runReason(run));
  say(who, last.actor || "controller");
}

function nowLine(model) {
  const last = model.last;
  if (!last) return say($("now"), "No decision so far.");
  const parts = Object.entries(last.terms ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")} ${figure(value)}`);
  const because = parts.length ? ` In it: ${parts.join(", ")}.` : "";
  say($("now"), `Last decision, at record ${count(last.step)}: ${action(last.action)} ${last.action === "keep" ? "at" : "to"} ${figure(last.applied)}, ${told(last)}.${because}`);
}

export function members(all) {
  $("members-part").hidden = !all?.length;
  const make = () => h("tr", {}, h("th", { scope: "row" }), h("td", { class: "n" }), h("td", {}, h("div", {}, h("i", { class: "bar" }), h("span"))));
  list($("members"), all ?? [], (member) => member.name, make, (row, member) => {
    mark(row, "data-idle", member.weight < IDLE);
    say(row.children[0], member.name);
    say(row.children[1], figure(member.rate));
    row.querySelector(".bar").style.setProperty("--share", Math.min(Math.max(member.weight, 0), 1));
    say(row.querySelector("span"), percent(member.weight));
  });
}
