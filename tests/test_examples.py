"""Every shipped example is a valid configuration and learns something, as a person would run it."""

import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from lrcontrol.config.load import validate

EXAMPLES = Path(__file__).parent.parent / "config" / "examples"
RECORDS = 1000
#: What an example needs beside its file: settings for a run that ends.
SETTINGS = {
    "follow_log": ["sources.requests.mode=replay"],
    "drift_demo": ["sources.world.limit=6000"],
}


def rides():
    """Return lines for regression_stdin.yaml: a fare by the kilometre."""
    draw = random.Random(1)
    for i in range(RECORDS):
        km = draw.uniform(0, 10)
        yield {"km": km, "minutes": 3 * km, "hour": i % 24, "ride": f"r{i}", "fare": 3 + 2 * km}


def requests():
    """Return lines for follow_log.yaml: what is big takes long."""
    draw = random.Random(2)
    for i in range(RECORDS):
        size = draw.randint(100, 5000)
        request = {"bytes": size, "path": draw.choice(["/", "/cart"])}
        yield {"time": 1.7e9 + i, "seconds": size / 1e4 + draw.random() / 20, "request": request}


def visits():
    """Return rows for binary_csv.yaml: who reads many pages buys, unless an advert brought them."""
    draw = random.Random(3)
    for i in range(RECORDS):
        channel, pages = draw.choice(["mail", "ads"]), draw.randint(1, 20)
        bought = pages + draw.gauss(0, 2) > (8 if channel == "mail" else 14)
        yield [f"s{i}", draw.choice(["01234", "99999"]), channel, pages, "yes" if bought else "no"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return the folder with the files that the examples read."""
    folder = tmp_path_factory.mktemp("data")
    for name, lines in (("rides", rides()), ("requests", requests())):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    with open(folder / "visits.csv", "w", newline="") as file:
        csv.writer(file).writerows([["session", "zip", "channel", "pages", "bought"], *visits()])
    return folder


def environ(data):
    return {**os.environ, "CSV": str(data / "visits.csv"), "LOG": str(data / "requests")}


def run(data, path):
    """Run an example to its end, one model a row of the summary, and return title -> text."""
    settings = ["http.listen=null", *SETTINGS.get(path.stem, [])]
    overrides = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-m", "lrcontrol", "run", str(path), "--once", *overrides]
    with open(data / "rides") as stdin:
        ran = subprocess.run(
            command, stdin=stdin, env=environ(data), capture_output=True, text=True, timeout=60
        )
    assert ran.returncode == 0, ran.stderr
    titles, *rows = (line.split() for line in ran.stdout.split("\n\n")[0].splitlines())
    return [dict(zip(titles, row, strict=False)) for row in rows]  # texts at the end hold blanks


def test_there_are_examples():
    assert len(list(EXAMPLES.glob("*.yaml"))) >= 6


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_example_is_valid_and_learns(data, path):
    assert validate(path, environ=environ(data), environment=True) == []
    for figures in run(data, path):
        assert int(figures["records"]) >= RECORDS
        assert figures["rejected"] == "0"
        assert float(figures["skill"]) > 0.2
