// How fast counters grow: records a second over the last seconds.

const OVER = 8;
/** Seconds between two looks that tell anything. */
const LEAST = 0.5;

export class Paces {
  #seen = new Map(); // name -> [[at, total], ...]

  /** Take a total in; a smaller one than before is a new beginning. */
  add(name, at, sum) {
    const all = this.#seen.get(name) ?? [];
    if (all.length && sum < all.at(-1)[1]) all.length = 0;
    all.push([at, sum]);
    while (all.length > 2 && at - all[1][0] > OVER) all.shift();
    this.#seen.set(name, all);
  }

  /** Per second, null before there are two looks. */
  of(name) {
    const all = this.#seen.get(name);
    if (!all || all.length < 2) return null;
    const [first, last] = [all[0], all.at(-1)];
    return last[0] - first[0] < LEAST ? null : (last[1] - first[1]) / (last[0] - first[0]);
  }

  /** Forget what is there no more. */
  only(names) {
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
  }
}
