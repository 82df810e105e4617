"""The OpenAPI 3.1 document of the API, made from the table of routes and the types in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from lrcontrol._version import __version__
from lrcontrol.web.answers import Problem
from lrcontrol.web.reader import LONGEST_KEY, NDJSON
from lrcontrol.web.route import Route

TEMPLATE = "#/components/schemas/{name}"
TITLE = "lrcontrol"
ABOUT = (
    "What a daemon that learns from a stream can be asked, and told. Orders are carried out by the "
    "learning thread between two blocks of records; send an Idempotency-Key with each, and repeat "
    "it when an answer did not come."
)
#: How a token is sent: as it is, or as the password of a browser's dialogue.
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
JSON = "application/json"
_NAME = re.compile(r"\{(\w+)(?::\w+)?\}")


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document; every type of the routes is among its components."""
    types = [Problem, *(kind for route in routes for kind in _types(route))]
    kinds = list(dict.fromkeys(types))
    found, components = msgspec.json.schema_components(kinds, ref_template=TEMPLATE)
    schemas = dict(zip(kinds, found, strict=True))
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(_NAME.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(
            route, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES},
    }


def _types(route: Route) -> Iterator[Any]:
    yield from (kind for kind in route.answers.values() if kind is not None)
    if route.body is not None:
        yield route.body


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z0-9]+', '_', route.path.lower())}",
        "parameters": [*_of_path(route), *_of_query(route), *_of_headers(route)],
        "responses": _responses(route, schemas),
        "security": [] if route.scope == "open" else [{"bearer": []}, {"basic": []}, {}],
    }
    if route.body is not None:
        content: dict[str, Any] = {JSON: {"schema": schemas[route.body]}}
        if NDJSON in route.types:
            content[NDJSON] = {"schema": {"type": "string"}}
        found["requestBody"] = {"required": not route.bare, "content": content}
    return found


def _of_path(route: Route) -> Iterator[dict[str, Any]]:
    for name in _NAME.findall(route.path):
        schema = {"type": "string", "minLength": 1, "maxLength": 64}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _of_query(route: Route) -> Iterator[dict[str, Any]]:
    if route.query is None:
        return
    schema = msgspec.json.schema(route.query)
    own = schema["$defs"][route.query.__name__]
    for name, field in own["properties"].items():
        yield {"name": name, "in": "query", "required": False, "schema": field}


def _of_headers(route: Route) -> Iterator[dict[str, Any]]:
    if route.keyed:
        schema = {"type": "string", "maxLength": LONGEST_KEY, "pattern": r"^[!-~]*$"}
        about = "The same key again gives the same outcome, and nothing is done."
        yield {"name": "Idempotency-Key", "in": "header", "schema": schema, "description": about}


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    content = {
        media: {"schema": {"type": "string"} if kind is None else schemas[kind]}
        for media, kind in route.answers.items()
    }
    found = {str(code): _response(code, content) for code in route.codes}
    for code in (*_refusals(route), *route.refusals):
        own = {JSON: {"schema": schemas[Problem]}}
        if JSON in content and code in route.refusals and route.scope == "write":
            own = {JSON: {"schema": {"anyOf": [schemas[Problem], content[JSON]["schema"]]}}}
        found.setdefault(str(code), _response(code, own))
    return found


def _refusals(route: Route) -> Iterator[int]:
    """What every route of a kind may be refused with."""
    yield from (400, 403, 405, 411, 413)
    if route.scope != "open":
        yield 401
    if _NAME.search(route.path):
        yield 404
    if route.body is not None:
        yield from (415, 422)


def _response(code: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": HTTPStatus(code).phrase, "content": content}
