"""Orders: each becomes an ``Order`` on the desk, and its outcome the answer."""

from __future__ import annotations

from starlette.responses import Response

from lrcontrol.operating.desk import Desk, DeskFull
from lrcontrol.operating.orders import Action, Order
from lrcontrol.units import parse_duration
from lrcontrol.web.bodies import Plain
from lrcontrol.web.reading import unknown_model
from lrcontrol.web.refused import Refused, later
from lrcontrol.web.route import Call, answer
from lrcontrol.web.views import done_of
from lrcontrol.web.waiting import PATIENCE, NoAnswer, answered

#: Seconds that an override lasts unless something else is said: a shift, not a weekend.
DEFAULT_TTL = 4 * 3600.0
NEVER = "never"
#: What a reload without a body is reasoned with, as Prometheus's own has none.
RELOAD = Plain("POST /-/reload")


class Ordering:
    """Puts orders on the desk and waits ``patience`` seconds for what comes of each."""

    def __init__(self, desk: Desk, patience: float = PATIENCE) -> None:
        self._desk = desk
        self._patience = patience

    async def hold(self, call: Call) -> Response:
        """Keep the rate where it is."""
        return await self._of_model(call, "hold", seconds=_seconds(call.body.ttl))

    async def rate(self, call: Call) -> Response:
        """Move the rate and hold it there."""
        body = call.body
        seconds = _seconds(body.ttl)
        return await self._of_model(
            call, "set_rate", rate=body.rate, seconds=seconds, forced=body.force
        )

    async def resume(self, call: Call) -> Response:
        """Give the rate back to the controller."""
        return await self._of_model(call, "resume")

    async def rollback(self, call: Call) -> Response:
        """Go back to a state that was good."""
        return await self._of_model(call, "roll_back", checkpoint=int(call.body.checkpoint or 0))

    async def checkpoint(self, call: Call) -> Response:
        """Write a checkpoint now."""
        return await self._order(call, Order("checkpoint"))

    async def reload(self, call: Call) -> Response:
        """Read the configuration again."""
        return await self._order(call._replace(body=call.body or RELOAD), Order("reload"))

    async def mend(self, call: Call) -> Response:
        """Let a source go on that was paused."""
        name, sources = call.names["source"], self._desk.status().sources
        if all(source.name != name for source in sources):
            known = ", ".join(source.name for source in sources) or "none yet"
            raise Refused(404, f"no source is called {name!r:.70} (there: {known})")
        return await self._order(call, Order("mend", name))

    async def _of_model(
        self,
        call: Call,
        action: Action,
        rate: float = 0.0,
        seconds: float = 0.0,
        forced: bool = False,
        checkpoint: int = 0,
    ) -> Response:
        name = call.names["model"]
        if all(model.name != name for model in self._desk.status().models):
            raise unknown_model(self._desk, name)
        return await self._order(call, Order(action, name, rate, seconds, forced, checkpoint))

    async def _order(self, call: Call, order: Order) -> Response:
        actor = f"{call.body.actor} ({call.actor})" if call.body.actor else call.actor
        order = order._replace(reason=call.body.reason, actor=actor, key=call.key)
        try:
            outcome = await answered(self._desk.submit(order), self._patience)
        except DeskFull as full:
            raise later(429, f"{full}; try again in a moment") from full
        except NoAnswer as none:
            what = "it may still be done; ask again with the same Idempotency-Key"
            raise later(503, f"{none}: {what}") from none
        return answer(done_of(outcome), outcome.code)


def _seconds(ttl: float | str | None) -> float:
    """Return how long an override lasts, 0 for ever. Raises Refused.

    >>> _seconds("30m"), _seconds(90), _seconds("never"), _seconds(None)
    (1800.0, 90.0, 0.0, 14400.0)
    """
    if ttl is None:
        return DEFAULT_TTL
    if ttl == NEVER:
        return 0.0
    try:
        return parse_duration(ttl) if isinstance(ttl, str) else float(ttl)
    except ValueError as error:
        raise Refused(422, f"ttl: {error}, or {NEVER}") from error
