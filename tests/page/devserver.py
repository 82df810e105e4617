"""A stand-in for the daemon while the page is worked on, and for states that are rare in life.

``python tests/page/devserver.py [port]`` serves the page with made-up numbers of the API's shapes.
The tests of what the page does run the real daemon; this one shows how it looks when a model fails,
a source is paused or the daemon falls silent.
"""

from __future__ import annotations

import json
import math
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import lrcontrol.page

STATIC = Path(lrcontrol.page.__file__).parent / "static"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript",
         ".svg": "image/svg+xml"}  # fmt: skip
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
#: Seconds between two events of the stream, and between two decisions of the made-up past.
BEAT = 0.5
PERIOD = 1.5
#: Seconds of past that the page finds when it opens.
PAST = 110.0
MEMBERS = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3")


def curve(seed: int, phase: float) -> tuple[float, float]:
    """Return a loss and a rate: learning from a poor start, a drift at 60 s, recovery."""
    noise = random.Random(f"{seed} {phase:.2f}").gauss(0, 1)
    since = phase if phase < 60 else phase - 60
    start = 0.62 if phase < 60 else 0.41
    loss = 0.155 + (start - 0.155) * math.exp(-since / 14) + 0.006 * noise
    rate = 0.012 * (1 + 7 * math.exp(-since / 22)) * 1.06 ** round(2 * math.sin(phase / 6))
    return max(loss, 0.02), rate


class Made:
    """A made-up daemon; ``scene`` says what is wrong with it."""

    def __init__(self, scene: str = "", token: str = "") -> None:
        self.scene = scene
        self.token = token
        self.began = time.time() - PAST
        self.started_at = self.began - 93_784
        self.override: dict[str, object] | None = None
        self.ordered: list[dict[str, object]] = []
        self.over = threading.Event()  # ends the streams
        self.mute = threading.Event()  # keeps them open, without news

    def phase(self) -> float:
        return time.time() - self.began

    def decisions(self, since: int = 0) -> list[dict[str, object]]:
        """Return the made-up decisions beyond one, and what was ordered."""
        upto = int(self.phase() / PERIOD)
        made = [self.decision(n) for n in range(1, upto + 1)]
        return [d for d in made + self.ordered if int(str(d["number"])) > since]

    def decision(self, number: int) -> dict[str, object]:
        at = number * PERIOD
        loss, rate = curve(1, at)
        _, before = curve(1, at - PERIOD)
        drift = 60 <= at < 60 + PERIOD
        kept = number % 3 and not drift
        action = "keep" if kept else "raise" if rate > before else "lower"
        reason = (
            "drift" if drift else {"keep": "dead_band", "raise": "improving"}.get(action, "worse")
        )
        seen = {"loss": loss, "baseline": 0.60, "fast": loss, "slow": loss * 1.04, "noise": 0.012,
                "records": 64, "nonfinite": 0, "drift": drift}  # fmt: skip
        return {"number": number, "at": self.began + at, "model": "fare", "step": 6300 * number,
                "action": action, "reason": reason, "limit": "slew" if drift else "none",
                "before": before, "asked": rate * (2.4 if drift else 1), "applied": rate,
                "terms": {"trend": math.log(rate / before), "noise": 0.004}, "seen": seen,
                "actor": "", "note": ""}  # fmt: skip

    def model(self, name: str = "fare", seed: int = 1) -> dict[str, object]:
        loss, rate = curve(seed, self.phase())
        failed = self.scene == "failed" and seed == 1
        rate = float(str(self.override["rate"])) if self.override and seed == 1 else rate
        weights = [math.exp(-((math.log10(float(m)) - math.log10(rate)) ** 2) * 6) for m in MEMBERS]
        arms = [("half", 0.5, 1.06), ("double", 2.0, 1.13), ("fixed", 0.01 / rate, 1.02)]
        last = self.decision(max(int(self.phase() / PERIOD), 1))
        return {
            "name": name, "state": "failed" if failed else "running",
            "failure": "ValueError: unknown category 'moon' for feature zone" if failed else "",
            "controller": "auto", "chosen": "Mixture", "why": "the model is linear and mixes",
            "mode": "manual" if self.override and seed == 1 else "automatic", "rate": rate,
            "asked": rate, "low": 1e-5, "high": 0.15,
            "rates": {"weights": rate, "intercept": rate / 2},
            "steps": int(4200 * self.phase()), "loss": loss, "fast": loss, "slow": loss * 1.03,
            "noise": 0.011, "baseline": 0.6 + 0.004 * math.sin(self.phase() / 9),
            "skill": None if failed else 1 - loss / 0.6, "nonfinite": 0,
            "rejected": {"bounds": 12, "type": 3}, "replaced": 41, "beyond": 0,
            "drifts": int(self.phase() > 60), "drift_at": self.began + 60, "changed_at": last["at"],
            "rung": "frozen" if self.scene == "diverged" and seed == 1 else "watching",
            "rulings": {}, "metrics": {"Accuracy": 0.914, "LogLoss": loss},
            "members": [{"name": m, "rate": float(m), "weight": w / sum(weights), "loss": loss}
                        for m, w in zip(MEMBERS, weights, strict=True)],
            "arms": [{"name": n, "rate": rate * by, "loss": loss * worse, "served_loss": loss,
                      "records": 900} for n, by, worse in arms],
            "override": self.override if seed == 1 else None, "last": last,
        }  # fmt: skip

    def source(self, name: str, pace: float, **given: object) -> dict[str, object]:
        return {"name": name, "type": "kafka", "records": int(pace * self.phase()), "bytes": 10**8,
                "rejected": {}, "connected": True, "ended": False, "lag": 128, "length": None,
                "record_at": time.time() - 0.2, "event_at": time.time() - 3.1, "paused": "",
                "letters": {"json": 14},                **given}  # fmt: skip

    def status(self) -> dict[str, object]:
        paused = "31 % of the last 1,000 messages gave no record" if self.scene == "paused" else ""
        away = self.scene == "away"
        names = ["fare"] if self.scene == "one" else ["fare", "tip", "duration", "surge"]
        return {
            "version": "0.1.0", "started_at": self.started_at, "ready": not away, "stopping": False,
            "why_not_ready": "source rides is not connected" if away else "",
            "models": [self.model(name, seed) for seed, name in enumerate(names, 1)],
            "sources": [
                self.source("rides", 4200, rejected={"json": 14, "missing": 3}, connected=not away),
                self.source("corrections", 12, type="http", paused=paused, lag=None),
            ],
            "checkpoint": {
                "sequence": 1881, "durable_at": time.time() - 12, "step": 4_211_000,
                "behind": 51_204,
                "written": 1881, "failures": 0, "failing": 0, "bytes": 83_120, "seconds": 21.0,
                "pauses": 2.6, "careful": False, "put_aside": 0, "problem": "",
            },
            "dead_letters": {"held": 17, "bytes": 5_301, "dropped": 0, "waiting": 0,
                             "failures": 0, "problem": ""},
            "reload": {"well": True, "at": 0, "times": 0, "problem": ""},
        }  # fmt: skip

    def order(self, path: str, body: dict[str, object]) -> dict[str, object]:
        kind = path.rsplit("/", 1)[-1]
        before = curve(1, self.phase())[1]
        rate = float(str(body.get("rate", before)))
        ends = time.time() + float(str(body["ttl"])) if body.get("ttl") else 0.0
        if kind in ("hold", "rate"):
            self.override = {"actor": "kim", "reason": body["reason"], "since": time.time(),
                             "expires_at": ends, "rate": rate, "step": 1}  # fmt: skip
        if kind == "resume":
            self.override = None
        reason = {"rate": "set_rate", "rollback": "roll_back"}.get(kind, kind)
        number = int(self.phase() / PERIOD) + 1
        self.ordered.append(self.decision(number) | {
            "action": "keep", "reason": reason, "limit": "none", "actor": "kim", "at": time.time(),
            "before": before, "asked": rate, "applied": rate, "note": body["reason"],
            "number": number,
        })  # fmt: skip
        return {"ok": True, "detail": f"{kind}: done", "target": "fare", "mode": "manual",
                "step": 1, "before": before, "applied": rate, "repeated": False}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    made: Made

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/":
            page = (STATIC / "index.html").read_text().replace("{{table}}", "<p>a table</p>")
            return self.answer(page.encode(), TYPES[".html"])
        if url.path.startswith("/static/"):
            path = STATIC / url.path.removeprefix("/static/")
            return self.answer(path.read_bytes(), TYPES[path.suffix])
        if self.refused():
            return None
        if url.path == "/api/v1/status":
            return self.json(self.made.status())
        if url.path == "/api/v1/decisions":
            found = self.made.decisions(int(parse_qs(url.query).get("since", ["0"])[0]))
            last = max((int(str(d["number"])) for d in found), default=0)
            return self.json({"decisions": found, "last": last})
        return self.events()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.refused():
            self.json(self.made.order(self.path, body))

    def refused(self) -> bool:
        if not self.made.token or self.headers.get("Authorization") == f"Bearer {self.made.token}":
            return False
        self.json({"ok": False, "detail": "a token is needed"}, 401)
        return True

    def events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told = max((int(str(d["number"])) for d in self.made.decisions()), default=0)
        while not self.made.over.wait(BEAT):
            if self.made.mute.is_set():
                continue
            for made in self.made.decisions(told):
                told = int(str(made["number"]))
                self.event("decision", made)
            self.event("status", self.made.status())

    def event(self, kind: str, data: object) -> None:
        self.wfile.write(f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def json(self, data: object, code: int = 200) -> None:
        self.answer(json.dumps(data).encode(), "application/json", code)

    def answer(self, body: bytes, kind: str, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


def server(made: Made, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of what is made up, on a free port unless told; it serves nothing yet."""
    handler = type("Bound", (Handler,), {"made": made})
    made_server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    made_server.daemon_threads = True
    return made_server


if __name__ == "__main__":
    server(Made(*sys.argv[2:]), int(sys.argv[1]) if len(sys.argv) > 1 else 8765).serve_forever()
