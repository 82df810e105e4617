// Where news comes from: the daemon's state, its decisions, and the stream of both.
// The stream is read by fetch(), as an EventSource can send no token.

/** Seconds without a status, of which there is one a second, until the page says so: a comment that
    keeps the stream open is no news, it comes from a hung daemon too. */
export const SILENCE = 5;
/** Milliseconds between two attempts, doubled up to the longest. */
const PAUSE = 500;
const LONGEST = 5000;
/** Milliseconds without a byte after which a stream counts as dead, and of patience with a question. */
const DEAD = 15000;
/** Decisions asked for when the page opens. */
const MOST = 500;
const TOKEN = "lrcontrol-token";

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
};

/** The server wants a token, or another one. */
export class Refused extends Error {}

/** Ask the daemon; raises Refused on 401. */
export async function ask(path, given = {}) {
  const headers = { ...given.headers };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  const answer = await fetch(path, { cache: "no-store", credentials: "omit", ...given, headers });
  if (answer.status === 401) throw new Refused(await answer.text());
  return answer;
}

async function read(path, signal) {
  const answer = await ask(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(DEAD)]) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return [await answer.json(), answer.headers.get("Date")];
}

/** Follows the daemon for good: calls `news.status`, `.decision`, `.refused` and `.away`. */
export class Feed {
  #news;
  #began = null; // started_at of the daemon we follow: another one counts decisions from 1 again
  #last = 0; // number of the last decision seen
  #pause = PAUSE;
  #stop = null;
  skew = 0; // seconds the daemon's clock is ahead of ours

  constructor(news) {
    this.#news = news;
  }

  /** Seconds since the epoch by the daemon's clock. */
  now() {
    return Date.now() / 1000 + this.skew;
  }

  /** Begin anew, at once: with another token, or after the window was away. */
  again() {
    this.#pause = PAUSE;
    this.#stop?.abort();
  }

  async follow() {
    for (;;) {
      this.#stop = new AbortController();
      try {
        await this.#catchUp(this.#stop.signal);
        await this.#listen(this.#stop.signal);
      } catch (problem) {
        if (problem instanceof Refused) await this.#news.refused();
        else if (problem.name !== "AbortError") this.#news.away(problem);
      }
      await new Promise((done) => setTimeout(done, this.#pause));
      this.#pause = Math.min(2 * this.#pause, LONGEST);
    }
  }

  async #catchUp(signal) {
    const [status, date] = await read("/api/v1/status", signal);
    const ahead = date ? Date.parse(date) / 1000 + 0.5 - Date.now() / 1000 : 0;
    this.skew = Math.abs(ahead) > 2 ? ahead : 0; // the header knows whole seconds only
    this.#status(status);
    const since = this.#last;
    const told = [];
    for (const moves of since ? [""] : ["&moves=true", ""]) {
      const path = `/api/v1/decisions?since=${since}&limit=${MOST}${moves}`;
      const [page] = await read(path, signal);
      told.push(...page.decisions);
      this.#last = Math.max(this.#last, page.last);
    }
    const byNumber = new Map(told.map((made) => [made.number, made]));
    for (const made of [...byNumber.values()].sort((a, b) => a.number - b.number)) {
      this.#news.decision(made);
    }
    this.#pause = PAUSE;
  }

  #status(status) {
    const another = this.#began !== null && status.started_at !== this.#began;
    if (another || this.#began === null) this.#last = 0;
    this.#began = status.started_at;
    this.#news.status(status, another);
  }

  async #listen(signal) {
    const headers = { Accept: "text/event-stream" };
    const answer = await ask(`/api/v1/events?since=${this.#last}`, { headers, signal });
    if (!answer.ok || !answer.body) throw new Error(`events: ${answer.status}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await this.#within(reader.read());
      if (done) return;
      const parts = (rest + value).split(/\r?\n\r?\n/);
      rest = parts.pop();
      for (const part of parts) this.#event(part);
    }
  }

  /** What is read, or AbortError's way out when nothing comes: a dead peer sends no end either. */
  async #within(reading) {
    const timer = setTimeout(() => this.#stop.abort(), DEAD);
    try {
      return await reading;
    } finally {
      clearTimeout(timer);
    }
  }

  #event(part) {
    const lines = part.split(/\r?\n/);
    const of = (field) => lines.filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).trimStart()).join("\n");
    const data = of("data");
    if (!data) return;
    const told = JSON.parse(data);
    if (of("event") === "decision") {
      if (told.number <= this.#last) return;
      this.#last = told.number;
      this.#news.decision(told);
    } else if (of("event") === "status") this.#status(told);
  }
}
