// The first look: five answers for one model, and a tile for each model.

import { $, h, list, mark, say } from "./dom.js";
import * as verdicts from "./verdicts.js";
import { figure, percent, span } from "./words.js";

let levels = ""; // as last said aloud

/** Show the five answers; `silence` is for how many seconds nothing was heard, 0 while all is live. */
export function answers({ model, moves, status, paces, idle, silence, now }) {
  const pace = paces.of(`model ${model.name}`);
  const stale = { level: "bad", word: "No news", text: `for ${span(silence)}` };
  const five = [
    ["Is it learning?", "#learning", verdicts.learning(model, pace, idle)],
    ["Is the rate right?", "#rate", verdicts.rate(model, now)],
    ["What did it do?", "#decisions", verdicts.did(model, moves, now)],
    ["Is the data all right?", "#data", verdicts.data(status.sources, paces, now, status.dead_letters)],
    ["Is the daemon?", "#daemon", silence ? stale : verdicts.daemon(status, now)],
  ];
  list($("answers"), five, ([ask]) => ask, answer, (item, [ask, , told]) => {
    const [question, word, text] = item.firstElementChild.children;
    say(question, ask);
    say(word, told.word);
    say(text, told.text);
    mark(item, "data-level", told.level);
  });
  announce(model.name, five);
}

const answer = ([, where]) => h("li", {}, h("a", { href: where },
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

/** Show a tile for each of several models; `choose` is called with the name of the one clicked. */
export function tiles(models, chosen, choose) {
  $("models").hidden = models.length < 2;
  const make = (model) => h("button", { type: "button", click: () => choose(model.name) },
    h("span", { class: "name" }), h("span", { class: "badge" }), h("strong"), h("span", { class: "quiet" }));
  list($("models"), models, (model) => model.name, make, (tile, model) => {
    const [name, badge, skill, rate] = tile.children;
    const [word, level] = mode(model);
    say(name, model.name);
    say(badge, word);
    mark(badge, "data-level", level);
    say(skill, model.skill == null ? "–" : `${percent(model.skill)} skill`);
    say(rate, `rate ${figure(model.rate)}`);
    mark(tile, "aria-pressed", model === chosen);
  });
}

const MODES = { automatic: "automatic", manual: "by hand" };

/** The word on a model's badge, and its level. */
export function mode(model) {
  if (model.state === "failed") return ["failed", "bad"];
  if (model.rung && model.rung !== "watching") return [model.rung, model.rung === "lowered" ? "watch" : "bad"];
  if (model.mode === "manual") return [MODES.manual, "watch"];
  return model.state === "running" ? [MODES[model.mode] ?? model.mode, "good"] : [model.state, "none"];
}
