"""What systemd is told: ready, turning, reloading, stopping (the protocol of ``sd_notify``).

A datagram to the socket that ``NOTIFY_SOCKET`` names; without it nothing is sent. Own code, because
it is a socket write, and the packages that do it are older than what is told here.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping

#: Characters of a status line: it is shown in one line, and a datagram has an end.
LONGEST_STATUS = 200
#: Sends to the watchdog within the time it allows: two may be lost or late.
PINGS = 4
#: Seconds between two status lines where no watchdog asks for more.
STATUS_EVERY = 10.0


class Notifier:
    """Tells the service manager how the daemon is, from the thread that learns.

    The watchdog is fed by ``turned`` alone, so that a daemon whose loop is stuck is restarted, even
    where other threads of it are well. A message that cannot be sent is dropped: whoever would read
    it is gone, and the daemon has better things to do.

    ``clock`` is monotonic, in seconds; systemd compares it with its own, so leave it.

    Examples
    --------
    >>> notifier = Notifier({})  # not started by systemd
    >>> notifier.ready(), notifier.turned(), notifier.enabled
    (None, None, False)
    """

    def __init__(
        self, environ: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        timeout = _timeout(environ)
        self._alive = "WATCHDOG=1" if timeout else ""
        self._every = timeout / PINGS if timeout else STATUS_EVERY
        self._clock = clock
        self._turned = float("-inf")
        self._status = ""
        self._socket: socket.socket | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)  # a full queue must not stop the learning

    @property
    def enabled(self) -> bool:
        """Whether anybody is told."""
        return self._socket is not None

    def ready(self, status: str = "") -> None:
        """Say that the daemon is up, or that a reload is over."""
        self._send("READY=1", status)

    def turned(self, status: str = "") -> None:
        """Feed the watchdog, and say how things are; cheap enough for every turn of the loop."""
        now = self._clock()
        if self._socket is None or now - self._turned < self._every:
            return
        self._turned = now
        self._send(self._alive, status)

    def reloading(self) -> None:
        """Say that a reload begins; ``ready`` says that it is over, whether it was taken or not."""
        self._send("RELOADING=1", extra=f"MONOTONIC_USEC={int(self._clock() * 1e6)}")

    def stopping(self, status: str = "") -> None:
        """Say that the daemon is on its way out."""
        self._send("STOPPING=1", status)

    def close(self) -> None:
        """Let the socket go; later messages are dropped."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str, status: str = "", extra: str = "") -> None:
        if self._socket is None:
            return
        shown = " ".join(status.split())[:LONGEST_STATUS] or self._status
        lines = [message, extra, f"STATUS={shown}" if shown != self._status else ""]
        text = "\n".join(filter(None, lines))
        try:
            if text:
                self._socket.sendto(text.encode(), self._address)
            self._status = shown
        except OSError:  # nobody listens, or the queue is full
            self._turned = float("-inf")  # the watchdog is fed at the next turn


def _address(named: str) -> str:
    """Return the address of a socket as Python wants it, "" where there is none to write to."""
    if named.startswith("@"):  # in the abstract namespace
        return "\0" + named[1:]
    return named if named.startswith("/") else ""


def _timeout(environ: Mapping[str, str]) -> float:
    """Return the seconds within which this process is to feed the watchdog, 0 for never."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    mine = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    if not (mine and microseconds.isascii() and microseconds.isdigit() and int(microseconds)):
        return 0.0
    return int(microseconds) / 1e6
