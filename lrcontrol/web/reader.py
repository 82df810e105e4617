"""A request's body and query as their types: capped while they come, refused where they misfit."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import DecodeError, ValidationError
from starlette.requests import ClientDisconnect, Request

from lrcontrol.web.refused import Refused
from lrcontrol.web.route import Route

#: Bytes of a body, counted as they come whatever was announced.
BODY_LIMIT = 1024 * 1024
#: Bytes that a request may bring where no body is read. Some clients send a few all the same, and
#: to refuse those would help nobody.
IDLE_LIMIT = 1024
#: Most characters of an idempotency key.
LONGEST_KEY = 128
NDJSON = "application/x-ndjson"


def query_of(request: Request, route: Route) -> Any:
    """Return the query as the route's type. Raises Refused (400)."""
    given: dict[str, str] = {}
    if request.scope["query_string"]:  # or else not even an empty one is made: most have none
        given = dict(request.query_params)
        if len(given) != len(request.query_params.multi_items()):
            raise Refused(400, "the query names something twice")
    try:
        return msgspec.convert(given, route.query, strict=False)
    except ValidationError as error:
        raise Refused(400, f"in the query: {error}") from error


def key_of(request: Request) -> str:
    """Return the idempotency key, empty without one. Raises Refused (400)."""
    key = request.headers.get("idempotency-key", "")
    if len(key) > LONGEST_KEY or any(not "!" <= character <= "~" for character in key):
        raise Refused(400, f"Idempotency-Key: at most {LONGEST_KEY} ASCII letters, digits, signs")
    return key


async def body_of(request: Request, route: Route) -> Any:
    """Return the body as the route's type, or as bytes where it is NDJSON; None where left out.

    Raises Refused: 400, 411, 413, 415, 422.
    """
    if route.body is None:
        return None
    given = request.headers.get("content-type", "")
    kind, _, parameter = given.lower().partition(";")
    if route.bare and not given and not await _read(request):
        return None
    if kind.strip() not in route.types or parameter.strip() not in ("", "charset=utf-8"):
        raise Refused(415, f"send {' or '.join(route.types)}, not {given!r:.60}")
    text = await _read(request)
    if kind.strip() == NDJSON:
        return text
    try:
        return msgspec.json.decode(text, type=route.body)
    except ValidationError as error:
        raise Refused(422, str(error)[:300]) from error
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"the body is no JSON: {error!s:.200}") from error


async def _read(request: Request) -> bytes:
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > BODY_LIMIT:
                raise too_long(BODY_LIMIT)
            parts.append(part)
    except ClientDisconnect as gone:
        raise Refused(400, "the body ended early") from gone
    return b"".join(parts)


def too_long(limit: int) -> Refused:
    """Return the refusal of a body that is too long."""
    return Refused(413, f"at most {limit} bytes of body")
