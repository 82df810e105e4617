"""Programs that tests start for real: found, or the test is skipped; in CI it fails instead."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import yaml

SHIPPED = Path(__file__).parent.parent / "config" / "prometheus.yml"
#: Seconds to wait for something that takes one or two on an idle machine.
PATIENCE = 30.0
#: Seconds between two looks.
LOOK = 0.1


def require(program: str, package: str) -> str:
    """Return the program's path; without it skip, or fail where ``CI`` is true."""
    path = shutil.which(program)
    if path is None:
        missing = f"{program} is not installed (Debian package {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], str]:
    """``program(name, package)``: the path of a program, see ``require``."""
    return require


@pytest.fixture(scope="session")
def promtool() -> str:
    """The path of promtool."""
    return require("promtool", "prometheus")


class Prometheus:
    """A Prometheus with the shipped configuration, but another target and a scrape a second."""

    def __init__(self, binary: str, folder: Path, target_port: int) -> None:
        settings = yaml.safe_load(SHIPPED.read_text())
        settings["global"]["scrape_interval"] = "1s"
        for job in settings["scrape_configs"]:
            job["static_configs"] = [{"targets": [f"127.0.0.1:{target_port}"]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
        self._log = folder / "log"
        command = [
            binary,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0",
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def start(self) -> Prometheus:
        """Wait until it answers; its log tells which port it was given."""
        found = self._wait_for(lambda: re.search(r'Listening on" address=(\S+)', self._said()))
        self._url = f"http://{found.group(1)}"
        self._wait_for(self._is_ready)
        return self

    def value(self, query: str) -> float:
        """Return the value of a query with one result, once it has one."""
        results = self._wait_for(lambda: self.query(query))
        assert len(results) == 1, results
        return float(results[0]["value"][1])

    def query(self, query: str) -> list[dict[str, Any]]:
        """Return the results of a query now."""
        with urlopen(f"{self._url}/api/v1/query?query={quote(query)}", timeout=PATIENCE) as reply:
            results: list[dict[str, Any]] = json.load(reply)["data"]["result"]
            return results

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()

    def _is_ready(self) -> bool:
        with suppress(URLError), urlopen(f"{self._url}/-/ready", timeout=PATIENCE) as reply:
            return bool(reply.status == 200)
        return False

    def _said(self) -> str:
        return self._log.read_text()

    def _wait_for(self, what: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(LOOK)
                pytest.fail(f"prometheus ended with {code}:\n{self._said()}")
        pytest.fail(f"nothing within {PATIENCE:g} s:\n{self._said()}")


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[[int], Prometheus]]:
    """``prometheus(port)``: a running Prometheus that scrapes 127.0.0.1:port once a second."""
    binary = require("prometheus", "prometheus")
    running: list[Prometheus] = []

    def start(port: int) -> Prometheus:
        folder = tmp_path / f"prometheus-{len(running)}"
        folder.mkdir()
        running.append(Prometheus(binary, folder, port))
        return running[-1].start()

    yield start
    for each in running:
        each.stop()
