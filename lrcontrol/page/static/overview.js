// The first look: five answers for one model, and a tile for each model.

import { $, h, list, mark, say } from "./dom.js";
import * as verdicts from "./verdicts.js";
import { figure, percent, span } from "./words.js";

let levels = ""; // as last said aloud

/** Show the five answers; `silence` is for how many seconds nothing was heard, 0 while all is live. */
export function answers({ model, runs, status, paces, idle, silence, now }) {
  const pace = paces.of(`model ${model.name}`);
  const stale = { level: "bad", word: "No news", text: `for ${span(silence)}` };
  const five = [
    ["Is it learning?", "#learning", verdicts.learning(model, pace, idle)],
    ["Is the rate right?", "#rate", verdicts.rate(model, now)],
    ["What did it do?", "#decisions", verdicts.did(model, runs, now)],
    ["Is the data all right?", "#data", verdicts.data(status.sources, paces, now, status.dead_letters)],
    ["Is the daemon?", "#daemon", silence ? stale : verdicts.daemon(status, now)],
  ];
  list($("answers"), five, ([ask]) => ask, answer, (item, [ask, , told]) => {
    const [question, word, text] = item.firstElementChild.children;
    say(question, ask);
    say(word, told.word);
    say(text, told.text);
    mark(word, "data-sign", told.sign ?? "");
    mark(item, "data-level", told.level);
  });
  announce(model.name, five);
}

/** A link down the page that leaves the address alone: it says which model is looked at. */
const go = (event) => {
  event.preventDefault();
  const there = document.querySelector(event.currentTarget.hash);
  there.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
};

const answer = ([, where]) => h("li", {}, h("a", { href: where, click: go },
  h("span", { class: "ask" }), h("strong"), h("span", { class: "text" })));

/** Say aloud what changed its level, and nothing else: numbers move all the time. */
function announce(name, five) {
  const now = `${name} ${five.map(([, , told]) => told.level).join()}`;
  if (now === levels) return;
  const worse = five.filter(([, , told]) => told.level === "bad" || told.level === "watch");
  const told = worse.map(([ask, , one]) => `${ask} ${one.word}: ${one.text}`).join("; ");
  say($("said"), `${name}: ${told || "all is well"}`);
  levels = now;
}

/** Show a tile for each of several models; `choose` gets the name clicked, `losses` gives points. */
export function tiles(models, chosen, choose, losses) {
  $("models").hidden = models.length < 2;
  const make = (model) => h("button", { type: "button", click: () => choose(model.name) },
    h("span", { class: "name" }), h("span", { class: "badge" }), h("strong"), h("span", { class: "quiet" }), spark());
  list($("models"), models, (model) => model.name, make, (tile, model) => {
    const [name, badge, skill, rate, line] = tile.children;
    const [word, level] = mode(model);
    say(name, model.name);
    say(badge, word);
    mark(badge, "data-level", level);
    say(skill, model.skill == null ? "–" : `${percent(model.skill)} skill`);
    say(rate, `rate ${figure(model.rate)}`);
    mark(tile, "aria-pressed", model === chosen);
    mark(line.firstElementChild, "points", drawn(losses(model.name)));
  });
}

const SVG = "http://www.w3.org/2000/svg";
/** Points of the small curve on a tile. */
const SMALL = 120;

function spark() {
  const made = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["class", "spark"], ["viewBox", "0 0 100 20"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) made.setAttribute(key, value);
  made.append(document.createElementNS(SVG, "polyline"));
  return made;
}

/** Losses as the points of a line, the newest at the right, from 0 up to the largest. */
function drawn(points) {
  const late = points.filter((point) => Number.isFinite(point.loss)).slice(-SMALL);
  if (late.length < 2) return "";
  const top = Math.max(...late.map((point) => point.loss), 1e-300);
  const [from, to] = [late[0].t, late.at(-1).t];
  const x = (t) => (100 * (t - from) / Math.max(to - from, 1e-9)).toFixed(1);
  return late.map((point) => `${x(point.t)},${(20 - 20 * point.loss / top).toFixed(1)}`).join(" ");
}

const MODES = { automatic: "automatic", manual: "by hand" };

/** The word on a model's badge, and its level. */
export function mode(model) {
  if (model.state === "failed") return ["failed", "bad"];
  if (model.rung && model.rung !== "watching") return [model.rung, model.rung === "lowered" ? "watch" : "bad"];
  if (model.mode === "manual") return [MODES.manual, "watch"];
  return model.state === "running" ? [MODES[model.mode] ?? model.mode, "good"] : [model.state, "none"];
}
