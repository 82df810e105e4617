"""Records that clients send: left in the inbox of a ``push`` source, durable where it can be."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from lrcontrol.config.settings import Settings
from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.sources.inbox import Closed, Full, TooMuch
from lrcontrol.sources.push import Push
from lrcontrol.web.answers import Taken
from lrcontrol.web.refused import Refused, later
from lrcontrol.web.route import Call, answer
from lrcontrol.web.waiting import PATIENCE, NoAnswer, answered

AGAIN = "it may have been taken all the same; send it again with the same Idempotency-Key"


class Pushing:
    """Leaves records for the sources of ``settings`` that take them.

    200 says that they survive a crash from now on, 202 that they are in memory. What does not
    decode is for the source to reject, with its position, as whatever comes another way.
    """

    def __init__(self, settings: Settings, patience: float = PATIENCE) -> None:
        self._sources = {n: s for n, s in settings.sources.items() if isinstance(s, Push)}
        self._patience = patience

    async def learn(self, call: Call) -> Response:
        """Take records."""
        name, messages = self._unpacked(call)
        source = self._sources[name]
        try:
            if source.journal is None:
                known = source.inbox.put_once(messages, call.key)
            else:
                known = await answered(source.inbox.put(messages, call.key), self._patience)
        except TooMuch as error:
            raise Refused(413, str(error)) from error
        except Full as error:
            raise later(429, f"{error}; try again in a moment") from error
        except NoAnswer as error:
            raise later(503, f"{error}: {AGAIN}") from error
        except (Closed, DatabaseFailed) as error:
            raise later(503, str(error)) from error
        durable = source.journal is not None
        return answer(Taken(name, len(messages), durable, known), 200 if durable else 202)

    def _unpacked(self, call: Call) -> tuple[str, Sequence[bytes]]:
        body = call.body
        if isinstance(body, bytes):
            messages = [line for line in body.splitlines() if line.strip()]
            if not messages:
                raise Refused(422, "no record: one JSON object a line")
            return self._named(call.query.source), messages
        name = self._named(body.source or call.query.source)
        return name, [msgspec.json.encode(record) for record in body.records]

    def _named(self, name: str) -> str:
        there = ", ".join(self._sources) or "none; add a source of type: push"
        if not name and len(self._sources) == 1:
            return next(iter(self._sources))
        if name not in self._sources:
            which = f"no source called {name!r:.70} takes records" if name else "say which source"
            raise Refused(404, f"{which} (there: {there})")
        return name
