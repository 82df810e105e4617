"""What was asked over HTTP so far, in plain numbers: read by the metrics, written by the server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

#: What stands for any path that is no route, and for a method of none of them.
OTHER = "other"
METHODS = ("GET", "HEAD", "POST")


class Kind(NamedTuple):
    """Requests counted together; each field is of a closed set, so no client makes a new one."""

    route: str  # the template: /api/v1/models/{model}, not the path
    method: str
    code: int


class Requests:
    """Counts and seconds (until an answer began) by kind. Only the server's thread adds.

    >>> requests = Requests()
    >>> requests.add("/livez", "GET", 200, 0.002)
    >>> requests.add("", "BREW", 405, 0.001)
    >>> [(*kind, n) for kind, n in requests.counts.items()]
    [('/livez', 'GET', 200, 1), ('other', 'other', 405, 1)]
    """

    def __init__(self) -> None:
        self._counts: defaultdict[Kind, int] = defaultdict(int)
        self._seconds: defaultdict[Kind, float] = defaultdict(float)

    def add(self, route: str, method: str, code: int, seconds: float) -> None:
        """Count one request; ``route`` is empty where its path is none."""
        kind = Kind(route or OTHER, method if method in METHODS else OTHER, code)
        self._counts[kind] += 1
        self._seconds[kind] += seconds

    @property
    def counts(self) -> Mapping[Kind, int]:
        """Requests by (route, method, code), a copy."""
        return dict(self._counts)

    @property
    def seconds(self) -> Mapping[Kind, float]:
        """Seconds until the answer began, added up, by (route, method, code), a copy."""
        return dict(self._seconds)
