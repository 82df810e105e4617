"""The wing that speaks HTTP: what the daemon is asked, how it answers, and whom it refuses."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from lrcontrol.config.settings import Settings
from lrcontrol.operating.desk import Desk
from lrcontrol.web.app import build_app
from lrcontrol.web.server import Server


def serve(desk: Desk, settings: Callable[[], Settings]) -> Server:
    """Start the server of a configuration that names an address; raises OSError if it is taken.

    ``settings`` gives the configuration in force, which a reload may have changed.
    """
    http = settings().http
    assert http.address is not None
    server = Server(build_app(desk, settings), *http.address, tls=http.tls)
    server.start()
    structlog.get_logger("lrcontrol").info("listening", address=server.address)
    return server
