"""The first to see a request and the last to see its answer: caps, counts, headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lrcontrol.config.http import Http
from lrcontrol.web.gate import admit
from lrcontrol.web.reader import BODY_LIMIT, IDLE_LIMIT, too_long
from lrcontrol.web.refused import Refused, problem
from lrcontrol.web.requests import Requests

#: Where a handler notes its route, for the counts.
ROUTE = "lrcontrol.route"
#: On every answer that does not say otherwise: nothing is guessed, kept, framed or loaded by it.
HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
}


class Door:
    """Middleware around the whole application; ``clock`` gives seconds, monotonic."""

    def __init__(
        self,
        app: ASGIApp,
        http: Callable[[], Http],
        requests: Requests,
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._http = http
        self._requests = requests
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before anything of its body is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = self._clock() - began
                code, method = message["status"], scope["method"]
                self._requests.add(scope.get(ROUTE, ""), method, code, took)
                message = {**message, "headers": _completed(message)}
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, seen)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        given = scope["headers"]  # names are in lower case
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in given}
        try:
            admit(scope["method"], headers, self._http())
            _cap(scope["method"], headers)
        except Refused as refused:
            return problem(refused)
        return None


def _cap(method: str, headers: Mapping[str, str]) -> None:
    """Raise Refused for a body that is announced too long, or of unknown length for nothing.

    An announced length is to be trusted: the server holds each request to it.
    """
    chunked, post = "transfer-encoding" in headers, method == "POST"
    if chunked and not post:
        raise Refused(411, "announce the length of the body")
    limit = BODY_LIMIT if post else IDLE_LIMIT
    if int(headers.get("content-length", 0)) > limit:
        raise too_long(limit)


def _completed(message: Message) -> list[tuple[bytes, bytes]]:
    given = list(message.get("headers", ()))
    names = {name.lower() for name, _ in given}
    return [*given, *((name, text) for name, text in HEADERS.items() if name not in names)]
