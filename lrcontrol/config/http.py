"""The section of the daemon's own HTTP server: where it listens, and who may ask what."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from lrcontrol.checks import Range, check
from lrcontrol.config.hints import Pattern
from lrcontrol.secret import Secret
from lrcontrol.units import Duration

#: A shorter token can be guessed; ``openssl rand -hex 32`` makes one of 64.
SHORTEST_TOKEN = 16
#: What a token may do, from little to much; a write token may do everything.
SCOPES = ("read", "push", "write")

HostName = Annotated[
    str,
    Pattern(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", "a host name without a port"),
]


@dataclass(frozen=True)
class Tokens:
    """Who may ask what: bearer tokens, or the password where a browser asks for one.

    Each is given here (from the environment, ``${NAME}``) or in a file of one or more lines, any of
    which is valid, so that a token can be changed without a gap; a file is read anew when it
    changes.

    Parameters
    ----------
    read
        For status, decisions, metrics and predictions; without it those are open on loopback.
    write
        For orders (hold, rate, rollback, reload) and everything else.
    push
        For sending records.
    read_file
        A file with tokens for reading, for nobody else to read (chmod 600).
    write_file
        A file with tokens for writing.
    push_file
        A file with tokens for sending records.
    """

    read: Secret | None = None
    write: Secret | None = None
    push: Secret | None = None
    read_file: str | None = None
    write_file: str | None = None
    push_file: str | None = None

    def __post_init__(self) -> None:
        short = f"needs at least {SHORTEST_TOKEN} characters; openssl rand -hex 32 makes some"
        both = "is given twice: here and in a file"
        given = [(scope, getattr(self, scope)) for scope in SCOPES]
        check(
            self,
            *((s, token is not None and not long_enough(token), short) for s, token in given),
            *((s, token is not None and self.file(s) is not None, both) for s, token in given),
        )

    def file(self, scope: str) -> str | None:
        """Return the file of a scope's tokens, None where there is none."""
        path: str | None = getattr(self, f"{scope}_file")
        return path

    def has(self, scope: str) -> bool:
        """Return whether a token of a scope is configured."""
        return getattr(self, scope) is not None or self.file(scope) is not None

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say which files cannot be used."""
        for scope in SCOPES:
            path = self.file(scope)
            if path is not None and (wrong := _wrong_with(Path(path))):
                yield f"{scope}_file", wrong


def long_enough(token: str) -> bool:
    """Return whether a token is too long to guess, and can be sent in a header."""
    return len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable()


def _wrong_with(path: Path) -> str:
    try:
        mode, lines = path.stat().st_mode, path.read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        return f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'is no ASCII text'}"
    if mode & (stat.S_IWGRP | stat.S_IRWXO):
        return f"{path}: others can read or change it; chmod 600 {path}"
    if not lines or not all(map(long_enough, lines)):
        return f"{path}: needs a token of at least {SHORTEST_TOKEN} characters on each line"
    return ""


@dataclass(frozen=True)
class Tls:
    """The certificate that connections are encrypted with.

    Parameters
    ----------
    cert
        File of the certificate and its chain, PEM.
    key
        File of its private key, PEM.
    """

    cert: str
    key: str

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say what cannot be used of the two files."""
        for name in ("cert", "key"):
            path = getattr(self, name)
            if not os.access(path, os.R_OK):
                yield name, f"{path}: cannot be read"
                return
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.cert, self.key)
        except (ssl.SSLError, OSError) as error:
            yield "key", f"does not open {self.cert}: {error}"


@dataclass(frozen=True)
class Http:
    """The daemon's own HTTP server: metrics, health, the API and the page.

    Parameters
    ----------
    listen
        Address and port; null to serve nothing. Port 0 takes a free one. An address that is not
        loopback needs tokens and tls.
    stall_after
        The daemon counts as stuck (and /livez fails) when the loop has not turned for this long.
    hosts
        Names it is reached under, besides localhost and addresses; a request for any other host is
        refused, as it may come from a page that had its name point here.
    tokens
        Who may ask what.
    tls
        Certificate and key; without it connections are not encrypted.
    insecure
        Listen on any address without tokens or tls, where something in front sees to both. Orders
        still need a write token there.
    """

    listen: str | None = "127.0.0.1:9477"
    stall_after: Annotated[Duration, Range(above=0)] = 30.0
    hosts: tuple[HostName, ...] = ()
    tokens: Tokens = field(default_factory=Tokens)
    tls: Tls | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        check(self, ("listen", *_not_listenable(self.listen)), ("listen", *self._open()))

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to listen on, or None."""
        if self.listen is None:
            return None
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.address is None or is_loopback(self.address[0])

    def _open(self) -> tuple[bool, str]:
        if self.insecure or _not_listenable(self.listen)[0] or self.local:
            return False, ""
        guarded = self.tokens.has("read") or self.tokens.has("write")
        if guarded and self.tls:
            return False, ""
        missing = " and ".join(["http.tokens"] * (not guarded) + ["http.tls"] * (not self.tls))
        host = self.address[0] if self.address else ""
        return True, (
            f"{host:.60} is not a loopback address, so anybody who reaches the port could ask: it "
            f"needs {missing}; or insecure: true, where something in front of it sees to that"
        )


def _not_listenable(listen: str | None) -> tuple[bool, str]:
    if listen is None:
        return False, ""
    host, colon, port = listen.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    number = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    if not (colon and bare and number) or (":" in bare and bare == host):
        return True, f"expected host:port, such as 127.0.0.1:9477, got {listen!r:.60}"
    return False, ""


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Return whether an address (or ``localhost``) is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name: what it resolves to may change after this check
        return False
