"""What can be looked at: the status, its models, the decisions, the configuration, checkpoints."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from lrcontrol.checkpoint.disk import Posix
from lrcontrol.checkpoint.store import entries, newest_first
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import effective
from lrcontrol.operating.desk import Desk
from lrcontrol.status import Status
from lrcontrol.web import answers, shapes
from lrcontrol.web.refused import Refused, later
from lrcontrol.web.route import Call, answer
from lrcontrol.web.views import decision_of, kept_of, model_of, status_of


class Reading:
    """Answers from the newest status and the ring of decisions; nothing here waits or changes."""

    def __init__(self, desk: Desk, settings: Callable[[], Settings]) -> None:
        self._desk = desk
        self._settings = settings

    def seen(self, status: Status) -> shapes.Status:
        """Return a status with the newest decision of each model."""
        found = ((m.name, self._desk.decisions.since(0, 1, m.name)) for m in status.models)
        return status_of(status, {name: last[0] for name, last in found if last})

    async def status(self, call: Call) -> Response:
        """The whole daemon."""
        return answer(self.seen(self._desk.status()))

    async def models(self, call: Call) -> Response:
        """Every model."""
        return answer(shapes.Models(self.seen(self._desk.status()).models))

    async def model(self, call: Call) -> Response:
        """One model."""
        name = call.names["model"]
        model = next((m for m in self._desk.status().models if m.name == name), None)
        if model is None:
            raise unknown_model(self._desk, name)
        last = self._desk.decisions.since(0, 1, name)
        return answer(model_of(model, last[0] if last else None))

    async def decisions(self, call: Call) -> Response:
        """The newest decisions."""
        query, ring = call.query, self._desk.decisions
        last = ring.last
        found = ring.since(query.since, query.limit, query.model, query.moves)
        return answer(shapes.Decisions([decision_of(entry) for entry in found], last))

    async def config(self, call: Call) -> Response:
        """The configuration in force, secrets masked."""
        return answer(effective(self._settings()))

    async def checkpoints(self, call: Call) -> Response:
        """The checkpoints on disk, by their names: none is opened."""
        folder = self._settings().checkpoint.folder
        try:
            found = {} if folder is None else entries(Posix(), folder)
        except OSError as error:
            raise later(503, f"{folder}: cannot be read: {error.strerror}") from error
        return answer(answers.KeptCheckpoints(list(kept_of(found, newest_first(found)))))


def unknown_model(desk: Desk, name: str) -> Refused:
    """Return the refusal that says which models there are."""
    known = ", ".join(model.name for model in desk.status().models) or "none yet"
    return Refused(404, f"no model is called {name!r:.70} (there: {known})")
