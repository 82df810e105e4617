"""One line of the table of routes: what can be asked, by whom, with what body, and what comes back.

The server, the OpenAPI document and the tests read the same table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from lrcontrol.web.bodies import NoQuery
from lrcontrol.web.views import ENCODER

#: Who may ask: anybody (probes), or who has a token of the scope.
Scope = Literal["open", "read", "push", "write"]


class Call(NamedTuple):
    """A request that was let in: its path's names, its query and body as their types, who asks."""

    request: Request
    names: Mapping[str, str]
    query: Any = None
    body: Any = None
    actor: str = ""
    key: str = ""  # of idempotency


Handle = Callable[[Call], Awaitable[Response]]


class Route(NamedTuple):
    """A path and what happens there.

    ``answers`` is the type of a JSON answer or the media type of another; ``codes`` are those of
    success; ``types`` are the media types of a body, ``bare`` says that it may be left out.
    """

    method: Literal["GET", "POST"]
    path: str
    scope: Scope
    summary: str
    handle: Handle
    answers: Any
    codes: tuple[int, ...] = (200,)
    query: Any = NoQuery
    body: Any = None
    types: tuple[str, ...] = ("application/json",)
    bare: bool = False
    refusals: tuple[int, ...] = ()  # beyond those that every route of its kind has

    @property
    def keyed(self) -> bool:
        """Whether it takes an idempotency key."""
        return self.scope in ("push", "write")


def answer(body: Any, code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``body`` (a type of ``shapes``) as JSON."""
    return Response(ENCODER.encode(body), code, headers, "application/json")
