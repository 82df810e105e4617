"""Whether the daemon lives, and whether it is ready.

Live means that the loop turned lately, whatever the sources and models do: a restart cures a hung
loop, not a broker that is away. Ready means that it takes records. Each has the paths that
Kubernetes, Prometheus and the Open Inference Protocol ask for; ``?verbose`` tells every check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lrcontrol.status import Status
from lrcontrol.web.answers import Check, Health
from lrcontrol.web.route import Call, answer
from lrcontrol.web.views import why_not_ready

LIVE = ("/livez", "/-/healthy", "/v2/health/live")
READY = ("/readyz", "/-/ready", "/v2/health/ready")

Checks = Mapping[str, Check]


def liveness(status: Status, now: float, stall_after: float) -> Checks:
    """Return whether the loop turned in the last ``stall_after`` seconds before ``now``."""
    age = now - status.turned
    return {"loop": Check(age <= stall_after, f"turned {age:.1f} s ago (at most {stall_after:g})")}


def readiness(status: Status, now: float, stall_after: float) -> Checks:
    """Return whether the daemon takes records: live, started, and not stopping."""
    return {
        **liveness(status, now, stall_after),
        "ready": Check(
            status.ready, "yes" if status.ready else f"not yet: {why_not_ready(status)}"
        ),
        "stopping": Check(not status.stopping, "yes" if status.stopping else "no"),
    }


class Probes:
    """Answers probes; ``clock`` is the monotonic clock of ``Status.turned``."""

    def __init__(
        self,
        status: Callable[[], Status],
        stall_after: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._status = status
        self._stall_after = stall_after
        self._clock = clock

    async def live(self, call: Call) -> Response:
        """Whether the loop turns."""
        return _told(call.request, liveness(self._status(), self._clock(), self._stall_after()))

    async def ready(self, call: Call) -> Response:
        """Whether records are taken."""
        return _told(call.request, readiness(self._status(), self._clock(), self._stall_after()))


def _told(request: Request, checks: Checks) -> Response:
    bad = {name: check for name, check in checks.items() if not check.ok}
    code = 503 if bad else 200
    if "verbose" in request.query_params:
        return answer(Health(not bad, dict(checks)), code)
    lines = [f"{name}: {check.detail}" for name, check in bad.items()] or ["ok"]
    return PlainTextResponse("\n".join(lines) + "\n", code)
