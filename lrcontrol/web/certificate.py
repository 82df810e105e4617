"""The certificate of the server, read anew when its file changes: no restart, no dropped client."""

from __future__ import annotations

import os
import ssl

from lrcontrol.config.http import Tls

Seen = tuple[tuple[int, int, int], ...]


class Certificate:
    """Keeps an SSL context's certificate what the files of ``tls`` hold.

    Connections that are there keep theirs. Two files that do not fit (one was replaced, the other
    is about to be) change nothing yet.
    """

    def __init__(self, tls: Tls, context: ssl.SSLContext) -> None:
        self._files = (tls.cert, tls.key)
        self._context = context
        self._seen = self._look()

    def renew(self) -> bool:
        """Load the files where they have changed; return whether that was done."""
        now = self._look()
        if now == self._seen:
            return False
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*self._files)
            self._context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError):
            return False
        self._seen = now
        return True

    def _look(self) -> Seen:
        try:
            found = [os.stat(path) for path in self._files]
        except OSError:
            return ()
        return tuple((f.st_ino, f.st_size, f.st_mtime_ns) for f in found)


def context_of(tls: Tls) -> ssl.SSLContext:
    """Return the context of a server: TLS 1.2 and later. Raises OSError, ssl.SSLError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(tls.cert, tls.key)
    return context
