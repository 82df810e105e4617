"""A real daemon: a process of its own on a small endless stream, with checkpoints and its API."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from commands import PATIENCE, until

TOKEN = "0123456789abcdef" * 2
SOURCES = "wave: {type: synthetic, stream: linear, seed: 7, speed: 500}"
TEXT = """
version: 1
sources:
  SOURCES
models:
  fare:
    pipeline:
      - class: preprocessing.StandardScaler
      - class: linear_model.LinearRegression
    controller: {type: trace}
"""


class Daemon(NamedTuple):
    """Where it is, and its process."""

    address: str
    process: subprocess.Popen

    def ask(self, path, token="", **body):
        """Return code and JSON of an answer; with a body it is a POST."""
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode() if body else None
        return self.send(Request(f"{self.address}{path}", data, headers))

    def send(self, request):
        """Return code and JSON (or bytes) of the answer to a request."""
        try:
            with urlopen(request, timeout=PATIENCE) as reply:
                return reply.status, told(reply)
        except HTTPError as refused:
            with refused:
                return refused.code, told(refused)

    def ready(self):
        """Whether it takes records."""
        return self.ask("/readyz")[0] == 200

    def memory(self):
        """Resident bytes of its process."""
        with open(f"/proc/{self.process.pid}/statm") as pages:
            return int(pages.read().split()[1]) * 4096


def told(reply):
    body = reply.read()
    return json.loads(body) if reply.headers["content-type"] == "application/json" else body


@contextmanager
def daemon(folder, sources=SOURCES, **http):
    """A daemon that learns; it must be ready at the end, and stop with exit code 0."""
    file, log = folder / "daemon.yaml", folder / "log"
    http = {"listen": "127.0.0.1:0", **http}
    kept = {"dir": str(folder / "checkpoints")}
    own = {"http": http, "checkpoint": kept, "log": {"format": "json"}}
    text = TEXT.replace("SOURCES", sources)
    file.write_text(text + "\n".join(f"{k}: {json.dumps(v)}" for k, v in own.items()))
    command = [sys.executable, "-m", "lrcontrol", "run", str(file)]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        found = until(lambda: re.search(r'"address": "(\S+)"', log.read_text()))
        running = Daemon(found[1], process)
        until(running.ready)
        yield running
        assert running.ready(), log.read_text()[-3000:]
    finally:
        process.terminate()
        process.wait(PATIENCE)
    assert process.returncode == 0, log.read_text()[-3000:]
