"""The application over a desk: every route of the table behind the door."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from lrcontrol.config.http import Http
from lrcontrol.config.settings import Settings
from lrcontrol.operating.desk import Desk
from lrcontrol.web.door import ROUTE, Door
from lrcontrol.web.openapi import document
from lrcontrol.web.reader import body_of, key_of, query_of
from lrcontrol.web.refused import Refused, problem
from lrcontrol.web.requests import Requests
from lrcontrol.web.route import Call, Route, answer
from lrcontrol.web.table import JSON, table
from lrcontrol.web.tokens import Tokens

OPENAPI = "/api/v1/openapi.json"
Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(
    desk: Desk,
    settings: Callable[[], Settings],
    requests: Requests | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Starlette:
    """Return the ASGI application over a ``desk``.

    ``settings`` gives the configuration in force, which a reload may have changed; what is asked is
    counted in ``requests``; ``clock`` is the monotonic clock of ``Status.turned``.
    """

    def http() -> Http:
        return settings().http

    async def described(call: Call) -> Response:
        return answer(described_as)

    tokens, requests = Tokens(http), requests or Requests()
    routes = table(desk, settings, tokens, requests, clock)
    about = "This document."
    routes.append(Route("GET", OPENAPI, "read", about, described, {JSON: dict[str, Any]}))
    described_as = document(routes)
    app = Starlette(
        routes=[Path(r.path, _endpoint(r, tokens), methods=[r.method]) for r in routes],
        middleware=[Middleware(Door, http=http, requests=requests, clock=clock)],
        exception_handlers={Refused: _refused, HTTPException: _no_route, Exception: _failed},
    )
    app.router.redirect_slashes = False  # a redirect would repeat whatever Host a client sent
    return app


def _endpoint(route: Route, tokens: Tokens) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        request.scope[ROUTE] = route.path
        name = tokens.allow(route.scope, request.headers.get("authorization"))
        client = request.client.host if request.client else ""
        query = None if route.query is None else query_of(request, route)
        key = key_of(request) if route.keyed else ""
        body = await body_of(request, route)
        actor = f"{name}@{client}" if name else client
        return await route.handle(Call(request, request.path_params, query, body, actor, key))

    return endpoint


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem(error)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    there = f"{OPENAPI} says what there is"
    what = f"{request.method} is not for this path" if error.status_code == 405 else "no such path"
    return problem(Refused(error.status_code, f"{what}; {there}", error.headers))


async def _failed(request: Request, error: Exception) -> Response:
    """Answer for a fault of ours; it is raised again and logged with its place."""
    return problem(Refused(500, "a fault of the daemon's own; its log says where"))
