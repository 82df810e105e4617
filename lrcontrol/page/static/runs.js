// Decisions in words: one of them, and a run of them that followed each other.

import { action, count, figure, limit, reason, sign } from "./words.js";

/** Why: the reason, or what a person said; and what held it back. */
export function told(made) {
  const held = limit(made.limit);
  const said = made.actor && made.note ? `“${made.note}”` : reason(made.reason);
  return `${said}${held ? ` (${held}; asked for ${figure(made.asked)})` : ""}`;
}

const mixed = (run) => Object.keys(run.actions).length > 1;

export const runAction = (run) => (mixed(run) ? "moved" : action(run.last.action));

export const runSign = (run) => (mixed(run) ? "◇" : sign(run.last));

/** The reasons of a run, the most frequent first, and what held it back; or the first of them. */
export function runReason(run, brief = false) {
  if (run.times === 1) return told(run.last);
  if (brief) return reason(Object.entries(run.reasons).sort((a, b) => b[1] - a[1])[0][0]);
  const reasons = often(run.reasons, reason, run.times);
  const limits = often(run.limits, limit, run.times);
  return limits ? `${reasons} (${limits})` : reasons;
}

function often(counts, word, times) {
  const all = Object.entries(counts).filter(([code]) => word(code)).sort((a, b) => b[1] - a[1]);
  return all.map(([code, number]) => (number === times ? word(code) : `${word(code)} ${count(number)}\u00a0×`)).join(", ");
}
