"""The streams that benchmarks measure on, as arrays: a folder's, or those that River bundles."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from river import datasets

from lrcontrol.kernels import Scaled, Scaler

#: Rows of a stream that count, from its first.
ROWS = 50_000
#: Levels of a categorical column that get a column of their own; later ones share one.
LEVELS = 50
VIEWS = ("scaled", "raw")
#: River's bundled sets with a number or a class to predict, and records that are features.
BUNDLED = {
    "airline_passengers": ("regression", datasets.AirlinePassengers),
    "chick_weights": ("regression", datasets.ChickWeights),
    "trump_approval": ("regression", datasets.TrumpApproval),
    "water_flow": ("regression", datasets.WaterFlow),
    "bananas": ("binary", datasets.Bananas),
    "phishing": ("binary", datasets.Phishing),
    "shuttle": ("binary", datasets.Shuttle),
    "image_segments": ("multiclass", datasets.ImageSegments),
}
#: Period of the second feature that stands for a timestamp: hours of a day.
DAY = 24


class Problem(NamedTuple):
    """A stream, encoded: ``x`` (n, d), ``y`` (n): numbers, 0 and 1, or 0, 1, ... classes - 1.

    ``drift`` is what is known of how the world changes in it.
    """

    name: str
    task: Any
    x: np.ndarray
    y: np.ndarray
    classes: int
    drift: str = "not known"

    def head(self, rows: int) -> Problem:
        """Return the first rows as a problem of their own."""
        return self._replace(x=self.x[:rows], y=self.y[:rows])

    def view(self, view: str) -> Scaled:
        """Return the records as they are predicted and as they are learned."""
        return Scaler(self.x.shape[1]).learn(self.x) if view == "scaled" else Scaled(self.x, self.x)

    def digest(self) -> str:
        """Return a digest of all there is to learn."""
        parts = [self.task.encode(), repr(self.x.shape).encode(), self.x.tobytes()]
        return hashlib.sha256(b"\0".join([*parts, self.y.tobytes()])).hexdigest()


def from_folder(folder: Path, limit: int, only: Sequence[str] = ()) -> Iterator[Problem]:
    """Yield the streams of a folder's ``manifest.yaml``: gzipped CSV, header, the target last."""
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    for name, story in manifest["streams"].items():
        if only and name not in only:
            continue
        with gzip.open(folder / story["file"], "rt", newline="") as lines:
            reader = csv.reader(lines)
            header = next(reader)[:-1]
            rows = islice(reader, min(limit, ROWS))
            columns = dict(zip([*header, "y"], zip(*rows, strict=True), strict=True))
        target = columns.pop("y")
        problem = encode(name, story["task"], columns, target, set(story.get("categorical") or ()))
        yield problem._replace(drift=_known(story.get("known_drift", "")))


def _known(story: str) -> str:
    """Return in a word what the manifest says; every stream's own story would be its own group."""
    if not story:
        return "not known"
    return "none known" if story.startswith("none") else "known"


def bundled(limit: int, only: Sequence[str] = ()) -> Iterator[Problem]:
    """Yield the sets that come with River: nothing is downloaded."""
    for name, (task, dataset) in BUNDLED.items():
        if only and name not in only:
            continue
        records = list(islice(dataset(), min(limit, ROWS)))
        rows = [_timeless(i, x) for i, (x, _) in enumerate(records)]
        columns = {key: tuple(row[key] for row in rows) for key in rows[0]}
        words = {key for key, values in columns.items() if isinstance(values[0], str)}
        yield encode(name, task, columns, tuple(y for _, y in records), words)


def _timeless(i: int, x: dict[str, Any]) -> dict[str, Any]:
    """Put the row's number and hour where a timestamp, which no linear model takes, was."""
    row = {key: value for key, value in x.items() if not isinstance(value, datetime)}
    return row if len(row) == len(x) else row | {"row": i, "hour": i % DAY}


def encode(
    name: str, task: str, columns: dict[str, Sequence[Any]], target: Sequence[Any], words: set[str]
) -> Problem:
    """Return the problem: categorical columns one-hot in order of first appearance.

    The classes are the sorted labels, all known from the start; of two, the second is 1.
    """
    parts = [
        _one_hot(values) if key in words else [np.array(values, float)]
        for key, values in columns.items()
    ]
    x = np.ascontiguousarray(np.column_stack([column for part in parts for column in part]))
    if task == "regression":
        return Problem(name, task, x, np.array(target, float), 0)
    labels = {label: float(i) for i, label in enumerate(sorted(set(target)))}
    return Problem(name, task, x, np.array([labels[label] for label in target]), len(labels))


def _one_hot(values: Sequence[str]) -> list[np.ndarray]:
    seen = {level: i for i, level in enumerate(dict.fromkeys(values))}
    codes = np.minimum([seen[value] for value in values], LEVELS)
    return [(codes == i).astype(float) for i in range(min(len(seen), LEVELS + 1))]
