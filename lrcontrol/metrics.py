"""The daemon's status as Prometheus metrics, read anew at each scrape.

The loop keeps plain numbers and never sees this module: a ``prometheus_client`` counter updated per
record would cost more than learning from it. Every label value comes from a closed set (names in
the configuration, literals in the code, templates of routes), so no input makes a new series. A
source has 10 (and one for each reason that made dead letters of its messages), the daemon 16, 13
more of its checkpoints, 5 of its dead letters and some for each route that was asked for, a model
77 (with 3 metrics and 4 controller terms), one more for each pair of action and reason that its
controller came to, 15 once a client asked it something, 15 for its three arms, and two for each
member of a bank or mixture. Arms and members are left out, all of either, where there would be more
than ``MOST_SERIES``; ``lrcontrol_series_left_out`` says how many.

What has no value yet (the lag of a pipe, the time of a drift that never was) is absent rather than
NaN or zero. What is counted is there at 0 from the start, so that ``increase()`` sees the first
time; of the decisions only those for alarming reasons, as each action times each of 14 reasons
would be half the page, and no controller gives more than a few.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from lrcontrol._version import __version__
from lrcontrol.measures import (
    Measure,
    of_arms,
    of_checkpoints,
    of_daemon,
    of_letters,
    of_members,
    of_model,
    of_requests,
    of_source,
)
from lrcontrol.status import Status

Clock = Callable[[], float]
#: Most series on the page; what members and comparison rates add is left out beyond it.
MOST_SERIES = 500
#: Series that every page has: of the daemon itself, its process and its build.
AROUND = 16


class Requests(Protocol):
    """What the server counted of its clients, under (the route's template, method, status code).

    Its own thread writes and, as it answers the scrape, reads.
    """

    @property
    def counts(self) -> Mapping[Any, int]:
        """Requests answered."""
        ...

    @property
    def seconds(self) -> Mapping[Any, float]:
        """Seconds that answering them took, all together."""
        ...


class Collector:
    """What ``prometheus_client`` asks for metrics: a view of the newest status, no state.

    ``clock`` is the monotonic clock of ``Status.turned``, ``wall`` seconds since the epoch.
    """

    def __init__(
        self,
        status: Callable[[], Status],
        requests: Requests | None = None,
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self._status = status
        self._requests = requests
        self._clock = clock
        self._wall = wall
        # From the package's metadata: importing River takes seconds.
        build = {"python": platform.python_version(), "river": version("river")}
        self._build = {"version": __version__, **build}

    def collect(self) -> Iterator[Metric]:
        """Yield every family of the newest status."""
        status = self._status()
        sources = _families("source", [(s.name, of_source(s)) for s in status.sources])
        models = _families("model", [(m.name, of_model(m)) for m in status.models])
        own = [*_families("", [("", self._around(status))]), *sources, *models]
        arms = _families("model", [(m.name, of_arms(m)) for m in status.models])
        members = _families("model", [(m.name, of_members(m)) for m in status.models])
        shown, left_out = _fitting(_count(own), arms, members)
        yield InfoMetricFamily("lrcontrol_build", "Versions.", value=self._build)
        yield from _families("", [("", self._daemon(status, left_out))])
        yield from own
        yield from shown

    def _daemon(self, status: Status, left_out: int) -> Iterator[Measure]:
        turned = self._wall() - (self._clock() - status.turned) if status.turned else 0.0
        return of_daemon(status, turned, left_out)

    def _around(self, status: Status) -> Iterator[Measure]:
        if status.checkpoint is not None:
            yield from of_checkpoints(status.checkpoint)
        if status.letters is not None:
            yield from of_letters(status.letters)
        if self._requests is not None:
            yield from of_requests(self._requests.counts, self._requests.seconds)


def _fitting(taken: int, *groups: Sequence[Metric]) -> tuple[list[Metric], int]:
    """Return the groups that there is room for, the first of them first, and what was left out."""
    shown: list[Metric] = []
    left_out = 0
    for group in groups:
        count = _count(group)
        if taken + count <= MOST_SERIES - AROUND:
            shown += group
            taken += count
        else:
            left_out += count
    return shown, left_out


def _count(families: Iterable[Metric]) -> int:
    return sum(len(family.samples) for family in families)


def _families(owner: str, owned: Iterable[tuple[str, Iterable[Measure]]]) -> list[Metric]:
    families: dict[str, Any] = {}
    for name, measures in owned:
        for family, title, text, samples, labels in measures:
            if title not in families:
                names = (owner, *labels) if owner else labels
                families[title] = family(f"lrcontrol_{title}", text, labels=names)
            for own, *values in samples:
                families[title].add_metric((name, *own) if owner else own, *values)
    return list(families.values())


def build_registry(
    status: Callable[[], Status], requests: Requests | None = None
) -> CollectorRegistry:
    """Return a registry of its own with the daemon's status and this process's memory and time.

    ``requests`` is what the server counts of its clients, where it does.
    """
    registry = CollectorRegistry()
    registry.register(Collector(status, requests))
    ProcessCollector(registry=registry)
    return registry


def render(registry: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """Return the page and its content type: the text format, or OpenMetrics where accepted."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
