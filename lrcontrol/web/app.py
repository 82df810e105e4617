"""What the daemon answers over HTTP: its metrics, whether it lives, whether it is ready.

Live means that the loop turned lately, whatever the sources and models do: a restart cures a hung
loop, not a broker that is away. Ready means that it takes records. Each has the paths that
Kubernetes, Prometheus and the Open Inference Protocol ask for; ``?verbose`` tells every check.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lrcontrol.metrics import build_registry, render
from lrcontrol.status import SourceStatus, Status

LIVE = ("/livez", "/-/healthy", "/v2/health/live")
READY = ("/readyz", "/-/ready", "/v2/health/ready")
#: Bytes of body a request may announce. No path here reads one; some clients send a few all the
#: same, and to refuse those would help nobody.
BODY_LIMIT = 1024


class Check(NamedTuple):
    """One thing looked at: whether it is well, and what was seen."""

    ok: bool
    detail: str


Checks = Mapping[str, Check]


def liveness(status: Status, now: float, stall_after: float) -> Checks:
    """Return whether the loop turned in the last ``stall_after`` seconds before ``now``."""
    age = now - status.turned
    return {"loop": Check(age <= stall_after, f"turned {age:.1f} s ago (at most {stall_after:g})")}


def readiness(status: Status, now: float, stall_after: float) -> Checks:
    """Return whether the daemon takes records: live, started, and not stopping."""
    return {
        **liveness(status, now, stall_after),
        "ready": Check(status.ready, "yes" if status.ready else f"not yet: {_why(status)}"),
        "stopping": Check(not status.stopping, "yes" if status.stopping else "no"),
    }


def _why(status: Status) -> str:
    causes = [
        *(f"model {m.name} failed: {m.failure}" for m in status.models if m.state == "failed"),
        *(f"source {s.name} is not connected" for s in _away(status)),
        *([kept.problem] if (kept := status.checkpoint) is not None and kept.problem else []),
        *(f"source {s.name} is paused: {s.paused}" for s in status.sources if s.paused),
        *([letters.problem] if (letters := status.letters) is not None and letters.problem else []),
    ]
    return "; ".join(causes) or "starting"


def _away(status: Status) -> Iterator[SourceStatus]:
    return (s for s in status.sources if not s.connected and not s.ended)


class BodyCap:
    """Middleware that refuses a request with a body over ``limit`` bytes before reading any of it.

    The announced length is to be trusted: the server holds each request to it.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 (too long) or 411 (no length announced)."""
        await (self._refusal(scope) or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = dict(scope.get("headers", ()))
        if b"transfer-encoding" in headers:
            return PlainTextResponse("announce the length of the body\n", 411)
        if int(headers.get(b"content-length", 0)) > self._limit:
            return PlainTextResponse(f"at most {self._limit} bytes of body\n", 413)
        return None


def build_app(
    status: Callable[[], Status], stall_after: float, clock: Callable[[], float] = time.monotonic
) -> Starlette:
    """Return the ASGI application over the newest ``status``.

    ``stall_after`` is the age in seconds of the loop's last turn from which on it counts as hung;
    ``clock`` is the monotonic clock of ``Status.turned``.
    """
    registry = build_registry(status)

    async def metrics(request: Request) -> Response:  # async: no pool of threads for a millisecond
        page, content_type = render(registry, request.headers.get("accept", ""))
        return Response(page, headers={"content-type": content_type})

    async def live(request: Request) -> Response:
        return _answer(request, liveness(status(), clock(), stall_after))

    async def ready(request: Request) -> Response:
        return _answer(request, readiness(status(), clock(), stall_after))

    routes = [
        Route("/metrics", metrics),
        *(Route(path, live) for path in LIVE),
        *(Route(path, ready) for path in READY),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(BodyCap, limit=BODY_LIMIT)])
    app.router.redirect_slashes = False  # a redirect would repeat whatever Host a client sent
    return app


def _answer(request: Request, checks: Checks) -> Response:
    bad = {name: check for name, check in checks.items() if not check.ok}
    code = 503 if bad else 200
    if "verbose" in request.query_params:
        told = {name: check._asdict() for name, check in checks.items()}
        return JSONResponse({"ok": not bad, "checks": told}, code)
    lines = [f"{name}: {check.detail}" for name, check in bad.items()] or ["ok"]
    return PlainTextResponse("\n".join(lines) + "\n", code)
