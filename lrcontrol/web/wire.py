"""One connection and its requests, one after the other: bytes in, an application asked, bytes out.

``incoming`` reads a request and ``outgoing`` frames an answer; here is what they need to meet a
socket. Rejected: hypercorn and h11, which take three and two times as long for a request, and all
of it is time that the learning thread does not have (docs/decisions/0005-http-on-httptools.md).
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any
from urllib.parse import unquote

from lrcontrol.web.incoming import Incoming
from lrcontrol.web.listener import Listener
from lrcontrol.web.outgoing import Outgoing, bare

#: Bytes of a body that wait for the application; then no more is read from the socket.
WAITING = 64 * 1024
#: Requests on one connection. Keeping it spares both sides its beginning and end, which take longer
#: than most answers; at the last one the client is told to connect anew.
TURNS = 1000
#: Seconds that an application gets to end after its client has gone.
AFTERWARDS = 0.5
#: Where a request finds, among its ASGI extensions, how to ask for ``seconds`` more (0: for none).
LINGER = "lrcontrol.linger"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"

_log = logging.getLogger("lrcontrol.web")


class Wire(asyncio.Protocol):
    """A connection, among the ``wires`` there are while it lasts; ``listener`` accepted it.

    A client that sends ahead of its turn has the connection ended after the answer under way:
    nobody does so but floods, and nothing has to be kept for later.
    """

    def __init__(self, app: Any, wires: set[Wire], listener: Listener) -> None:
        self._app = app
        self._wires = wires
        self._listener = listener
        self.task: asyncio.Task[None] | None = None
        self._turns = 0
        self._ended = self._gone = False
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._begin()

    def _begin(self) -> None:
        """Be ready for a request."""
        self._request = Incoming()
        self._answer: Outgoing | None = None
        self._told = False
        self.task = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the client."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.client = transport.get_extra_info("peername")[:2]
        self._here = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.1"},
            "scheme": "https" if transport.get_extra_info("ssl_object") else "http",
            "root_path": "",
            "client": self.client,
            "server": transport.get_extra_info("sockname")[:2],
            "extensions": {LINGER: partial(self._listener.linger, self.client)},
        }
        self._wires.add(self)

    def abort(self) -> None:
        """Close the connection at once, whatever waits to be written."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        request = self._request
        request.feed(data)
        if request.refused:
            self._refuse(request.refused)
            return
        if request.headed and self.task is None:
            self._ask(request)
        if request.size > WAITING or request.ahead:
            self._transport.pause_reading()
        self._arrived.set()

    def eof_received(self) -> bool:
        """Note that no more comes; an answer to a whole request is still given."""
        self._ended = True
        self._arrived.set()
        return self._request.whole

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that its client has gone, and end it if it does not end."""
        self._gone = True
        self._wires.discard(self)
        self._arrived.set()
        self._writable.set()
        if self.task is not None and not self.task.done():
            asyncio.get_running_loop().call_later(AFTERWARDS, self.task.cancel)

    def pause_writing(self) -> None:
        """Let the application wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let it go on."""
        self._writable.set()

    def _ask(self, request: Incoming) -> None:
        self._turns += 1
        if self._turns > 1:
            self._listener.renew(self.client)
        path, _, query = request.target.partition(b"?")
        scope = {
            **self._here,
            "http_version": request.version,
            "method": request.method,
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": request.headers,
        }
        self.task = asyncio.get_running_loop().create_task(self._run(scope))

    async def _run(self, scope: dict[str, Any]) -> None:
        try:
            await self._app(scope, self._receive, self._send)
        except Exception:
            _log.exception("a request failed", extra={"path": scope["path"][:200]})
        answer = self._answer
        if answer is None:
            self._refuse(500)
        elif answer.over and answer.kept and not (self._request.ahead or self._ended or self._gone):
            self._listener.renew(self.client)
            self._begin()
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _refuse(self, code: int) -> None:
        """Answer without the application: what came is no HTTP, or the application gave nothing."""
        if self._answer is None and not self._gone:
            self._transport.write(bare(code))
        self._transport.close()
        self._gone = True  # for the application, which may be under way
        self._arrived.set()

    async def _receive(self) -> dict[str, Any]:
        request = self._request
        if request.waits and not (request.parts or request.whole or self._gone):
            request.waits = False
            self._transport.write(GO_ON)
        while not self._is_news(request):
            self._arrived.clear()
            await self._arrived.wait()
        if self._gone or self._told or not (request.parts or request.whole):
            return {"type": "http.disconnect"}
        body, request.parts, request.size = b"".join(request.parts), [], 0
        self._told = request.whole
        self._transport.resume_reading()
        return {"type": "http.request", "body": body, "more_body": not request.whole}

    def _is_news(self, request: Incoming) -> bool:
        if self._gone or self._ended:
            return True
        return not self._told and bool(request.parts or request.whole)

    async def _send(self, message: Any) -> None:
        if self._gone:
            return
        if message["type"] == "http.response.start":
            request = self._request
            # Of a body that is not here nobody will read the rest.
            kept = request.kept and request.whole and self._turns < TURNS
            self._answer = Outgoing(
                message["status"],
                message.get("headers", ()),
                bare=request.method == "HEAD",
                chunks=request.version == "1.1",
                kept=kept and not (request.ahead or self._ended),
            )
            return
        assert self._answer is not None
        said = self._answer.part(message.get("body", b""), message.get("more_body", False))
        self._transport.write(said)
        await self._writable.wait()
