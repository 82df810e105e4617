"""One connection and its requests, one after the other: bytes in, an application asked, bytes out.

h11 reads and writes the protocol and refuses what is no HTTP/1.1; here is only what it needs to
meet a socket. Rejected: hypercorn, which takes twice the time for a request and gives up the
interpreter a dozen times on the way (docs/decisions/0005-http-on-h11.md).
"""

from __future__ import annotations

import asyncio
import logging
from email.utils import formatdate
from functools import lru_cache, partial
from time import time
from typing import Any
from urllib.parse import unquote

import h11

from lrcontrol.web.listener import Listener

#: Bytes of a request line with its headers.
HEADERS = 16 * 1024
#: Bytes of a body, or of the next request, that wait; then no more is read from the socket.
WAITING = 64 * 1024
#: Requests on one connection. Keeping it spares both sides its beginning and end, which take longer
#: than most answers; at the last one the client is told to connect anew.
TURNS = 1000
#: Seconds that an application gets to end after its client has gone.
AFTERWARDS = 0.5
VERSIONS = (b"1.0", b"1.1")
#: When a connection may be kept: nobody said that it ends, and all of both messages is there.
BOTH_DONE = {h11.SERVER: h11.DONE, h11.CLIENT: h11.DONE}
#: Codes whose answers have no body.
BARE = (204, 304)

#: Where a request finds, among its ASGI extensions, how to ask for ``seconds`` more (0: for none).
LINGER = "lrcontrol.linger"

_log = logging.getLogger("lrcontrol.web")


class Wire(asyncio.Protocol):
    """A connection, among the ``wires`` there are while it lasts; ``listener`` accepted it."""

    def __init__(self, app: Any, wires: set[Wire], listener: Listener) -> None:
        self._app = app
        self._wires = wires
        self._listener = listener
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADERS)
        self.task: asyncio.Task[None] | None = None
        self._head: h11.Response | None = None
        self._turns = 0
        self._ahead = 0  # bytes that came after a whole request
        self._ended = self._gone = False
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._clear()

    def _clear(self) -> None:
        """Forget the last request."""
        self._parts: list[bytes] = []
        self._size = 0
        self._whole = self._told = self._bare = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the client."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.client = transport.get_extra_info("peername")[:2]
        self._wires.add(self)

    def abort(self) -> None:
        """Close the connection at once, whatever waits to be written."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._http.receive_data(data)
        if self._whole:  # of the next request, before this one is answered
            self._ahead += len(data)
            if self._ahead > WAITING:
                self._transport.pause_reading()
            return
        self._read()

    def eof_received(self) -> bool:
        """Note that no more comes; an answer to a whole request is still given."""
        self._ended = True
        self._http.receive_data(b"")
        self._read()
        self._arrived.set()
        return self._whole

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

    def _read(self) -> None:
        try:
            while not self._whole:
                event = self._http.next_event()
                if isinstance(event, h11.Request):
                    self._begin(event)
                elif isinstance(event, h11.Data):
                    self._parts.append(bytes(event.data))
                    self._size += len(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._whole = True
                else:  # more is needed, or nothing comes any more
                    break
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
            return
        if self._size > WAITING:
            self._transport.pause_reading()
        self._arrived.set()

    def _begin(self, request: h11.Request) -> None:
        if request.http_version not in VERSIONS:
            raise h11.RemoteProtocolError("not HTTP/1", error_status_hint=505)
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in request.headers}:
            # One server may believe the one and one the other: the next request would be a smuggled
            # one (RFC 9112, 6.1).
            raise h11.RemoteProtocolError("two lengths", error_status_hint=400)
        path, _, query = request.target.partition(b"?")
        self._bare = request.method == b"HEAD"
        self._turns += 1
        if self._turns > 1:
            self._listener.renew(self.client)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.1"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode(),
            "scheme": "https" if self._transport.get_extra_info("ssl_object") else "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(request.headers),
            "client": self.client,
            "server": self._transport.get_extra_info("sockname")[:2],
            "extensions": {LINGER: partial(self._listener.linger, self.client)},
        }
        self.task = asyncio.get_running_loop().create_task(self._answer(scope))

    async def _answer(self, scope: dict[str, Any]) -> None:
        try:
            await self._app(scope, self._receive, self._send)
        except Exception:
            _log.exception("a request failed", extra={"path": scope["path"][:200]})
        if self._http.our_state is h11.SEND_RESPONSE and not self._gone:
            self._refuse(500)
        if self._http.states == BOTH_DONE and not self._gone:
            self._again()
        else:
            self._transport.close()

    def _again(self) -> None:
        """Be ready for the next request; it may have come already."""
        self._http.start_next_cycle()
        self._clear()
        self.task, self._ahead = None, 0
        self._listener.renew(self.client)
        self._transport.resume_reading()
        self._read()
        if self._ended and not self._whole:  # no more can come
            self._transport.close()

    def _refuse(self, code: int) -> None:
        """Answer without the application: what came is no HTTP, or the application gave nothing."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self._gone:
            headers = [("content-length", "0"), ("connection", "close")]
            said = self._http.send(h11.Response(status_code=code, headers=headers))
            self._transport.write((said or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        self._transport.close()

    async def _receive(self) -> dict[str, Any]:
        if self._http.they_are_waiting_for_100_continue and not self._gone:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self._transport.write(self._http.send(go_on) or b"")
        while not self._is_news():
            self._arrived.clear()
            await self._arrived.wait()
        if self._gone or self._told or not (self._parts or self._whole):
            return {"type": "http.disconnect"}
        body, self._parts, self._size = b"".join(self._parts), [], 0
        self._told = self._whole
        self._transport.resume_reading()
        return {"type": "http.request", "body": body, "more_body": not self._whole}

    def _is_news(self) -> bool:
        return self._gone or self._ended or (not self._told and bool(self._parts or self._whole))

    async def _send(self, message: Any) -> None:
        if self._gone:
            return
        if message["type"] == "http.response.start":
            self._bare = self._bare or message["status"] in BARE
            headers = [*message.get("headers", ()), (b"date", _date(int(time())))]
            stream = not self._bare and all(name != b"content-length" for name, _ in headers)
            # Of a body that is not here nobody will read the rest; a stream was given more time.
            if stream or not self._whole or self._turns >= TURNS:
                headers.append((b"connection", b"close"))
            self._head = h11.Response(status_code=message["status"], headers=headers)
            return
        self._transport.write(b"".join(self._written(message)))
        await self._writable.wait()

    def _written(self, message: Any) -> list[bytes]:
        """Return the bytes of a part of the body, with the head before the first: one write."""
        events: list[h11.Event] = []
        if self._head is not None:
            events.append(self._head)
            self._head = None
        if message.get("body") and not self._bare:
            events.append(h11.Data(data=message["body"]))
        if not message.get("more_body", False):
            events.append(h11.EndOfMessage())
        return [self._http.send(event) or b"" for event in events]


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
