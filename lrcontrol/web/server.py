"""An HTTP server in a thread of its own that no client can hold up.

``wire`` speaks HTTP, one request a connection; the limits sit where no connection has a say, at the
listening socket. Each is hung up on after a fixed time, whatever it is doing (a timeout that begins
anew with each byte would never end), and one connection too many costs the oldest one its place: an
honest request takes milliseconds, so the oldest is the least likely to be one; refusing the newest
instead would let a few silent clients keep everybody out. A stream of events is meant to last: the
application asks for more time, and a few at a time are given it.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any

from lrcontrol.config.http import Tls
from lrcontrol.web.certificate import Certificate, context_of
from lrcontrol.web.wire import Wire

#: Seconds from accepting a connection to hanging up: a scrape takes some ten milliseconds, an order
#: may wait for a checkpoint, and whoever asks gives up after ten seconds, as Prometheus does.
DEADLINE = 7.0
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

    def hang_up(self, after: float) -> set[tuple[Any, ...]]:
        """Hang up on connections accepted ``after`` seconds ago that were given no more time.

        Return the addresses of the others.
        """
        self._forget_closed()
        now = time.monotonic()
        for connection, life in list(self._accepted.items()):
            if now >= max(life.born + after, life.until):
                self._hang_up(connection)
        return {life.address for life in self._accepted.values()}

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
            runner.run(self._serve())

    async def _serve(self) -> None:
        wires: set[Wire] = set()
        made = partial(Wire, self._app, wires, self._extensions)
        context = None if self._tls is None else context_of(self._tls)
        patience = None if context is None else self._deadline
        server = await self._loop.create_server(
            made, sock=self._listener, ssl=context, ssl_handshake_timeout=patience, backlog=BACKLOG
        )
        certificate = self._tls and context and Certificate(self._tls, context)
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._deadline / LOOKS)
            held = self._listener.hang_up(after=self._deadline)
            for wire in [wire for wire in wires if wire.client not in held]:
                wire.abort()  # the loop watches no socket that it neither reads nor writes
            if certificate:
                certificate.renew()
        server.close()  # not wait_closed: from Python 3.12 on it waits for every connection
        if under_way := [wire.task for wire in wires if wire.task]:
            await asyncio.wait(under_way, timeout=GRACE)
        for wire in list(wires):
            wire.abort()
        while wires:  # each is told in the loop's next round
            await asyncio.sleep(0)

    def _extensions(self, client: Any) -> dict[str, Any]:
        more: Callable[[float], None] = partial(self._listener.linger, client)
        return {LINGER: more}
