// Numbers, times and reasons as people say them.

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const THREE = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** A figure of three digits; powers of ten where it is very small or large. */
export function figure(value) {
  if (!isNumber(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e6) return size < 100 ? trimmed(value) : THREE.format(value);
  const [mantissa, power] = value.toExponential(2).split("e").map(Number);
  const raised = [...String(Math.abs(power))].map((digit) => SUPER[digit]).join("");
  return `${mantissa}×10${power < 0 ? "⁻" : ""}${raised}`;
}

const trimmed = (value) => String(Number(value.toPrecision(3)));

export const count = (value) => (isNumber(value) ? WHOLE.format(value) : "–");

/** Records a second. */
export function speed(value) {
  if (!isNumber(value)) return "–";
  return value >= 10 || value === 0 ? WHOLE.format(value) : trimmed(value);
}

/** A share in per cent, of whole numbers from 10 on. */
export function percent(share) {
  if (!isNumber(share)) return "–";
  const value = 100 * share;
  const digits = Math.abs(value) >= 10 || value === 0 ? 0 : 1;
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(digits)} %`;
}

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** A time span in its two largest units. */
export function span(seconds) {
  if (!isNumber(seconds)) return "–";
  if (seconds < 1) return "< 1 s";
  let rest = Math.floor(seconds);
  const at = UNITS.findIndex(([, size]) => rest >= size);
  const said = [];
  for (const [unit, size] of UNITS.slice(at, at + 2)) {
    if (rest >= size) said.push(`${Math.floor(rest / size)} ${unit}`);
    rest %= size;
  }
  return said.join(" ");
}

export const ago = (at, now) => (at ? `${span(Math.max(now - at, 0))} ago` : "never");

export const clock = (at) => new Date(1000 * at).toLocaleTimeString("en-GB");

/** Bytes with a binary unit. */
export function bytes(value) {
  if (!isNumber(value)) return "–";
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), 4);
  return `${trimmed(value / 1024 ** power)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/** Why a decision was made: decisions.vocabulary.REASONS, in fewer words. */
export const REASONS = {
  fixed: "the rate is fixed",
  schedule: "the schedule says so",
  warmup: "it warms up",
  improving: "the loss falls",
  plateau: "the loss falls no more",
  worse: "the loss grew",
  no_skill: "no better than a guess",
  drift: "the data changed",
  cooldown: "it waits after a cut",
  patience: "it waits to be sure",
  dead_band: "the change would be too small to matter",
  setpoint: "to where it should be",
  nonfinite: "a loss was not a number",
  start: "the start rate",
  hypergradient: "the gradients say so",
  leader: "it follows the best of the bank",
  promoted: "a shadow did better and was promoted",
  race: "the race between rates goes on",
  restored: "a good state was restored",
  mixture: "weights moved among the members",
  diverged: "the model diverged",
  manual: "by hand",
  released: "given back to the controller",
};

/** What held a proposal back: decisions.vocabulary.LIMITS, in fewer words. */
export const LIMITS = {
  low: "held at the low limit",
  high: "held at the high limit",
  slew: "held to the largest move at a time",
  dead_band: "within the dead band",
  nonfinite: "what was asked for was not a number",
  ceiling: "the records allow no more",
  band_low: "held at the low end of the band",
  band_high: "held at the high end of the band",
};

const ACTIONS = { raise: "raised", lower: "lowered", keep: "kept" };

/** The shape that stands for a decision: also without colour. */
export const sign = (made) => made.actor ? "◆" : { raise: "▲", lower: "▼" }[made.action] ?? "■";

export const reason = (code) => REASONS[code] ?? String(code ?? "").replaceAll("_", " ");
export const limit = (code) =>
  !code || code === "none" ? "" : LIMITS[code] ?? code.replaceAll("_", " ");
export const action = (code) => ACTIONS[code] ?? String(code).replaceAll("_", " ");

/** Counts by name, the most first: "bounds 12, type 3". */
export function tally(counts) {
  const there = Object.entries(counts ?? {}).filter(([, number]) => number > 0);
  there.sort((a, b) => b[1] - a[1]);
  return there.map(([name, number]) => `${name.replaceAll("_", " ")} ${count(number)}`).join(", ");
}

export const total = (counts) => Object.values(counts ?? {}).reduce((sum, one) => sum + one, 0);
