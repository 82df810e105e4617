"""The page and its files: a closed list, read from the package when the server starts."""

from __future__ import annotations

import mimetypes
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from starlette.responses import Response

from lrcontrol.operating.desk import Desk
from lrcontrol.page import STATIC, render
from lrcontrol.web.refused import Refused
from lrcontrol.web.route import Call
from lrcontrol.web.tokens import Tokens

INDEX = "index.html"
#: Where the table for those without JavaScript goes, and what stands there for those without token.
TABLE = "{{table}}"
CLOSED = "<p>The table is shown to those who send a token.</p>"
#: Everything from here, nothing inline, and nobody may put it into a frame.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
PAGE = {"content-security-policy": POLICY}
#: What this machine's own tables need not know.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class File(NamedTuple):
    """One file, as it is sent."""

    body: bytes
    kind: str
    tag: str


class Page:
    """Gives the page and its files; anybody may have them, but the table in it is for readers."""

    def __init__(self, desk: Desk, tokens: Tokens) -> None:
        self._desk = desk
        self._tokens = tokens
        self._index = (STATIC / INDEX).read_text(encoding="utf-8")
        found = (path for path in STATIC.rglob("*") if path.is_file() and path.name != INDEX)
        self._files = {path.relative_to(STATIC).as_posix(): _file(path) for path in found}

    async def index(self, call: Call) -> Response:
        """The page."""
        try:
            self._tokens.allow("read", call.request.headers.get("authorization"))
            told = render(self._desk.status())
        except Refused:
            told = CLOSED
        return Response(self._index.replace(TABLE, told), media_type="text/html", headers=PAGE)

    async def static(self, call: Call) -> Response:
        """One of its files."""
        found = self._files.get(call.names["file"])
        if found is None:
            raise Refused(404, f"no file is called {call.names['file']!r:.70}")
        headers = {**PAGE, "etag": found.tag, "cache-control": "no-cache"}
        if found.tag in call.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.body, media_type=found.kind, headers=headers)


def _file(path: Path) -> File:
    body = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    return File(body, kind, f'"{sha256(body).hexdigest()[:32]}"')
