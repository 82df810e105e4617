"""One daemon with everything alive, and the Prometheus that watches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from operations.stage import Daemon, Prometheus, until


class Live(NamedTuple):
    """A daemon at work, and what Prometheus knows of it."""

    daemon: Daemon
    prometheus: Prometheus


@pytest.fixture(scope="module")
def live(program, tmp_path_factory) -> Iterator[Live]:
    """A daemon that learns, and a Prometheus with the shipped rules."""
    binary = program("prometheus", "prometheus")
    folder = tmp_path_factory.mktemp("live")
    daemon = Daemon(folder / "daemon", "alive.yaml")
    try:
        until(lambda: learned(daemon), daemon.said)
        prometheus = Prometheus(binary, folder / "prometheus", daemon.port)
        try:
            until(lambda: prometheus.query("lrcontrol_learn_steps_total"), prometheus.said)
            yield Live(daemon, prometheus)
        finally:
            prometheus.end()
    finally:
        daemon.end()


def learned(daemon: Daemon) -> bool:
    """Return whether it has learned something: kernels are compiled before that."""
    steps = {m["name"]: m["steps"] for m in daemon.asked("/api/v1/status")["models"]}
    return all(steps.get(name) for name in ("steered", "banked"))
