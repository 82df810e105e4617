// The two curves: loss against what it is measured by, and the rate with its limits and moves.

import { $, h, list, mark, say } from "./dom.js";
import { drawBreaks, ink, nameEnds, timeAxis, valueAxis } from "./ink.js";
import { drawLimits, drawMoves, nearest, rateRange, rateSplits } from "./moves.js";
import { told } from "./runs.js";
import { armName } from "./verdicts.js";
import { action, clock, count, figure, limit } from "./words.js";

/* global uPlot */

const ARM_INKS = { half: "arm-half", double: "arm-double", fixed: "arm-fixed" };
const SHORT = { half: "½ ×", double: "2 ×", fixed: "fixed" };
const NARROW = 560;
/** Share of the losses that the axis shows: the last few are spikes that would flatten the rest. */
const SHOWN = 0.985;

/** Losses farther apart than this stand on an axis of decades. */
const FAR = 10;

/** A chart in its place: made anew where its curves are others, else given new numbers. */
class Chart {
  constructor(place, options) {
    this.place = place;
    this.options = options;
    this.tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    new ResizeObserver(() => this.resize()).observe(place);
  }

  show(names, columns, seen) {
    this.seen = seen;
    if (this.names !== names.join()) this.build(names, columns);
    this.plot.setData(columns);
  }

  build(names, columns) {
    this.plot?.destroy();
    this.names = names.join();
    this.narrow = this.place.clientWidth < NARROW;
    const base = {
      width: this.place.clientWidth || 600, height: this.place.clientHeight || 240,
      padding: [10, this.narrow ? 58 : 104, 0, 0], legend: { show: false },
      cursor: { sync: { key: "time" }, drag: { x: false, y: false }, y: false, points: { size: 6 } },
    };
    this.plot = new uPlot({ ...base, ...this.options(this, names) }, columns, this.place);
    this.plot.over.append(this.tip);
    this.plot.over.addEventListener("mouseleave", () => { this.tip.hidden = true; });
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (width < NARROW !== this.narrow) this.names = ""; // made anew when it is shown next
    if (this.plot && width && (width !== this.plot.width || height !== this.plot.height)) {
      this.plot.setSize({ width, height });
    }
  }

  /** Tell lines beside the cursor; on the side that has room. */
  telling(lines, left) {
    this.tip.hidden = !lines.length;
    list(this.tip, lines, (line, index) => line.key, () => h("p"), (row, line) => {
      say(row, line.text);
      row.style.color = line.ink ? ink(line.ink) : "";
    });
    const room = this.plot.over.clientWidth;
    const right = left > room / 2;
    this.tip.style.left = right ? "" : `${left + 14}px`;
    this.tip.style.right = right ? `${room - left + 14}px` : "";
  }
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
}

const decadeAxis = () => ({ ...valueAxis((u, splits) => splits.map(figure)), splits: rateSplits, filter: (u, splits) => splits });

const finiteOf = (columns) => columns.slice(1).flat().filter(Number.isFinite);

/** Whether the losses are so far apart that only decades show them all; not at every turn anew. */
function decades(columns, before) {
  const finite = finiteOf(columns);
  const low = quantile(finite, 1 - SHOWN);
  return low > 0 && quantile(finite, SHOWN) / low > (before ? FAR / 2 : FAR);
}

function lossRange(u, log) {
  const finite = finiteOf(u.data);
  if (!finite.length) return log ? [0.1, 1] : [0, 1];
  const high = Math.max(quantile(finite, SHOWN), 1e-300);
  const low = Math.min(...finite);
  if (log) return [Math.max(low, high * 1e-9) / 1.3, 1.4 * high];
  return [low > 0.5 * high ? low - 0.15 * (high - low) - 1e-300 : Math.min(low, 0), 1.12 * high];
}

/** The last number of a column, in the pixels of the canvas. */
function end(u, column, text, colour) {
  const value = u.data[column].findLast((one) => one != null);
  return { y: value == null ? NaN : u.valToPos(value, "y", true), text, colour };
}

const curve = (name, width, dash) => ({
  stroke: () => ink(name), width, dash, spanGaps: true, points: { show: false },
});

function lossOptions(chart, [scale, ...arms]) {
  const log = scale === "log";
  const names = ["this rate", "a guess", ...arms.map(armName)];
  const short = chart.narrow ? ["this", "guess", ...arms.map((one) => SHORT[one] ?? one)] : names;
  const inks = ["loss", "base", ...arms.map((arm) => ARM_INKS[arm] ?? "arm-fixed")];
  const series = [{}, curve("loss", 2.25), curve("base", 1.5, [6, 4]), ...inks.slice(2).map((one) => curve(one, 1.25))];
  const hover = (u) => {
    const at = u.cursor.idx;
    if (at == null || u.cursor.event == null) return chart.telling([], 0);
    const lines = names.map((name, index) => ({ key: name, ink: inks[index], value: u.data[index + 1][at], name }))
      .filter((line) => line.value != null).map((line) => ({ ...line, text: `${figure(line.value)}  ${line.name}` }));
    chart.telling([{ key: "at", text: clock(u.data[0][at]) }, ...lines], u.cursor.left);
  };
  return {
    scales: { x: { range: () => chart.seen.range }, y: { distr: log ? 3 : 1, range: (u) => lossRange(u, log) } },
    axes: [timeAxis(), log ? decadeAxis() : valueAxis((u, splits) => splits.map(figure))], series,
    hooks: {
      draw: [(u) => {
        drawBreaks(u, chart.seen.breaks);
        nameEnds(u, short.map((name, index) => end(u, index + 1, name, ink(inks[index]))));
      }],
      setCursor: [hover],
    },
  };
}

function rateOptions(chart) {
  const stepped = uPlot.paths.stepped({ align: 1 });
  const hover = (u) => {
    const move = u.cursor.event == null ? null : nearest(u, chart.seen.moves);
    const at = u.cursor.idx;
    if (move) chart.telling(moveLines(move), u.cursor.left);
    else if (at == null || u.cursor.event == null) chart.telling([], 0);
    else chart.telling([{ key: "at", text: clock(u.data[0][at]) }, { key: "rate", text: `${figure(u.data[1][at])}  rate`, ink: "rate" }], u.cursor.left);
  };
  return {
    scales: { x: { range: () => chart.seen.range }, y: { distr: 3, log: 10, range: (u) => rateRange(u, chart.seen) } },
    axes: [timeAxis(), decadeAxis()],
    series: [{}, { ...curve("rate", 2.25), paths: stepped }, { ...curve("base", 1, [2, 3]), paths: stepped }],
    hooks: {
      drawClear: [(u) => drawLimits(u, chart.seen)],
      draw: [(u) => {
        drawBreaks(u, chart.seen.breaks);
        drawMoves(u, chart.seen.moves);
        nameEnds(u, [end(u, 1, figure(u.data[1].findLast((one) => one != null)), ink("rate"))]);
      }],
      setCursor: [hover],
    },
  };
}

/** What a mark tells: what was done, why, who, what was asked, what held it, what it was made of. */
function moveLines(made) {
  const parts = Object.entries(made.terms ?? {}).map(([name, value]) => ({ key: name, text: `${value < 0 ? "" : "+"}${figure(value)}  ${name.replaceAll("_", " ")}` }));
  return [
    { key: "at", text: `${clock(made.at)}, record ${count(made.step)}` },
    { key: "what", text: `${action(made.action)} ${figure(made.before)} → ${figure(made.applied)}`, ink: "text" },
    { key: "why", text: told(made) },
    { key: "asked", text: made.asked === made.applied || limit(made.limit) ? "" : `asked for ${figure(made.asked)}` },
    { key: "who", text: `by ${made.actor || "the controller"}` },
    ...parts,
  ].filter((line) => line.text);
}

const loss = new Chart($("loss-chart"), lossOptions);
const rate = new Chart($("rate-chart"), rateOptions);
addEventListener("theme", () => [loss, rate].forEach((chart) => chart.plot?.redraw(false)));

/** What a chart says to those who do not see it. */
function describe(model, points) {
  const last = points.at(-1);
  mark($("loss-chart"), "aria-label", `Loss over time, now ${figure(last?.loss)}; a guess would lose ${figure(last?.base)}`);
  mark($("rate-chart"), "aria-label", `Learning rate over time, now ${figure(last?.rate)}, limits ${figure(model.low)} to ${figure(model.high)}`);
}

/** Draw a model's history between two times. */
export function draw(model, history, range) {
  const first = history.points.findIndex((point) => point.t >= range[0]);
  const points = first < 0 ? [] : history.points.slice(Math.max(first - 1, 0));
  describe(model, points);
  const arms = (model.arms ?? []).map((arm) => arm.name);
  const column = (of) => points.map((point) => of(point) ?? null);
  const seen = { range, breaks: history.breaks, moves: history.marks, low: model.low, high: model.high };
  const t = column((point) => point.t);
  const losses = [t, column((p) => p.loss), column((p) => p.base), ...arms.map((arm) => column((p) => p.arms[arm]))];
  const scale = decades(losses, loss.names?.startsWith("log")) ? "log" : "linear";
  loss.show([scale, ...arms], losses, seen);
  const positive = (value) => (value > 0 ? value : null);
  rate.show(["rate"], [t, column((p) => positive(p.rate)), column((p) => positive(p.asked))], seen);
}
