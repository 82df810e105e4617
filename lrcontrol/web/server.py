"""An HTTP server in a thread of its own that no client can hold up.

``wire`` speaks HTTP; the limits sit where no connection has a say, at the listening socket
(``listener``).
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

from lrcontrol.config.http import Tls
from lrcontrol.web.beside import Beside
from lrcontrol.web.certificate import Certificate, context_of
from lrcontrol.web.listener import BACKLOG, listen
from lrcontrol.web.wire import Wire

#: Seconds from accepting a connection to hanging up, and again for each request after the first: a
#: scrape takes some ten milliseconds, an order may wait for a checkpoint, and whoever asks gives up
#: after ten seconds, as Prometheus does.
DEADLINE = 7.0
#: Seconds after which a thread that computes lets another one have the interpreter. With Python's
#: own 5 ms a request, which sleeps and wakes a dozen times, would take 50 beside a busy model.
SWITCH = 0.0005
#: Looks at the clock per deadline: a connection lives at most 1.2 deadlines.
LOOKS = 5
#: Seconds that requests under way get when we stop, and as long again to be cancelled in.
GRACE = 0.5
#: Seconds that ``stop`` waits for the thread in all.
STOP_TIMEOUT = 2.0


class Server:
    """Serves an ASGI ``app`` on ``host``:``port`` (0: any free one) from a daemon thread.

    ``deadline`` is the longest life of a connection in seconds, and of each request on one that is
    kept; ``tls`` encrypts it.
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
        assert self._thread.native_id is not None
        self._beside = Beside(self._thread.native_id)

    def come_beside(self) -> None:
        """Serve on the processor that the calling thread runs on: for the one that learns."""
        self._beside.come()

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
        made = partial(Wire, self._app, wires, self._listener)
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
