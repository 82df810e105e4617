// What was seen of each model since the page opened, and before, as far as the daemon remembers.
// Bounded: beyond MOST points every second of the older half goes, so that an hour and a month both
// fit, the newest in full.

const MOST = 1600;
const MOST_MOVES = 400;
/** Seconds over which records a second are told. */
const PACE = 8;

/** Points and moves of one model, oldest first. */
export class History {
  points = [];
  moves = [];
  breaks = []; // [at, what]: restarts and drifts

  /** Take a point in: {t, loss, base, rate, asked, arms}, mostly the newest. */
  add(point) {
    insert(this.points, point, (one) => one.t);
    if (this.points.length > MOST) this.points = thinned(this.points);
  }

  /** Take a decision in: a move is kept, and each is a point of the curves. */
  decide(made) {
    const seen = made.seen;
    this.add({
      t: made.at, loss: seen?.fast ?? null, base: seen?.baseline ?? null, period: true,
      rate: made.applied, asked: made.asked, arms: {},
    });
    if (made.action === "keep" && !made.actor) return;
    const known = this.moves.at(-1);
    if (known && known.key === made.key) return;
    insert(this.moves, made, (one) => one.at);
    if (this.moves.length > MOST_MOVES) this.moves.shift();
  }

  /** Note that something ended here that no line should run across. */
  broke(at, what) {
    this.breaks.push([at, what]);
    if (this.breaks.length > MOST_MOVES) this.breaks.shift();
  }
}

/** Put one in among those in order; nearly always it is the last. */
function insert(all, one, at) {
  let place = all.length;
  while (place > 0 && at(all[place - 1]) > at(one)) place -= 1;
  all.splice(place, 0, one);
}

function thinned(points) {
  const half = Math.floor(points.length / 2);
  return points.filter((_, index) => index >= half || index % 2 === 0);
}

/** How fast counters grow: records a second over the last seconds. */
export class Paces {
  #seen = new Map(); // name -> [[at, total], ...]

  /** Take a total in; a smaller one than before is a new beginning. */
  add(name, at, sum) {
    const all = this.#seen.get(name) ?? [];
    if (all.length && sum < all.at(-1)[1]) all.length = 0;
    all.push([at, sum]);
    while (all.length > 2 && at - all[1][0] > PACE) all.shift();
    this.#seen.set(name, all);
  }

  /** Per second, null before there are two looks half a second apart. */
  of(name) {
    const all = this.#seen.get(name);
    if (!all || all.length < 2) return null;
    const [first, last] = [all[0], all.at(-1)];
    return last[0] - first[0] < 0.5 ? null : (last[1] - first[1]) / (last[0] - first[0]);
  }

  /** Forget what is there no more. */
  only(names) {
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
  }
}
