"""A request that is not granted: its status, why, and what to do, as the JSON every client gets."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from lrcontrol.web.answers import Problem
from lrcontrol.web.views import ENCODER

#: Seconds after which a client that was told to come back may try again.
RETRY_AFTER = 1


class Refused(Exception):
    """Raised where a request is looked at; answered as a ``Problem``, never as a page."""

    def __init__(self, code: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})


def later(code: int, detail: str) -> Refused:
    """Return a refusal that lasts for a moment."""
    return Refused(code, detail, {"retry-after": str(RETRY_AFTER)})


def problem(refused: Refused) -> Response:
    """Return the answer to a request that is refused.

    >>> problem(Refused(404, "no model is called fair")).body
    b'{"error":"Not Found","detail":"no model is called fair"}'
    """
    body = ENCODER.encode(Problem(HTTPStatus(refused.code).phrase, refused.detail))
    return Response(body, refused.code, refused.headers, "application/json")
