"""An HTTP server in a thread of its own that no client can hold up.

Hypercorn speaks HTTP; the listening socket is ours. Hypercorn's ``read_timeout`` begins anew with
each byte and it counts no connections, so both limits sit where it has no say: every connection is
hung up after a fixed time, whatever it is doing, and one connection too many costs the oldest one
its place (an honest request takes milliseconds, so the oldest is the least likely to be one;
refusing the newest instead would let a few silent clients keep everybody out). A stream of events
is meant to last: the application asks for more time, and a few at a time are given it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ssl import SSLContext
from threading import Thread
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config, Sockets

from lrcontrol.config.http import Tls
from lrcontrol.web.certificate import Certificate

#: Seconds from accepting a connection to hanging up: a scrape takes some ten milliseconds, an order
#: may wait for a checkpoint, and whoever asks gives up after ten seconds, as Prometheus does.
DEADLINE = 8.0
#: Seconds after which a thread that computes lets another one have the interpreter. With Python's
#: own 5 ms a request, which sleeps and wakes a dozen times, would take 50 beside a busy model.
SWITCH = 0.0005
#: Looks at the clock per deadline: a connection lives at most 1.2 deadlines.
LOOKS = 5
#: Connections at a time, well below the usual limit of 1,024 open files.
CONNECTIONS = 256
#: Of them, those that may last: few enough that they cost the others nothing.
STREAMS = 16
#: Where a request finds, among its ASGI extensions, how to ask for ``seconds`` more (0: for none).
LINGER = "lrcontrol.linger"
#: Connections the kernel keeps for us until we accept them.
BACKLOG = 128
#: Seconds that requests under way get when we stop, and as long again to be cancelled in.
GRACE = 0.5
#: Seconds that ``stop`` waits for the thread in all.
STOP_TIMEOUT = 2.0


@dataclass
class Life:
    """A connection's: whose it is, since when, and until when it may last if that is later."""

    address: tuple[Any, ...]
    born: float
    until: float = 0.0


class Listener(socket.socket):
    """A listening socket that hangs up on connections that are too old or one too many."""

    def __init__(self, family: int, connections: int) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._connections = connections
        self._accepted: dict[socket.socket, Life] = {}  # oldest first

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection, at the price of the oldest one when there are too many."""
        connection, address = super().accept()
        self._forget_closed()
        if len(self._accepted) >= self._connections:
            lives = self._accepted.items()
            self._hang_up(min(lives, key=lambda item: item[1].until)[0])  # the first of equals
        self._accepted[connection] = Life(address[:2], time.monotonic())
        return connection, address

    def linger(self, address: tuple[Any, ...], seconds: float) -> None:
        """Let the connection of ``address`` last; the oldest such goes when there are too many.

        With 0 seconds it is hung up on now.
        """
        self._forget_closed()
        lives = self._accepted.items()
        found = next((c for c, life in lives if life.address == tuple(address)[:2]), None)
        if found is None:  # the client was first
            return
        lasting = [c for c, life in lives if life.until and c is not found]
        if not seconds:
            self._hang_up(found)
            return
        if len(lasting) >= STREAMS:
            self._hang_up(lasting[0])
        self._accepted[found].until = time.monotonic() + seconds

    def hang_up(self, after: float) -> None:
        """Hang up on connections accepted ``after`` seconds ago that were given no more time."""
        self._forget_closed()
        now = time.monotonic()
        for connection, life in list(self._accepted.items()):
            if now >= max(life.born + after, life.until):
                self._hang_up(connection)

    def hang_up_all(self) -> None:
        """Hang up on every connection."""
        self._forget_closed()
        for connection in list(self._accepted):
            self._hang_up(connection)

    def _hang_up(self, connection: socket.socket) -> None:
        # Not close(): the event loop still watches it, sees the end of it and closes it.
        del self._accepted[connection]
        with suppress(OSError):  # the client was first
            connection.shutdown(socket.SHUT_RDWR)

    def _forget_closed(self) -> None:
        self._accepted = {c: life for c, life in self._accepted.items() if c.fileno() != -1}


def listen(host: str, port: int, connections: int = CONNECTIONS) -> Listener:
    """Return a socket that listens on ``host``:``port``; raises OSError that names the two."""
    try:
        return _listener(host, port, connections)
    except OSError as error:
        why = f"cannot listen on {host}:{port}: {error.strerror}; choose another http.listen"
        raise OSError(error.errno, why) from error


def _listener(host: str, port: int, connections: int) -> Listener:
    family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port)[0]
    listener = Listener(family, connections)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # restart at once
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class OwnSocket(Config):
    """Hypercorn's settings for one request a connection on a socket that listens already."""

    def __init__(self, listener: Listener, deadline: float, tls: Tls | None) -> None:
        super().__init__()
        self._listener = listener
        self._tls = tls
        self.certificate: Certificate | None = None
        self.alpn_protocols = ["http/1.1"]
        self.ssl_handshake_timeout = deadline
        if tls is not None:
            self.certfile, self.keyfile = tls.cert, tls.key
        self.keep_alive_timeout = deadline
        self.keep_alive_max_requests = 0  # so that the deadline of a connection is a request's
        self.graceful_timeout = GRACE
        self.max_app_queue_size = 0  # bounded, an unread body would block its own connection's end
        self.include_server_header = False
        self.errorlog = logging.getLogger("hypercorn.error")  # silent below WARNING by itself

    def create_ssl_context(self) -> SSLContext | None:
        """Return hypercorn's own context (TLS 1.2 and later), its certificate renewed by us."""
        context: SSLContext | None = super().create_ssl_context()
        if context is not None and self._tls is not None:
            self.certificate = Certificate(self._tls, context)
        return context

    def create_sockets(self) -> Sockets:
        """Return the socket that is there."""
        own: list[socket.socket] = [self._listener]
        return Sockets(own, [], []) if self.ssl_enabled else Sockets([], own, [])


class Server:
    """Serves an ASGI ``app`` on ``host``:``port`` (0: any free one) from a daemon thread.

    ``deadline`` is the longest life of a connection in seconds; ``tls`` encrypts it.
    """

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        deadline: float = DEADLINE,
        tls: Tls | None = None,
    ) -> None:
        self._app = app
        self._address = (host, port)
        self._deadline = deadline
        self._tls = tls
        self._stopping = asyncio.Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Listen, then serve in the background; raises OSError when the address is not free."""
        self._listener = listen(*self._address)
        self._loop = asyncio.new_event_loop()
        self._switched = sys.getswitchinterval()
        sys.setswitchinterval(min(self._switched, SWITCH))
        self._thread = Thread(target=self._run, name="http", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return int(self._listener.getsockname()[1])

    @property
    def address(self) -> str:
        """Where it is reached, once started."""
        return f"http{'s' * (self._tls is not None)}://{self._address[0]}:{self.port}"

    def stop(self) -> None:
        """Let requests under way finish for ``GRACE`` seconds, then close everything."""
        if self._thread is None:
            return
        with suppress(RuntimeError):  # stopped already: the loop is closed
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_TIMEOUT)
        sys.setswitchinterval(self._switched)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            config = OwnSocket(self._listener, self._deadline, self._tls)
            until = partial(self._until_stopped, config)
            runner.run(serve(self._lingering, config, shutdown_trigger=until, mode="asgi"))

    async def _lingering(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["client"]:
            more: Callable[[float], None] = partial(self._listener.linger, scope["client"])
            scope["extensions"][LINGER] = more
        await self._app(scope, receive, send)

    async def _until_stopped(self, config: OwnSocket) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._deadline / LOOKS)
            self._listener.hang_up(after=self._deadline)
            if config.certificate is not None:
                config.certificate.renew()
        # From Python 3.12 on closing waits for every connection, however long that takes.
        asyncio.get_running_loop().call_later(GRACE, self._listener.hang_up_all)
