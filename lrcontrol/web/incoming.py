"""One request as its bytes come in, read by httptools (llhttp, the parser of Node)."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

#: Bytes of a request line with its headers.
HEADERS = 16 * 1024
VERSIONS = ("1.0", "1.1")
#: Of which a request has one: two servers could each believe another one (RFC 9112, 3.2).
HOST = b"host"
#: Both at once: the same (RFC 9112, 6.1); the parser refuses it too, but this is ours to promise.
LENGTHS = {b"content-length", b"transfer-encoding"}


class Incoming:
    """A request; ``feed`` what comes of it.

    ``headed`` once the head is there, ``whole`` once all is, ``ahead`` once anything came after
    that; ``refused`` is the code of an answer where it is no HTTP/1.1, 0 otherwise. Names of
    ``headers`` are in lower case; ``parts`` of the body are for the reader to take, ``size`` is
    their length.

    >>> request = Incoming()
    >>> request.feed(b"GET /livez?x=1 HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    >>> request.method, request.target, request.headers, request.whole
    ('GET', b'/livez?x=1', [(b'host', b'localhost')], True)
    """

    def __init__(self) -> None:
        self._parser = HttpRequestParser(self)
        self._fed = 0  # bytes, until the head was there
        self.method = self.version = ""
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []
        self.size = 0
        self.headed = self.whole = self.ahead = self.kept = self.waits = False
        self.refused = 0

    def feed(self, data: bytes) -> None:
        """Take in what came; nothing is taken in once it is whole or refused."""
        if self.whole or self.refused:
            self.ahead = True
            return
        if not self.headed:
            self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:  # what follows would be something else than HTTP
            self.ahead = True
        except HttpParserError:
            self.ahead = True
            if not self.whole:  # or else it is what came after it that is none
                self.refused = 400
        if not self.headed and not self.refused and self._fed > HEADERS:
            self.refused = 431

    def on_message_begin(self) -> None:
        """Note a second request: the parser goes on to the end of what it is fed."""
        self.ahead = self.ahead or self.whole

    def on_url(self, url: bytes) -> None:
        """Add to the target."""
        if not self.headed:
            self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; those at the end of a chunked body are left out."""
        if not self.headed:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Look at the head as a whole."""
        if self.headed:
            return
        self.headed = True
        self.method = self._parser.get_method().decode("ascii")
        self.version = self._parser.get_http_version()
        self.kept = self.version == "1.1" and self._parser.should_keep_alive()
        self.refused = self._misfit()
        expected = (b"expect", b"100-continue")
        self.waits = any((name, value.lower()) == expected for name, value in self.headers)

    def _misfit(self) -> int:
        if self.version not in VERSIONS:
            return 505
        length = len(self.target) + sum(len(name) + len(value) for name, value in self.headers)
        if length > HEADERS:
            return 431
        names = [name for name, _ in self.headers]
        hosts = names.count(HOST)
        one = hosts == 1 or (hosts == 0 and self.version == "1.0")
        return 0 if one and self.target.isascii() and not LENGTHS.issubset(names) else 400

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        if not self.whole:
            self.parts.append(body)
            self.size += len(body)

    def on_message_complete(self) -> None:
        """Note that all is there."""
        self.whole = True
