// What was seen of each model since the page opened, and before, as far as the daemon remembers.
// All of it is bounded: the older a point, the wider apart it is kept from the next, so that the
// last minutes are there in full and a day still fits.

/** [Age in seconds, seconds between two points of that age]. */
const APART = [[120, 0.25], [900, 2], [7200, 15], [Infinity, 120]];
const MOST = 2600;
const MOST_MARKS = 600;
const MOST_RUNS = 300;
/** Moves follow each other within this many seconds where they are one run, which lasts no longer
    than the second of these: some controllers move the rate thirty times a second. */
const GAP = 1.5;
const LONG = 20;
/** Share of a new period in the fading mean of what a guess loses. */
const FADING = 0.02;
const ALARMING = new Set(["drift", "nonfinite", "diverged", "restored", "no_skill"]);

/** Whether a decision is one to look at, apart from its neighbours. */
export const notable = (made) => Boolean(made.actor) || ALARMING.has(made.reason);

/** Points, moves and breaks of one model, oldest first. */
export class History {
  points = [];
  marks = []; // moves, for the chart
  runs = []; // and for the list: {first, last, actions, reasons, limits, times}
  breaks = []; // [at, what]: restarts and drifts
  #base = null;
  #periods = 0;

  /** Take a point in: {t, loss, base, rate, asked, arms}, mostly the newest. */
  add(point) {
    insert(this.points, { ...point, base: this.#base ?? point.base }, (one) => one.t);
    if (this.points.length > MOST) this.points = thinned(this.points).slice(-MOST);
  }

  /** Take a decision in: each is a point of the curves, a move is more. */
  decide(made) {
    const { seen } = made;
    if (Number.isFinite(seen?.baseline)) this.#fade(seen.baseline);
    this.add({ t: made.at, loss: seen?.fast ?? null, base: null, rate: made.applied, asked: made.asked, arms: {} });
    if (made.action === "keep" && !notable(made)) return;
    insert(this.marks, made, (one) => one.at);
    if (this.marks.length > MOST_MARKS) this.marks = fewer(this.marks);
    this.#run(made);
    if (this.runs.length > MOST_RUNS) this.runs.shift();
  }

  #fade(baseline) {
    this.#periods += 1;
    const share = Math.max(1 / this.#periods, FADING);
    this.#base = (this.#base ?? 0) + share * (baseline - (this.#base ?? 0));
  }

  #run(made) {
    const run = this.runs.at(-1);
    if (!run || !joins(made, run)) {
      const fresh = { actions: {}, reasons: {}, limits: {} };
      this.runs.push(tallied({ key: made.key, first: made, times: 0, ...fresh }, made));
    } else tallied(run, made);
  }

  /** Note that something ended here that no line should run across. */
  broke(at, what) {
    this.breaks.push([at, what]);
    if (this.breaks.length > MOST_RUNS) this.breaks.shift();
  }
}

function joins(made, run) {
  if (notable(made) || notable(run.last)) return false;
  const alike = ["action", "reason", "limit"].every((field) => made[field] === run.last[field]);
  const soon = made.at - run.last.at < GAP && made.at - run.first.at < LONG;
  return soon || (alike && Object.keys(run.actions).length === 1);
}

function tallied(run, made) {
  run.last = made;
  run.times += 1;
  for (const [counts, name] of [[run.actions, made.action], [run.reasons, made.reason], [run.limits, made.limit]]) {
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return run;
}

/** Put one in among those in order; nearly always it is the last. */
function insert(all, one, at) {
  let place = all.length;
  while (place > 0 && at(all[place - 1]) > at(one)) place -= 1;
  all.splice(place, 0, one);
}

/** One point a slot, the one with the largest loss: thinned, a spike is still a spike. */
function thinned(points) {
  const now = points.at(-1).t;
  const kept = [];
  let slot = null;
  for (const point of points) {
    const wide = APART.find(([age]) => now - point.t <= age)[1];
    const here = `${wide} ${Math.floor(point.t / wide)}`;
    if (here !== slot) kept.push(point);
    else if ((point.loss ?? -Infinity) > (kept.at(-1).loss ?? -Infinity)) kept[kept.length - 1] = point;
    slot = here;
  }
  return kept;
}

/** Every second mark of the older half but those to look at. */
function fewer(marks) {
  const half = marks.length / 2;
  const kept = marks.filter((made, index) => index >= half || index % 2 || notable(made));
  return kept.slice(-MOST_MARKS);
}
