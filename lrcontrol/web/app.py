"""The application over a desk: every route of the table behind the door."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Receive, Scope, Send

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
) -> ASGIApp:
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
    endpoints = [(route, _endpoint(route, tokens)) for route in routes]
    app = Starlette(
        routes=[Path(route.path, ask, methods=[route.method]) for route, ask in endpoints],
        exception_handlers={Refused: _refused, HTTPException: _no_route, Exception: _failed},
    )
    app.router.redirect_slashes = False  # a redirect would repeat whatever Host a client sent
    straight: dict[tuple[str, str], Endpoint] = {(r.method, r.path): ask for r, ask in endpoints}
    return Door(Straight(straight, app), http=http, requests=requests, clock=clock)


class Straight:
    """Goes straight to what is asked by its exact path; ``app`` sees to the rest.

    Starlette's own way there, a middleware and a pattern for each route after the other, takes a
    third of the time of a prediction.
    """

    def __init__(self, endpoints: Mapping[tuple[str, str], Endpoint], app: ASGIApp) -> None:
        self._endpoints = endpoints
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        endpoint = self._endpoints.get((scope.get("method", ""), scope.get("path", "")))
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except Refused as refused:
            response = problem(refused)
        except Exception as error:
            await (await _failed(request, error))(scope, receive, send)
            raise
        await response(scope, receive, send)


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
