"""What takes part in these tests, for real: daemon, Prometheus with the rules, Alertmanager."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import yaml

CONFIG = Path(__file__).parent.parent.parent / "config"
HERE = Path(__file__).parent
#: Seconds for anything that takes some on an idle machine: kernels are compiled on the way.
PATIENCE = 120.0
LOOK = 0.1
#: Of the daemon's orders; it is on loopback and gone with the test.
TOKEN = "a-token-of-a-test"


def until(what: Callable[[], Any], said: Callable[[], str] = str) -> Any:
    """Return what ``what`` gives as soon as it is true; fails when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(LOOK)  # between two looks, with a deadline
    raise AssertionError(f"nothing within {PATIENCE:g} s\n{said()}")


class Program:
    """A program that says in its log which port it was given."""

    #: What stands before and in the address.
    listening = r'Listening on" address=127\.0\.0\.1:(\d+)'

    def __init__(self, folder: Path, command: list[str | Path]) -> None:
        folder.mkdir()
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        self.port = 0

    def begin(self) -> None:
        """Wait until it listens."""
        found = until(self._found, self.said)
        self.port = int(found.group(1))

    def _found(self) -> Any:
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}:\n{self.said()}")
        return re.search(self.listening, self.said())

    def said(self) -> str:
        """Return its log."""
        return self._log.read_text()

    def asked(self, path: str, body: Any = None, **headers: str) -> Any:
        """Return what it answers, from JSON."""
        sent = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        request = Request(url, sent, {"content-type": "application/json", **headers})
        with urlopen(request, timeout=PATIENCE) as reply:
            return json.load(reply)

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30.0)
        finally:
            self.process.kill()
            self.process.communicate()


class Daemon(Program):
    """lrcontrol as a process, its state in ``folder``, its configuration beside it."""

    listening = r"http://127\.0\.0\.1:(\d+)"

    def __init__(self, folder: Path, config: str) -> None:
        self.config = folder.with_suffix(".yaml")
        self.config.write_text((HERE / config).read_text())
        arguments = [self.config, "--set", "http.listen=127.0.0.1:0"]
        os.environ["LRCONTROL_TEST_FOLDER"] = str(folder)  # ${...} in the file
        super().__init__(folder, [sys.executable, "-m", "lrcontrol", "run", *arguments])
        self.begin()

    def order(self, path: str, **body: Any) -> Any:
        """Give an order, with a reason and as one who may."""
        body = {"reason": "a test of what people see", **body}
        return self.asked(f"/api/v1/models/{path}", body, authorization=f"Bearer {TOKEN}")

    def write(self, *lines: str) -> None:
        """Write lines to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self.process.stdin.flush()


class Prometheus(Program):
    """A Prometheus with the shipped configuration and rules, only a second between looks.

    ``hasty`` takes the ``for`` from the alerts: they fire at the first look.
    """

    def __init__(
        self, binary: str, folder: Path, target: int, alertmanager: int = 9, hasty: bool = False
    ) -> None:
        settings = yaml.safe_load((CONFIG / "prometheus.yml").read_text())
        settings["global"].update(scrape_interval="1s", evaluation_interval="1s")
        for job in settings["scrape_configs"]:
            job["static_configs"] = [{"targets": [f"127.0.0.1:{target}"]}]
        for told in settings["alerting"]["alertmanagers"]:
            told["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager}"]}]
        settings["rule_files"] = self._rules(folder, hasty)
        shipped = folder.with_suffix(".yml")
        shipped.write_text(yaml.safe_dump(settings))
        options = [f"--config.file={shipped}", f"--storage.tsdb.path={folder / 'data'}"]
        super().__init__(folder, [binary, *options, "--web.listen-address=127.0.0.1:0"])
        self.begin()
        until(self._is_ready, self.said)

    @staticmethod
    def _rules(folder: Path, hasty: bool) -> list[str]:
        found = []
        for path in sorted((CONFIG / "rules").glob("*.yml")):
            text = path.read_text()
            text = re.sub(r"^ *for: .*\n", "", text, flags=re.MULTILINE) if hasty else text
            copy = folder.with_suffix(f".{path.name}")
            copy.write_text(text)
            found.append(str(copy))
        return found

    def query(self, query: str) -> list[dict[str, Any]]:
        """Return the results of a query over the last minute, as a panel asks it."""
        now = time.time()
        asked = {"query": query, "start": now - 60, "end": now, "step": 1}
        result: list[dict[str, Any]] = self._api("query_range", **asked)["result"]
        return result

    def values(self, label: str, series: str) -> list[str]:
        """Return the values of a label in some series, as a variable asks for them."""
        found: list[str] = self._api(f"label/{label}/values", **{"match[]": series})
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are pending or firing."""
        found: list[dict[str, Any]] = self._api("alerts")["alerts"]
        return found

    def _api(self, path: str, **query: Any) -> Any:
        answer = self.asked(f"/api/v1/{path}?{urlencode(query)}")  # an error in a query is a 400
        assert answer["status"] == "success", answer
        return answer["data"]

    def _is_ready(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/-/ready"
        with suppress(URLError), urlopen(url, timeout=PATIENCE) as reply:
            return bool(reply.status == 200)
        return False


class Alertmanager(Program):
    """An Alertmanager with the shipped configuration, but without waits, and told to whom."""

    def __init__(self, binary: str, folder: Path, receiver: int) -> None:
        settings = yaml.safe_load((CONFIG / "alertmanager.yml").read_text())
        settings["route"].update(group_wait="0s", group_interval="1s")
        for each in settings["receivers"]:
            each["webhook_configs"][0]["url"] = f"http://127.0.0.1:{receiver}/"
        shipped = folder.with_suffix(".yml")
        shipped.write_text(yaml.safe_dump(settings))
        options = [f"--config.file={shipped}", f"--storage.path={folder / 'data'}"]
        listen = ["--web.listen-address=127.0.0.1:0", "--cluster.listen-address="]
        super().__init__(folder, [binary, *options, *listen])
        self.begin()

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Return the alerts it holds, by name."""
        held = self.asked("/api/v2/alerts")
        return {alert["labels"]["alertname"]: alert for alert in held}
