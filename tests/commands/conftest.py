"""A daemon that really runs, for the commands that ask one."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner, Result
from commands import PATIENCE, start, until

from lrcontrol.cli import cli
from lrcontrol.commands.client import Client

TOKEN = "a-token-that-nobody-guesses"

CONFIG = """
version: 1
sources:
  in: {{type: synthetic, seed: 3, stream: linear, speed: 4000}}
models:
  fare:
    pipeline:
      - class: preprocessing.StandardScaler
      - class: linear_model.LinearRegression
        optimizer: {{class: optim.SGD}}
    controller: {{type: pid}}
    limits: {{low: 1.0e-4, high: 0.05, slew: 2.0}}
    initial_rate: 0.01
  side:
    pipeline:
      - class: linear_model.LinearRegression
    controller: {{type: trace}}
http:
  listen: 127.0.0.1:0
  tokens: {{write_file: {folder}/token}}
decisions: {{path: {folder}/decisions.ndjson}}
checkpoint: {{dir: {folder}/kept}}
log: {{format: json}}
"""


class Running(NamedTuple):
    """A daemon: where it listens, and its folder."""

    url: str
    folder: Path

    @property
    def client(self) -> Client:
        """What asks it."""
        return Client(self.url, self.folder / "token")

    def run(self, name: str, *arguments: str, token: bool = True) -> Result:
        """Run a command against it."""
        command = cli.get_command(click.Context(cli), name)
        variables = {"LRCONTROL_URL": self.url, "COLUMNS": "100"}
        if token:
            variables["LRCONTROL_TOKEN_FILE"] = str(self.folder / "token")
        return CliRunner().invoke(command, arguments, env=variables)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a daemon with two models, and stop it at the end."""
    folder = tmp_path_factory.mktemp("daemon")
    (folder / "token").write_text(TOKEN)
    (folder / "token").chmod(0o600)
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder))
    process = start("run", folder / "config.yaml")
    pipes = (process.stdin, process.stdout, process.stderr)
    try:
        yield _begun(process, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        for pipe in pipes:
            assert pipe is not None
            pipe.close()


def _begun(process: subprocess.Popen[bytes], folder: Path) -> Running:
    url, heard = "", []
    assert process.stderr is not None
    for line in process.stderr:
        heard.append(line.decode())
        if '"event": "listening"' in heard[-1]:
            url = json.loads(line)["address"]
            break
    assert url, "".join(heard)
    running = Running(url, folder)
    until(lambda: running.client.text("/readyz")[0])
    until(lambda: all(m["steps"] > 640 for m in running.client.get("/api/v1/models")["models"]))
    return running
