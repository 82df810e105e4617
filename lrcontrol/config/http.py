"""The section of the daemon's own HTTP server."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from lrcontrol.checks import Range, check
from lrcontrol.units import Duration


@dataclass(frozen=True)
class Http:
    """The daemon's own HTTP server: metrics and health.

    Parameters
    ----------
    listen
        Address and port, on loopback; null to serve nothing. Port 0 takes a free one.
    stall_after
        The daemon counts as stuck (and /livez fails) when the loop has not turned for this long.
    """

    listen: str | None = "127.0.0.1:9477"
    stall_after: Annotated[Duration, Range(above=0)] = 30.0

    def __post_init__(self) -> None:
        check(self, ("listen", *_not_listenable(self.listen)))

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to listen on, or None."""
        if self.listen is None:
            return None
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)


def _not_listenable(listen: str | None) -> tuple[bool, str]:
    if listen is None:
        return False, ""
    host, colon, port = listen.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    number = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    if not (colon and bare and number) or (":" in bare and bare == host):
        return True, f"expected host:port, such as 127.0.0.1:9477, got {listen!r:.60}"
    if not _is_loopback(bare):
        return True, (
            f"{bare:.60} is not a loopback address: there is no authentication yet, so anybody who "
            "reaches the port could read everything; use 127.0.0.1 and a reverse proxy"
        )
    return False, ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name: what it resolves to may change after this check
        return False
