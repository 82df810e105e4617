"""Checkpoints that are checked in, of the version that made them, and what they must still answer.

    python -m tests.faults.golden

makes them anew: only where a change of what is kept cannot read the old ones on purpose, and the
version number says so.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lrcontrol import Record
from lrcontrol.checkpoint import exact
from lrcontrol.config.load import loads
from lrcontrol.config.settings import Settings
from lrcontrol.daemon import Daemon
from lrcontrol.loop import Loop
from lrcontrol.signals import Stop

FOLDER = Path(__file__).parent / "golden"
KEY = bytes(range(32, 64))
RECORDS = 700
#: Records learned after loading: what is loaded must go on, and not only answer.
MORE = 50

SCALED = "{class: preprocessing.StandardScaler}"


def _linear(kind: str, optimizer: str) -> str:
    return f"[{SCALED}, {{class: linear_model.{kind}, optimizer: {{class: optim.{optimizer}}}}}]"


NUMBER, CLASS = "LinearRegression", "SoftmaxRegression"
TREE = (
    "[{class: tree.HoeffdingTreeRegressor, grace_period: 50, "
    "leaf_model: {class: linear_model.LinearRegression, optimizer: {class: optim.SGD}}}]"
)
#: Model -> its pipeline and controller, by the checkpoint it is in.
GOLDEN: dict[str, dict[str, tuple[str, str]]] = {
    "linear": {
        "sgd": (_linear(NUMBER, "SGD"), "{type: bold_driver}"),
        "adam": (_linear(NUMBER, "Adam"), "{type: pid}"),
        "adagrad": (_linear(NUMBER, "AdaGrad"), "{type: plateau}"),
        "rmsprop": (_linear(NUMBER, "RMSProp"), "{type: fixed}"),
        "bank": (_linear(NUMBER, "Adam"), "{type: bank}"),
        "trace": (_linear(NUMBER, "SGD"), "{type: trace}"),
    },
    "softmax": {
        "softmax": (_linear(CLASS, "SGD"), "{type: bold_driver}"),
        "softmax_bank": (_linear(CLASS, "SGD"), "{type: bank}"),
    },
    "others": {
        "tree": (TREE, "{type: plateau}"),
        "race": (TREE, "{type: race}"),
        "mixture": (_linear(NUMBER, "SGD"), "{type: mixture}"),
        "machine": (f"[{SCALED}, {{class: facto.FMRegressor, seed: 1}}]", "{type: trace}"),
    },
}


def settings(name: str, keep: str = "state") -> Settings:
    """Return the settings of a golden daemon; its paths are relative to where it runs."""
    models = "".join(
        f"  {model}: {{pipeline: {pipeline}, controller: {controller}, period: 16}}\n"
        for model, (pipeline, controller) in GOLDEN[name].items()
    )
    source = "sources:\n  in: {type: file, path: input.ndjson}\n"
    keep = f"checkpoint: {{dir: {keep}, key: key}}\n"
    return loads(f"version: 1\n{source}models:\n{models}{keep}http: {{listen: null}}\n").settings


def lines(name: str, records: int = RECORDS + MORE) -> Iterator[dict[str, Any]]:
    """Yield the records of a golden daemon, some of which the guard refuses."""
    rng = random.Random(f"golden {name}")
    for i in range(records):
        x = {feature: rng.gauss(at, 1 + at) for at, feature in enumerate("abc")}
        s = x["a"] - 0.5 * x["b"] + rng.gauss(0, 0.3)
        y: Any = ("low", "middle", "high")[(s > 0) + (s > 1)] if name == "softmax" else s
        if i % 97 == 5:
            x["a"] = 1e300
        yield {**x, "y": y}


def asked(name: str) -> list[dict[str, float]]:
    """Return what the models are asked."""
    rng = random.Random(f"asked {name}")
    return [{feature: rng.gauss(0, 2) for feature in "abc"} for _ in range(9)]


def answers(loop: Loop, name: str) -> dict[str, Any]:
    """Return what a loop answers, and again after it has learned the rest of its records."""
    first = [loop.predict_one(x) for x in asked(name)]
    steps, rate = loop.status.steps, loop.status.rate
    found = [dict(line) for line in lines(name)][RECORDS:]
    loop.learn([Record({k: line[k] for k in "abc"}, line["y"]) for line in found])
    last = [loop.predict_one(x) for x in asked(name)]
    return {"first": first, "last": last, "steps": steps, "rate": rate}


@contextmanager
def inside(folder: Path, name: str, records: int = RECORDS) -> Iterator[None]:
    """Work in a folder with the input and the key of a golden daemon."""
    before = Path.cwd()
    text = "no record\n" + "\n".join(map(json.dumps, lines(name, records)))
    (folder / "input.ndjson").write_text(text + "\n")
    (folder / "key").write_text(KEY.hex() + "\n")
    (folder / "key").chmod(0o600)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def make(name: str, folder: Path) -> None:
    """Make a golden checkpoint and what it must answer."""
    with inside(folder, name):
        daemon = Daemon(settings(name), Stop(), once=True)
        daemon.run(lambda status: None)
        newest = max((folder / "state").glob("ck-*"))
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.ck").write_bytes(newest.read_bytes())
        (place,) = (intake.place() for intake in daemon._intakes)
        told = {served.name: answers(served.loop, name) for served in daemon._served}
        wanted = {"models": told, "positions": dict(place.positions)}
        (FOLDER / f"{name}.json").write_bytes(exact.dumps(wanted) + b"\n")


if __name__ == "__main__":
    import tempfile

    for golden in GOLDEN:
        with tempfile.TemporaryDirectory() as top:
            make(golden, Path(top))
