"""A model that one record kills: starts the daemon until it ends, and prints what that took."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import click
from river import linear_model

from lrcontrol import log
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.deadletters import DeadLetters
from lrcontrol.signals import Stop

RECORDS = 500
#: The record that kills, far from any checkpoint's place.
FATAL = 333
MOST_STARTS = 40

CONFIG = """
version: 1
allow: [faults.killer]
sources: {in: {type: file, path: FOLDER/input.ndjson}}
models: {m: {factory: faults.killer:model, controller: {type: fixed}}}
checkpoint: {dir: FOLDER/state, cadence: {records: 1, duty: 0.999}}
http: {listen: null}
"""


class Mortal(linear_model.LinearRegression):
    """Ends the process at one record."""

    def learn_one(self, x, y, w=1.0):
        if y == -1.0:
            os.abort()
        super().learn_one(x, y, w)


def model() -> Mortal:
    return Mortal()


def main() -> None:
    log.configure("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        lines = [{"a": i % 5 - 2.0, "y": -1.0 if i == FATAL else 1.0} for i in range(RECORDS)]
        (Path(folder) / "input.ndjson").write_text("\n".join(map(json.dumps, lines)) + "\n")
        settings = loads(CONFIG.replace("FOLDER", folder)).settings
        for start in range(1, MOST_STARTS + 1):
            pid = os.fork()
            if not pid:
                daemon = Daemon(settings, Stop(), once=True)
                daemon.run(lambda status: None)
                (told,) = daemon.status().models
                kept = daemon.status().checkpoint
                click.echo(f"starts {start} learned {told.loop.steps} aside {kept.put_aside}")
                store = DeadLetters(Path(folder) / "state.dead-letters.db", create=False)
                for one in store.letters():
                    click.echo(f"letter {one.letter.reason} {one.letter.message.decode()}")
                sys.stdout.flush()
                os._exit(0)
            if not os.waitpid(pid, 0)[1]:
                return


if __name__ == "__main__":
    main()
