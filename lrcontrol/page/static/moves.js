// The rate's chart beyond its curve: what the limits forbid, and a mark at every move.

import { notable } from "./history.js";
import { ink, pen } from "./ink.js";
import { figure } from "./words.js";

/** Limits within this factor of the rate are shown as areas, others in words at the edge. */
const NEAR = 12;
/** Pixels between two marks of the controller: nearer ones would be a smear. */
const APART = 7;
/** Pixels from the cursor to a mark that it tells of. */
const REACH = 14;
/** Ordinary marks shown at a time: beyond them, those that moved the rate most. */
const MOST = 40;

/** Lines across the chart: decades, and between them where there are few. */
export function rateSplits(u, axis, low, high) {
  const decades = Math.log10(high / low);
  const steps = decades < 1.6 ? [1, 2, 5] : decades < 3.2 ? [1, 3] : [1];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    found.push(...steps.map((step) => Number(`${step}e${power}`)));
  }
  return found.filter((one) => one >= low && one <= high);
}

/** From a bit below to a bit above the rates, out to the limits where they are near. */
export function rateRange(u, seen) {
  const rates = u.data[1].filter((one) => one > 0);
  let [low, high] = rates.length ? [Math.min(...rates), Math.max(...rates)] : [1e-3, 1];
  if (seen.low > 0 && low / seen.low < NEAR) low = Math.min(low, seen.low);
  if (seen.high > 0 && seen.high / high < NEAR) high = Math.max(high, seen.high);
  return [low / 2.2, high * 2.2];
}

/** Shade what lies beyond the limits; name them. */
export function drawLimits(u, seen) {
  const { ctx, bbox } = u;
  ctx.save();
  edge(u, seen.high, "high limit", bbox.top, true);
  edge(u, seen.low, "low limit", bbox.top + bbox.height, false);
  ctx.restore();
}

function edge(u, value, name, side, above) {
  if (!(value > 0)) return;
  const { ctx, bbox } = u;
  const inside = value > u.scales.y.min && value < u.scales.y.max;
  const y = inside ? u.valToPos(value, "y", true) : side;
  if (inside) {
    ctx.fillStyle = ink("beyond");
    ctx.fillRect(bbox.left, Math.min(y, side), bbox.width, Math.abs(side - y));
  }
  pen(u, ink("quiet"));
  const words = inside ? `${name} ${figure(value)}` : `${name} ${figure(value)} ${above ? "↑" : "↓"}`;
  const off = (inside ? -10 : 12) * devicePixelRatio * (above ? 1 : -1);
  ctx.fillText(words, bbox.left + 6 * devicePixelRatio, y + off);
}

/** Mark the moves: triangles up and down, a diamond for people, a square for what is notable. */
export function drawMoves(u, moves) {
  const { ctx } = u;
  ctx.save();
  for (const made of marked(u, moves)) shape(ctx, made, u.valToPos(made.at, "x", true), u.valToPos(made.applied, "y", true));
  ctx.restore();
}

const size = (made) => (notable(made) ? Infinity : Math.abs(Math.log(made.applied / made.before)) || 0);

/** Those in view that there is room for, the notable ones and the largest first. */
function marked(u, moves) {
  const there = moves.filter((made) => made.at >= u.scales.x.min && made.applied > 0);
  const room = Math.max(MOST, there.filter(notable).length);
  const chosen = there.sort((a, b) => size(b) - size(a)).slice(0, room);
  const apart = [];
  for (const made of chosen) {
    const x = u.valToPos(made.at, "x");
    if (notable(made) || apart.every((other) => Math.abs(other.x - x) >= APART)) apart.push({ x, made });
  }
  return apart.map(({ made }) => made).reverse();
}

function shape(ctx, made, x, y) {
  const r = (notable(made) ? 5.5 : 3.5) * devicePixelRatio;
  const up = made.action === "raise" ? -1 : 1;
  ctx.beginPath();
  if (made.actor) for (const [dx, dy] of [[0, -r], [r, 0], [0, r], [-r, 0]]) ctx.lineTo(x + dx, y + dy);
  else if (notable(made)) ctx.rect(x - 0.8 * r, y - 0.8 * r, 1.6 * r, 1.6 * r);
  else for (const [dx, dy] of [[0, up * r], [r, -up * r], [-r, -up * r]]) ctx.lineTo(x + dx, y + dy);
  ctx.closePath();
  ctx.fillStyle = ink(made.actor ? "person" : notable(made) ? "alarm" : "rate");
  ctx.strokeStyle = ink("paper");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.stroke();
  ctx.fill();
}

/** The move next to the cursor, notable ones first; null where none is near. */
export function nearest(u, moves) {
  const { left } = u.cursor;
  const near = marked(u, moves).map((made) => ({ made, off: Math.abs(u.valToPos(made.at, "x") - left) }))
    .filter(({ off }) => off < REACH);
  near.sort((a, b) => notable(b.made) - notable(a.made) || a.off - b.off);
  return near[0]?.made ?? null;
}
