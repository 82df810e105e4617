"""One stream through the daemon in its own processes: ``zcat FILE | lrcontrol run CONFIG``."""

from __future__ import annotations

import csv
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import yaml

LRCONTROL = [sys.executable, "-m", "lrcontrol"]
#: Seconds for one stream; the longest takes half a minute.
PATIENCE = 600.0
#: Seconds that a stop may take: what is promised.
STOP_WITHIN = 5.0
#: Labels of a binary task that need no ``positive:``.
PLAIN = {"0", "1", "true", "false"}
ESTIMATORS = {
    "regression": "linear_model.LinearRegression",
    "binary": "linear_model.LogisticRegression",
    "multiclass": "linear_model.SoftmaxRegression",
}


class Stream(NamedTuple):
    """What the manifest says of a stream, and how many rows of it are read (None: all)."""

    name: str
    path: Path
    task: str
    rows: int
    categorical: Sequence[str]
    limit: int | None


class Ended(NamedTuple):
    """How a run ended: exit code, summary, log, and the seconds from SIGTERM to the end."""

    stream: Stream
    code: int
    out: str
    err: str
    stopping: float | None = None

    def figures(self) -> dict[str, str]:
        """Return the cells of the summary by title; none where no summary was printed."""
        parts = self.out.strip().split("\n\n")
        if len(parts) != 3:
            return {}
        model, source = (
            dict(zip(*map(_cells, part.splitlines()), strict=True)) for part in parts[:2]
        )
        rejected = re.findall(r"\d+", f"{model['rejected']} {source['rejected']}")
        speed = re.search(r"in (\S+) s \((\S+)/s\)", parts[2])
        seconds, pace = speed.groups() if speed else ("-", "-")
        return model | {
            "learned": model["records"],
            "read": source["records"],
            "rejected": str(sum(map(int, rejected))),
            "seconds": seconds,
            "records/s": pace,
        }


def _cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def streams(folder: Path, limit: int | None) -> list[Stream]:
    """Return the streams of the manifest, the first ``limit`` rows of each."""
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    return [
        Stream(
            name,
            folder / story["file"],
            story["task"],
            story["rows"],
            story.get("categorical", []),
            limit,
        )
        for name, story in manifest["streams"].items()
    ]


def configuration(stream: Stream, controller: str, rate: float) -> dict[str, Any]:
    """Return the short configuration of a stream.

    Regression learns a standardised target on Huber's loss: the streams keep their outliers, and
    one feature that is 200 deviations off multiplies a squared loss's weights by 1,000 at a rate
    of 0.01. On the plain squared loss two streams of nine diverge.
    """
    steps: list[Any] = [{"class": "preprocessing.StandardScaler"}]
    if stream.categorical:
        numbers = [{"class": "compose.SelectType", "types": ["number"]}, *steps]
        onehot = {"class": "preprocessing.OneHotEncoder"}
        texts = [{"class": "compose.SelectType", "types": ["str"]}, onehot]
        steps = [{"class": "compose.TransformerUnion", "transformers": [numbers, texts]}]
    estimator: dict[str, Any] = {
        "class": ESTIMATORS[stream.task],
        "optimizer": {"class": "optim.SGD"},
    }
    if stream.task == "regression":
        estimator["loss"] = {"class": "optim.losses.Huber", "epsilon": 1.0}
        estimator = {"class": "preprocessing.TargetStandardScaler", "regressor": estimator}
    model: dict[str, Any] = {
        "pipeline": [*steps, estimator],
        "controller": {"type": controller},
        "initial_rate": rate,
    }
    if stream.task == "binary" and (labels := _labels(stream)) - PLAIN:
        model["positive"] = max(labels)
    fields = {"label": "y", "categorical": list(stream.categorical)}
    source: dict[str, Any] = {"type": "lines", "format": "csv", "fields": fields}
    if stream.limit:
        source["limit"] = stream.limit
    return {
        "version": 1,
        "sources": {"pipe": source},
        "models": {"model": model},
        "http": {"listen": None},
    }


def _labels(stream: Stream) -> set[str]:
    rows = csv.DictReader(_content(stream).decode().splitlines())
    return {row["y"] for row in rows if row.get("y")}


def _content(stream: Stream) -> bytes:
    # What zcat cannot read it complains of, and the run comes out short: no second way to fail.
    return subprocess.run(["zcat", stream.path], stdout=subprocess.PIPE, check=False).stdout


def run(stream: Stream, config: Path) -> Ended:
    """Run ``zcat FILE | lrcontrol run CONFIG`` to its end."""
    with subprocess.Popen(["zcat", stream.path], stdout=subprocess.PIPE) as zcat:
        assert zcat.stdout is not None
        daemon = _start(config, zcat.stdout)
        zcat.stdout.close()  # the daemon's alone now: zcat is told when it ends
        out, err = _outputs(daemon)
    return Ended(stream, daemon.returncode, out, err)


def terminate(stream: Stream, config: Path) -> Ended:
    """Write half of the stream to the daemon, send SIGTERM, and go on writing."""
    content = _content(stream)
    half = len(content) // 2
    daemon = _start(config, subprocess.PIPE)
    assert daemon.stdin is not None
    with suppress(BrokenPipeError):  # it ended already: its exit code tells
        daemon.stdin.write(content[:half])
    sent = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    out, err = _outputs(daemon, content[half:])
    return Ended(stream, daemon.returncode, out, err, time.monotonic() - sent)


def _start(config: Path, stdin: Any) -> subprocess.Popen[bytes]:
    command, pipe = [*LRCONTROL, "run", str(config)], subprocess.PIPE
    return subprocess.Popen(command, stdin=stdin, stdout=pipe, stderr=pipe)


def _outputs(daemon: subprocess.Popen[bytes], rest: bytes | None = None) -> tuple[str, str]:
    try:
        out, err = daemon.communicate(rest, PATIENCE)
    except subprocess.TimeoutExpired:
        daemon.kill()
        out, err = daemon.communicate()
    return out.decode(), err.decode()


def faults(ended: Ended) -> Iterator[str]:
    """Say what is not as it must be."""
    stream, figures = ended.stream, ended.figures()
    if ended.code != 0:
        yield f"exit {ended.code}"
    if not figures:
        last = ended.err.strip().splitlines()[-1:] or ["it said nothing"]
        yield f"no summary: {last[0][:300]}"
        return
    read, learned, rejected = (int(figures[title]) for title in ("read", "learned", "rejected"))
    if learned + rejected != read:
        yield f"{learned} learned and {rejected} rejected of {read}"
    if ended.stopping is None:
        if read != min(stream.rows, stream.limit or stream.rows):
            yield f"{read} rows read of {stream.rows}"
        if not figures["state"].startswith("ended"):
            yield figures["state"]
        return
    if not (0 < learned < stream.rows and figures["state"].startswith("stopped")):
        yield f"{figures['state']} after {learned} records, not stopped in the middle"
    if ended.stopping > STOP_WITHIN:
        yield f"took more than {STOP_WITHIN:g} s to stop"
