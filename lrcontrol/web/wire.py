"""One connection and its one request: bytes in, an ASGI application asked, bytes out.

h11 reads and writes the protocol and refuses what is no HTTP/1.1; here is only what it needs to
meet a socket. Rejected: hypercorn, which takes twice the time for a request and gives up the
interpreter a dozen times on the way (docs/decisions/0005-http-on-h11.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

import h11

#: Bytes of a request line with its headers.
HEADERS = 16 * 1024
#: Bytes of a body that wait for the application; then no more is read from the socket.
WAITING = 64 * 1024
#: Seconds that an application gets to end after its client has gone.
AFTERWARDS = 0.5
VERSIONS = (b"1.0", b"1.1")
#: Codes whose answers have no body.
BARE = (204, 304)

_log = logging.getLogger("lrcontrol.web")

Extensions = Callable[[Any], dict[str, Any]]


class Wire(asyncio.Protocol):
    """A connection, among the ``wires`` there are while it lasts.

    ``extensions`` gives the ASGI extensions of a scope for a client's address.
    """

    def __init__(self, app: Any, wires: set[Wire], extensions: Extensions) -> None:
        self._app = app
        self._wires = wires
        self._extensions = extensions
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADERS)
        self._parts: list[bytes] = []
        self._size = 0
        self.task: asyncio.Task[None] | None = None
        self._head: h11.Response | None = None
        self._whole = self._told = self._ended = self._gone = self._bare = False
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

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
        self._read()

    def eof_received(self) -> bool:
        """Note that no more comes; an answer to a whole request is still given."""
        self._ended = True
        self._http.receive_data(b"")
        self._read()
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
        path, _, query = request.target.partition(b"?")
        self._bare = request.method == b"HEAD"
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
            "extensions": self._extensions(self.client),
        }
        self.task = asyncio.get_running_loop().create_task(self._answer(scope))

    async def _answer(self, scope: dict[str, Any]) -> None:
        try:
            await self._app(scope, self._receive, self._send)
        except Exception:
            _log.exception("a request failed", extra={"path": scope["path"][:200]})
        if self._http.our_state is h11.SEND_RESPONSE and not self._gone:
            self._refuse(500)
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
            own = [(b"date", formatdate(usegmt=True).encode()), (b"connection", b"close")]
            headers = [*message.get("headers", ()), *own]
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
