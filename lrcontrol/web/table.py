"""The table of routes: everything that can be asked over HTTP, one entry a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from starlette.responses import Response

from lrcontrol.config.settings import Settings
from lrcontrol.metrics import build_registry, render
from lrcontrol.operating.desk import Desk
from lrcontrol.web import answers, bodies, shapes
from lrcontrol.web.events import Events
from lrcontrol.web.ordering import Ordering
from lrcontrol.web.page import Page
from lrcontrol.web.predicting import Predicting
from lrcontrol.web.probes import LIVE, READY, Probes
from lrcontrol.web.pushing import Pushing
from lrcontrol.web.reader import NDJSON
from lrcontrol.web.reading import Reading
from lrcontrol.web.requests import Requests
from lrcontrol.web.route import Call, Handle, Route, Scope
from lrcontrol.web.tokens import Tokens

JSON = "application/json"
TEXT = "text/plain"
#: What an order may come to besides being done or being refused at the door.
OUTCOMES = (404, 409, 429, 503)
MODEL = "/api/v1/models/{model}"


def table(
    desk: Desk,
    settings: Callable[[], Settings],
    tokens: Tokens,
    requests: Requests,
    clock: Callable[[], float],
) -> list[Route]:
    """Return every route but that of the document made from them."""
    reading = Reading(desk, settings)
    probes = Probes(desk.status, lambda: settings().http.stall_after, clock)
    return [  # tried in this order: what is asked most comes first
        Route(
            "POST", "/v1/predict", "read", "Predict.", Predicting(desk).predict,
            {JSON: answers.Predicted}, body=bodies.Predict, refusals=(404, 429, 503),
        ),
        Route(
            "POST", "/v1/learn", "push", "Send records.", Pushing(settings()).learn,
            {JSON: answers.Taken}, (200, 202), bodies.LearnQuery, bodies.Learn, (JSON, NDJSON),
            refusals=(404, 429, 503),
        ),
        *_probes(probes),
        *_read(desk, _metrics(desk, requests), reading),
        *_orders(Ordering(desk)),
        *_pages(Page(desk, tokens)),
    ]  # fmt: skip


def _pages(page: Page) -> Iterator[Route]:
    kinds = dict.fromkeys(("text/javascript", "text/css", TEXT, "image/svg+xml"))
    yield Route("GET", "/", "open", "The page.", page.index, {"text/html": None})
    yield Route(
        "GET", "/static/{file:path}", "open", "A file of the page.", page.static, kinds, (200, 304)
    )


def _probes(probes: Probes) -> Iterator[Route]:
    told = {TEXT: None, JSON: answers.Health}
    for path in LIVE:
        yield Route("GET", path, "open", "Whether it lives.", probes.live, told, (200, 503), None)
    for path in READY:
        yield Route(
            "GET", path, "open", "Whether it is ready.", probes.ready, told, (200, 503), None
        )


def _read(desk: Desk, scraped: Handle, reading: Reading) -> Iterator[Route]:
    def get(path: str, summary: str, handle: Handle, answers: Any, **more: Any) -> Route:
        return Route("GET", path, "read", summary, handle, {JSON: answers}, **more)

    metrics = {TEXT: None, "application/openmetrics-text": None}
    yield Route("GET", "/metrics", "read", "For Prometheus.", scraped, metrics, query=None)
    yield get("/api/v1/status", "The whole daemon.", reading.status, shapes.Status)
    yield get("/api/v1/models", "Every model.", reading.models, shapes.Models)
    yield get(MODEL, "One model.", reading.model, shapes.Model)
    yield get(
        "/api/v1/decisions", "The newest decisions.", reading.decisions, shapes.Decisions,
        query=bodies.DecisionsQuery,
    )  # fmt: skip
    yield get("/api/v1/config", "The configuration in force.", reading.config, dict[str, Any])
    yield get(
        "/api/v1/checkpoints", "The checkpoints on disk.", reading.checkpoints,
        answers.KeptCheckpoints, refusals=(503,),
    )  # fmt: skip
    yield Route(
        "GET", "/api/v1/events", "read", "The status and decisions as they come.",
        Events(desk, reading.seen).stream, {"text/event-stream": None},
        query=bodies.EventsQuery, refusals=(503,),
    )  # fmt: skip


def _orders(ordering: Ordering) -> Iterator[Route]:
    def post(path: str, summary: str, handle: Handle, body: type, bare: bool = False) -> Route:
        write: Scope = "write"
        return Route(
            "POST", path, write, summary, handle, {JSON: answers.Done},
            (200, 202), None if bare else bodies.NoQuery, body, bare=bare, refusals=OUTCOMES,
        )  # fmt: skip

    yield post(f"{MODEL}/hold", "Hold the rate.", ordering.hold, bodies.Hold)
    yield post(f"{MODEL}/rate", "Set the rate and hold it.", ordering.rate, bodies.Rate)
    yield post(f"{MODEL}/resume", "Give the rate back.", ordering.resume, bodies.Plain)
    yield post(f"{MODEL}/rollback", "Go back.", ordering.rollback, bodies.Rollback)
    yield post("/api/v1/checkpoint", "Write a checkpoint.", ordering.checkpoint, bodies.Plain)
    yield post("/api/v1/reload", "Read the configuration.", ordering.reload, bodies.Plain)
    yield post("/-/reload", "The same, as Prometheus has it.", ordering.reload, bodies.Plain, True)
    yield post("/api/v1/sources/{source}/mend", "Let a source go on.", ordering.mend, bodies.Plain)


def _metrics(desk: Desk, requests: Requests) -> Handle:
    registry = build_registry(desk.status, requests)

    async def metrics(call: Call) -> Response:  # async: no pool of threads for a millisecond
        page, content_type = render(registry, call.request.headers.get("accept", ""))
        return Response(page, headers={"content-type": content_type})

    return metrics
