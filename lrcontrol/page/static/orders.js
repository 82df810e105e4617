// What people ask of the daemon: a small form that wants a reason, and tells what came of it.

import { $, say } from "./dom.js";
import { Refused, ask, token } from "./feed.js";
import { figure } from "./words.js";

const model = (target) => `/api/v1/models/${encodeURIComponent(target)}`;
const source = (target) => `/api/v1/sources/${encodeURIComponent(target)}`;

const ORDERS = {
  hold: {
    title: (name) => `Hold ${name}`, go: "Hold", path: (name) => `${model(name)}/hold`, ttl: true,
    text: "The rate stays where it is. The model goes on learning, the controller only watches.",
  },
  rate: {
    title: (name) => `Set the rate of ${name}`, go: "Set", path: (name) => `${model(name)}/rate`, ttl: true, rate: true,
    text: "The rate moves there and is held. The model goes on learning, the controller only watches.",
  },
  resume: {
    title: (name) => `Resume ${name}`, go: "Resume", path: (name) => `${model(name)}/resume`,
    text: "The controller takes over from the rate in force, without a jump.",
  },
  rollback: {
    title: (name) => `Roll back ${name}`, go: "Roll back", path: (name) => `${model(name)}/rollback`, checkpoint: true,
    text: "Model and controller go back to an earlier state. The stream goes on from where it is.",
  },
  checkpoint: {
    title: () => "Checkpoint now", go: "Checkpoint", path: () => "/api/v1/checkpoint",
    text: "Everything learned so far is made durable.",
  },
  mend: {
    title: (name) => `Mend ${name}`, go: "Mend", path: (name) => `${source(name)}/mend`,
    text: "The source was paused because too much of it gave no record. It goes on from there.",
  },
};

const ACTOR = "lrcontrol-actor";
let now = null; // the order in the form: {kind, target, key, asked}

/** A key that makes an order count once; randomUUID is there on https and localhost only. */
function freshKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const random = crypto.getRandomValues(new Uint8Array(16));
  return [...random].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** Open the form for an order; `limits` are {rate, low, high} of the model. */
export function open(kind, target, limits) {
  const order = ORDERS[kind];
  now = { kind, target, key: "", asked: "" };
  say($("order-title"), order.title(target));
  say($("order-text"), order.text);
  say($("order-go"), order.go);
  $("rate-part").hidden = !order.rate;
  $("ttl-part").hidden = !order.ttl;
  $("checkpoint-part").hidden = !order.checkpoint;
  $("order-token-part").hidden = true;
  if (limits) {
    $("order-rate").value = Number((limits.rate ?? 0).toPrecision(3));
    say($("order-limits"), `Limits: ${figure(limits.low)} to ${figure(limits.high)}. In force: ${figure(limits.rate)}.`);
  }
  $("order-force").checked = false;
  $("order-checkpoint").value = "";
  $("order-reason").value = "";
  $("order-actor").value = sessionStorage.getItem(ACTOR) ?? "";
  outcome("", "");
  finished(false);
  $("order").showModal();
  (order.rate ? $("order-rate") : $("order-reason")).focus();
}

function outcome(level, text) {
  $("order-outcome").dataset.level = level;
  say($("order-outcome"), text);
}

function finished(done) {
  $("order-go").hidden = done;
  $("order-go").disabled = false;
  say($("order-close"), done ? "Close" : "Cancel");
  if (done) $("order-close").focus();
}

/** What the form asks for, or the field that is not filled in and what it wants. */
function body() {
  const order = ORDERS[now.kind];
  const given = { reason: $("order-reason").value.trim() };
  if (order.rate) {
    given.rate = Number($("order-rate").value);
    if (!(given.rate > 0 && Number.isFinite(given.rate))) return ["order-rate", "Give a rate above 0, such as 0.01."];
    if ($("order-force").checked) given.force = true;
  }
  const number = $("order-checkpoint").value.trim();
  if (order.checkpoint && number) {
    given.checkpoint = Number(number);
    if (!(Number.isSafeInteger(given.checkpoint) && given.checkpoint >= 0)) return ["order-checkpoint", "Give the number of a checkpoint, or none."];
  }
  if (!given.reason) return ["order-reason", "Give a reason: whoever is on call next will read it."];
  if (order.ttl) given.ttl = $("order-ttl").value === "never" ? "never" : Number($("order-ttl").value);
  const actor = $("order-actor").value.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").trim();
  sessionStorage.setItem(ACTOR, actor);
  if (actor) given.actor = actor;
  return [null, given];
}

/** Ask; the same again, after an answer that did not come, counts as the same order. */
async function send(given) {
  const asked = JSON.stringify(given);
  if (asked !== now.asked) Object.assign(now, { asked, key: freshKey() });
  const headers = { "Content-Type": "application/json", "Idempotency-Key": now.key };
  const path = ORDERS[now.kind].path(now.target);
  const answer = await ask(path, { method: "POST", headers, body: asked });
  const told = await answer.json().catch(() => ({}));
  if (answer.status < 500) now.asked = ""; // what is asked for next is another order
  if (answer.status === 403) $("order-token-part").hidden = false;
  return { ...told, ok: answer.ok && told.ok !== false, code: answer.status };
}

async function submit(event) {
  event.preventDefault();
  const [field, given] = body();
  if (field) {
    outcome("bad", given);
    $(field).focus();
    return;
  }
  if ($("order-token").value) token.set($("order-token").value);
  $("order-token").value = "";
  $("order-go").disabled = true;
  outcome("none", "Asked; waiting for the daemon …");
  await tell(given);
}

async function tell(given) {
  try {
    const told = await send(given);
    outcome(told.ok ? "good" : "bad", told.detail || (told.ok ? "Done." : `Refused (${told.code}).`));
    finished(told.ok);
  } catch (problem) {
    finished(false);
    if (problem instanceof Refused) {
      outcome("bad", "This daemon takes orders with a token only.");
      $("order-token-part").hidden = false;
      $("order-token").focus();
    } else outcome("bad", `No answer (${problem.message}). Asked again, it counts as the same order.`);
  }
}

/** Bind the form, and every button that opens it: `target` tells which model is meant. */
export function bind(target) {
  $("order-form").addEventListener("submit", submit);
  $("order-close").addEventListener("click", () => $("order").close());
  document.addEventListener("click", (event) => {
    const kind = event.target.closest?.("[data-order]")?.dataset.order;
    if (kind) open(kind, target()?.name ?? "", target());
  });
}
