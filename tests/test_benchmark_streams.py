"""The streams benchmark on streams made here: it runs them all, and says which one fails."""

import csv
import gzip
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "streams.py"
PATIENCE = 120.0
TASKS = ("regression", "binary")
#: Half of a stream must be more than a pipe holds, and what the daemon reads ahead.
ROWS = 20_000


def rows(task):
    """Return rows of a number, a category that looks like a number, and a label."""
    draw = random.Random(task)
    for _ in range(ROWS):
        size, place = draw.gauss(0, 1), draw.choice(["101", "202"])
        signal = size + (place == "101")
        labels = {
            "regression": f"{100 + signal:.6f}",
            "binary": "yes" if signal > 0.5 else "no",
        }
        yield [f"{size:.12f}", place, labels[task]]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one stream of each task and a manifest."""
    stories = {}
    for task in TASKS:
        with gzip.open(tmp_path / f"{task}.csv.gz", "wt", newline="") as file:
            csv.writer(file).writerows([["size", "place", "y"], *rows(task)])
        story = {"file": f"{task}.csv.gz", "task": task, "rows": ROWS, "categorical": ["place"]}
        stories[f"some_{task}"] = story
    write(tmp_path, stories)
    return tmp_path


def write(folder, stories):
    (folder / "manifest.yaml").write_text(yaml.safe_dump({"streams": stories}, sort_keys=False))


def benchmark(*arguments, **variables):
    """Return the exit code of the command, its lines, and the figures of the last one."""
    ran = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **variables},
    )
    assert "Traceback" not in ran.stderr
    *lines, last = ran.stdout.splitlines()
    return ran.returncode, lines, json.loads(last)


def test_every_stream_is_learned_and_stopped_in_a_line(folder):
    code, lines, figures = benchmark("--quick", "--term", LRCONTROL_STREAMS=str(folder))
    assert code == 0, "\n".join(lines)
    assert lines[0].split()[:4] == ["stream", "task", "read", "rejected"]
    runs, stops = [line.split() for line in lines[1:3]], [line.split() for line in lines[3:]]
    for cells, task in zip(runs, TASKS, strict=True):
        assert cells[:4] == [f"some_{task}", task, "1000", "0"]
        assert cells[-1] == "ended"
        assert float(cells[8]) > 0.1  # skill
    for cells, task in zip(stops, TASKS, strict=True):
        assert cells[:2] == [f"some_{task}", task]
        assert 0 < int(cells[2]) < ROWS
        assert cells[12:15] == ["stopped", "stopped", "in"]
    for part, rows_read in (("streams", 2000), ("term", sum(int(cells[2]) for cells in stops))):
        told = {k: figures[part][k] for k in ("runs", "exit_codes", "rows", "rejected", "failed")}
        expected = {"runs": 2, "exit_codes": {"0": 2}, "rejected": 0, "failed": []}
        assert told == expected | {"rows": rows_read}


def test_a_stream_that_is_not_as_the_manifest_says_fails(folder):
    stories = yaml.safe_load((folder / "manifest.yaml").read_text())["streams"]
    short = stories["some_regression"] | {"rows": ROWS + 1}
    gone = stories["some_binary"] | {"file": "gone.csv.gz"}
    write(folder, {"short": short, "gone": gone})
    code, lines, figures = benchmark("--streams", str(folder))
    assert code == 1
    assert figures["streams"]["failed"] == ["short", "gone"]
    assert lines[1].endswith(f"FAILED: {ROWS} rows read of {ROWS + 1}")
    assert lines[2].endswith(f"FAILED: 0 rows read of {ROWS}")


def test_without_streams_it_is_skipped_and_says_so(tmp_path):
    code, lines, figures = benchmark("--streams", str(tmp_path))
    assert code == 0
    assert str(tmp_path) in lines[0]
    assert list(figures) == ["skipped"]
