// The page: takes the news in, keeps what the curves need, and draws at most once a second.

import { draw } from "./charts.js";
import { $, h, list, mark, say } from "./dom.js";
import { Feed, SILENCE, token } from "./feed.js";
import { daemonFigures, dataFigures, sources } from "./health.js";
import { History } from "./history.js";
import * as orders from "./orders.js";
import { answers, tiles } from "./overview.js";
import * as panels from "./panels.js";
import { Paces } from "./paces.js";
import { clock, span } from "./words.js";

/** Milliseconds between two drawings (a status comes once a second), and two looks at the time. */
const EVERY = 1000;
const TICK = 1000;
const SPANS = [["2 min", 120], ["15 min", 900], ["2 h", 7200], ["all", Infinity]];

const state = {
  status: null, heard: 0, away: "", histories: new Map(), paces: new Paces(), moved: new Map(),
  chosen: new URLSearchParams(location.hash.slice(1)).get("model"), span: 120, restarts: 0,
};

const history = (name) => {
  if (!state.histories.has(name)) state.histories.set(name, new History());
  return state.histories.get(name);
};

const chosen = () => {
  const models = state.status?.models ?? [];
  return models.find((model) => model.name === state.chosen) ?? models[0];
};

const news = {
  status(status, restarted) {
    const now = feed.now();
    if (restarted) {
      state.restarts += 1;
      state.histories.forEach((one) => one.broke(now, "restart"));
    }
    for (const model of status.models) take(model, now);
    for (const source of status.sources) state.paces.add(`source ${source.name}`, now, source.records);
    const names = new Set(status.models.map((model) => model.name));
    for (const name of state.histories.keys()) if (!names.has(name)) state.histories.delete(name);
    state.paces.only(new Set([...status.models.map((one) => `model ${one.name}`), ...status.sources.map((one) => `source ${one.name}`)]));
    Object.assign(state, { status, heard: now, away: "" });
    soon();
  },
  decision(made) {
    history(made.model).decide({ ...made, key: `${state.restarts}.${made.number}` });
    state.heard = feed.now();
    soon();
  },
  away(problem) {
    state.away = problem.message;
    soon();
  },
  refused: () => new Promise((done) => askToken(done)),
};

function take(model, now) {
  const past = history(model.name);
  const before = state.moved.get(model.name);
  if (!before || before.steps !== model.steps) state.moved.set(model.name, { steps: model.steps, at: now });
  if (before && model.drifts > before.drifts) past.broke(model.drift_at || now, "drift");
  state.moved.get(model.name).drifts = model.drifts;
  state.paces.add(`model ${model.name}`, now, model.steps);
  if (!model.steps || model.state !== "running") return;
  const loss = model.fast || model.loss;
  // An arm is measured on records of its own: what it would lose here is its share of what is lost.
  const told = (model.arms ?? []).filter((arm) => arm.records && arm.served_loss > 0);
  const arms = Object.fromEntries(told.map((arm) => [arm.name, loss * arm.loss / arm.served_loss]));
  past.add({ t: now, loss, base: model.baseline, rate: model.rate, asked: model.asked, arms });
}

const feed = new Feed(news);

function askToken(done) {
  $("token").hidden = false;
  if (token.get()) say(document.querySelector("#token label"), "This token was not taken. Another one?");
  $("token").onsubmit = (event) => {
    event.preventDefault();
    token.set($("token-field").value);
    $("token-field").value = "";
    $("token").hidden = true;
    done();
    feed.again();
  };
}

let drawn = 0;
let planned = null;

function soon() {
  if (planned === null) planned = setTimeout(paint, Math.max(0, drawn + EVERY - performance.now()));
}

function paint() {
  planned = null;
  if (document.hidden) return; // drawn when it is seen again
  drawn = performance.now();
  newsLine();
  if (!state.status) return;
  const now = feed.now();
  tiles(state.status.models, chosen(), choose, (name) => history(name).points);
  sources(state.status.sources, state.paces, now, (name) => orders.open("mend", name));
  daemonFigures(state.status, now);
  say($("version"), `lrcontrol ${state.status.version}`);
  const model = chosen();
  dataFigures(state.status, model, now);
  if (model) paintModel(model, now);
}

function paintModel(model, now) {
  const past = history(model.name);
  const pace = state.paces.of(`model ${model.name}`);
  panels.head(model, now);
  panels.learningFigures(model, pace);
  panels.rateFigures(model, past.points.at(-1)?.rate ?? model.rate);
  panels.decisions(model, past.runs, now);
  panels.members(model.members);
  const idle = now - (state.moved.get(model.name)?.at ?? now);
  const silence = silent() ? now - state.heard : 0;
  answers({ model, runs: past.runs, status: state.status, paces: state.paces, idle, silence, now });
  const newest = past.points.at(-1)?.t ?? now;
  const last = model.state === "running" ? Math.max(now, newest) : newest;
  const first = past.points[0]?.t ?? last - 1;
  const from = Math.max(last - state.span, Math.min(first, last - 10));
  draw(model, past, [from, last]);
}

function choose(name) {
  state.chosen = name;
  window.history.replaceState(null, "", `#model=${encodeURIComponent(name)}`);
  paint();
}

const silent = () => !state.heard || feed.now() - state.heard > SILENCE;

function newsLine() {
  const since = feed.now() - state.heard;
  const word = !state.heard ? (state.away ? "no daemon answers" : "connecting") : silent() ? `no news for ${span(since)}` : "live";
  mark($("news"), "data-state", !silent() ? "live" : state.heard || state.away ? "away" : "waiting");
  mark($("news"), "title", state.heard ? `Last news ${clock(state.heard)}${state.away ? `; ${state.away}` : ""}` : state.away);
  mark(document.body, "data-stale", silent() && Boolean(state.heard));
  say($("news-text"), word);
}

function spans() {
  const make = ([name, seconds]) => h("button", { type: "button", text: name, click: () => {
    state.span = seconds;
    spans();
    paint();
  } });
  list($("spans"), SPANS, ([name]) => name, make, (button, [, seconds]) => mark(button, "aria-pressed", seconds === state.span));
}

$("page").hidden = false;
spans();
orders.bind(chosen);
document.addEventListener("visibilitychange", soon);
addEventListener("theme", soon);
setInterval(soon, TICK);
feed.follow();
