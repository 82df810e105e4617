"""Server-sent events: the status each second, and each decision, to a few readers.

Nothing is queued for a reader: each is told from the ring of decisions what came since it was last
told, so one that is slow costs nothing but its place, which it loses when a write takes too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lrcontrol.decisions.entry import Entry
from lrcontrol.operating.desk import Desk
from lrcontrol.status import Status
from lrcontrol.web import shapes
from lrcontrol.web.listener import STREAMS
from lrcontrol.web.refused import later
from lrcontrol.web.route import Call
from lrcontrol.web.views import ENCODER, decision_of
from lrcontrol.web.wire import LINGER

#: Seconds between two looks for something new, between two views of the status, and of silence
#: before a comment shows that somebody is there.
LOOK = 0.25
EACH = 1.0
SILENCE = 10.0
#: Decisions that kept the rate, told at one look: 20 a second.
KEPT = 5
#: Longest life of a stream, seconds; a browser comes back by itself, and goes on where it was.
LIFETIME = 900.0
#: Longest wait for a reader to take what is written to it, seconds.
SLOW = 5.0
HEAD = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}


class Events:
    """Gives streams of events to at most ``STREAMS`` readers at a time."""

    def __init__(self, desk: Desk, seen: Callable[[Status], shapes.Status]) -> None:
        self._desk = desk
        self._seen = seen
        self._written: tuple[Status | None, bytes] = (None, b"")
        self.readers = 0

    async def stream(self, call: Call) -> Response:
        """Tell of the status and of decisions as they come."""
        if call.request.method == "HEAD":
            return Response(headers=HEAD)
        if self.readers >= STREAMS:
            raise later(503, f"{STREAMS} readers are told of events already")
        since = call.query.since
        told = call.request.headers.get("last-event-id", "")
        if told.isascii() and told.isdigit():
            since = int(told[:18])
        last = self._desk.decisions.last
        # A number beyond the last is of the process before this one.
        return Stream(self, last if since is None else since if since <= last else 0)

    def decisions(self, since: int) -> Sequence[Entry]:
        """Return what to tell of the decisions beyond a number: every move, a few of the rest."""
        ring = self._desk.decisions
        if ring.last <= since:
            return ()
        found = {e.number: e for e in ring.since(since, KEPT)}
        found.update((e.number, e) for e in ring.since(since, moves=True))
        return [found[number] for number in sorted(found)]

    def status(self) -> tuple[Status, bytes]:
        """Return the newest status and its event, written once for all readers."""
        status = self._desk.status()
        if self._written[0] is not status:
            body = ENCODER.encode(self._seen(status))
            self._written = (status, b"event: status\ndata: %b\n\n" % body)
        return status, self._written[1]


class Stream(Response):
    """One reader's events, from the decision after ``since`` on."""

    def __init__(self, events: Events, since: int) -> None:
        super().__init__(headers=HEAD)
        del self.headers["content-length"]
        self._events = events
        self._since = since
        self._told: Status | None = None
        self._told_at = self._said_at = -SILENCE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell until the reader goes, is too slow, has been told long enough, or we stop."""
        linger: Callable[[float], None] = scope["extensions"].get(LINGER, lambda seconds: None)
        gone = asyncio.ensure_future(_gone(receive))
        self._events.readers += 1
        try:
            linger(LIFETIME + SLOW)
            await self._tell(gone, send)
        except TimeoutError:
            linger(0.0)
        finally:
            self._events.readers -= 1
            gone.cancel()

    async def _tell(self, gone: asyncio.Future[None], send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await _say(send, b"retry: 2000\n\n")
        over = monotonic() + LIFETIME
        while not gone.done() and monotonic() < over:
            if said := b"".join(self._news(monotonic())):
                await _say(send, said)
            if self._told is not None and self._told.stopping:
                break
            await asyncio.wait([gone], timeout=LOOK)
        await _say(send, b"", more=False)

    def _news(self, now: float) -> Iterator[bytes]:
        for entry in self._events.decisions(self._since):
            self._since = entry.number
            body = ENCODER.encode(decision_of(entry))
            yield b"event: decision\nid: %d\ndata: %b\n\n" % (entry.number, body)
        status, event = self._events.status()
        if status is not self._told and (now - self._told_at >= EACH or status.stopping):
            self._told, self._told_at, self._said_at = status, now, now
            yield event
        if now - self._said_at >= SILENCE:
            self._said_at = now
            yield b": still here\n\n"


async def _say(send: Send, body: bytes, more: bool = True) -> None:
    async with asyncio.timeout(SLOW):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
