"""The listening socket, and how long each connection may live.

Each is hung up on after a fixed time, whatever it is doing (a timeout that begins anew with each
byte would never end). A connection that is kept for another request gets that time anew when it has
been answered and when the next request begins, a fixed number of times. One connection too many
costs the one that was given time longest ago its place: an honest request takes milliseconds, so
that is the least likely to be one; refusing the newest instead would let a few silent clients keep
everybody out. A stream of events is meant to last: the application asks for more time, and a few at
a time are given it.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

#: Connections at a time, well below the usual limit of 1,024 open files.
CONNECTIONS = 256
#: Of them, those that may last: few enough that they cost the others nothing.
STREAMS = 16
#: Connections the kernel keeps for us until we accept them: as many as may come at once. One that
#: finds no room there is connected, as its client believes, and we never hear of it.
QUEUE = 1024
#: Connections accepted at a time, before any of them is served.
BACKLOG = 64

Address = tuple[Any, ...]


@dataclass
class Life:
    """A connection's: since when, and until when it may last if that is later."""

    connection: socket.socket
    born: float
    until: float = 0.0


class Listener(socket.socket):
    """A listening socket that hangs up on connections that are too old or one too many.

    A connection is named by the first two parts of its client's address.
    """

    def __init__(self, family: int, connections: int) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._connections = connections
        self._lives: dict[Address, Life] = {}  # the one given time longest ago first

    def listen(self, backlog: int = QUEUE, /) -> None:
        """Listen with the whole queue: to asyncio it is how many it accepts at a time."""
        super().listen(max(backlog, QUEUE))

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection, at the price of another one when there are too many."""
        connection, address = super().accept()
        if len(self._lives) >= self._connections:
            self._forget_closed()
        if len(self._lives) >= self._connections:
            lives = self._lives.items()
            self._hang_up(min(lives, key=lambda item: item[1].until)[0])  # the first of equals
        self._lives[address[:2]] = Life(connection, time.monotonic())
        return connection, address

    def renew(self, address: Address) -> None:
        """Let the connection of ``address`` live as long again, from now on."""
        life = self._lives.pop(address[:2], None)
        if life is not None:  # or else it was hung up on
            life.born = time.monotonic()
            self._lives[address[:2]] = life

    def linger(self, address: Address, seconds: float) -> None:
        """Let the connection of ``address`` last; the oldest such goes when there are too many.

        With 0 seconds it is hung up on now.
        """
        self._forget_closed()
        found = self._lives.get(address[:2])
        if found is None:  # the client was first
            return
        if not seconds:
            self._hang_up(address[:2])
            return
        lasting = [a for a, life in self._lives.items() if life.until and life is not found]
        if len(lasting) >= STREAMS:
            self._hang_up(lasting[0])
        found.until = time.monotonic() + seconds

    def hang_up(self, after: float) -> set[Address]:
        """Hang up on connections given time ``after`` seconds ago that were given no more.

        Return the addresses of the others.
        """
        self._forget_closed()
        now = time.monotonic()
        for address, life in list(self._lives.items()):
            if now >= max(life.born + after, life.until):
                self._hang_up(address)
        return set(self._lives)

    def _hang_up(self, address: Address) -> None:
        # Not close(): the event loop still watches it, sees the end of it and closes it.
        with suppress(OSError):  # the client was first
            self._lives.pop(address).connection.shutdown(socket.SHUT_RDWR)

    def _forget_closed(self) -> None:
        closed = [a for a, life in self._lives.items() if life.connection.fileno() == -1]
        for address in closed:
            del self._lives[address]


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
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
