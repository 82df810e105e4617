// The data and the daemon: sources, what gave no record, checkpoints, uptime.

import { $, h, list, mark, say, terms } from "./dom.js";
import { ago, bytes, count, figure, span, speed, tally, total } from "./words.js";

const CELLS = [
  ["n", "Records/s"], ["n", "Read"], ["n", "Lag"], ["n", "Newest"], ["", "No record"], ["", "Dead letters"],
];

/** Share of what was read beyond which what was left out is worth a colour. */
const WORTH = 0.01;

function state(source) {
  if (source.paused) return ["paused", "bad"];
  if (source.ended) return ["ended", "none"];
  return source.connected ? ["connected", "good"] : ["not connected", "bad"];
}

export function sources(all, paces, now, mend) {
  const cell = ([kind, label]) => h("td", { ...(kind && { class: kind }), "data-label": label });
  const make = (source) => h("tr", {}, h("th", { scope: "row" }), h("td", {}, h("span", { class: "badge" })),
    ...CELLS.map(cell),
    h("td", {}, h("button", { type: "button", text: "Mend", click: () => mend(source.name) })));
  list($("sources"), all, (source) => source.name, make, (row, source) => {
    const [name, how, pace, read, lag, newest, rejected, dead, button] = row.children;
    const [word, level] = state(source);
    say(name, source.name);
    mark(name, "data-type", source.type || "");
    say(how.firstElementChild, word);
    mark(how.firstElementChild, "data-level", level);
    say(pace, speed(paces.of(`source ${source.name}`)));
    say(read, count(source.records));
    say(lag, source.lag == null ? "–" : count(source.lag));
    say(newest, source.record_at ? ago(source.record_at, now) : "–");
    say(rejected, tally(source.rejected) || "none");
    mark(rejected, "data-level", total(source.rejected) > WORTH * source.records ? "watch" : "");
    say(dead, tally(source.letters) || "none");
    mark(row, "title", source.paused || "");
    button.firstElementChild.hidden = !source.paused;
  });
}

export function dataFigures(status, model, now) {
  const late = Math.max(0, ...status.sources.map((one) => one.event_at || 0));
  terms($("data-figures"), [
    ["Refused by the guard", model ? tally(model.rejected) || "none" : "", model && total(model.rejected) > WORTH * model.steps ? "watch" : ""],
    ["Outliers replaced", model?.replaced ? count(model.replaced) : ""],
    ["Names beyond the most", model?.beyond ? count(model.beyond) : ""],
    ["Newest event", late ? ago(late, now) : ""],
    ...letters(status.dead_letters),
  ]);
}

function letters(told) {
  if (!told) return [];
  return [
    ["Dead letters held", told.held ? `${count(told.held)}, ${bytes(told.bytes)}` : "none"],
    ["Dead letters dropped", told.dropped ? count(told.dropped) : "", "watch"],
    ["Dead letters fail", told.problem, "bad"],
  ];
}

export function daemonFigures(status, now) {
  const kept = status.checkpoint;
  terms($("daemon-figures"), [
    ["Ready", status.ready ? "yes" : `no: ${status.why_not_ready || "starting"}`, status.ready ? "" : "bad"],
    ["Up", span(now - status.started_at)],
    ...checkpoints(kept, now),
    ["Configuration", reload(status.reload, now), status.reload && !status.reload.well ? "watch" : ""],
    ["Version", status.version],
  ]);
  document.querySelector("[data-order=checkpoint]").hidden = !kept;
}

function checkpoints(kept, now) {
  if (!kept) return [["Checkpoints", "none are kept"]];
  return [
    ["Checkpoint", kept.durable_at ? `${count(kept.sequence)}, ${ago(kept.durable_at, now)}` : "none yet"],
    ["Records since", count(kept.behind)],
    ["Its size", kept.bytes ? bytes(kept.bytes) : ""],
    ["Learning paused for each", kept.written ? `${figure(1000 * kept.pauses / kept.written)} ms` : ""],
    ["Failed", kept.failures ? count(kept.failures) : "", "watch"],
    ["Put aside", kept.put_aside ? count(kept.put_aside) : "", "watch"],
    ["Problem", kept.problem, "bad"],
  ];
}

function reload(told, now) {
  if (!told?.times) return "as at the start";
  return told.well ? `read again ${ago(told.at, now)}` : `refused: ${told.problem}`;
}
