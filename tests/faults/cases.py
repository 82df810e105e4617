"""What is killed: sources, pipelines and controllers of a daemon, and the records it is given."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

SOURCES = {
    "file": "{type: file, path: INPUT}",
    "dataset": "{type: dataset, name: Phishing}",
    "stdin": "{type: lines, rewinds: true, journal: {path: JOURNAL}}",
}
SCALER = "{class: preprocessing.StandardScaler}"
LINEAR = f"[{SCALER}, {{class: linear_model.LinearRegression, optimizer: {{class: optim.SGD}}}}]"
ADAM = f"[{SCALER}, {{class: linear_model.LinearRegression, optimizer: {{class: optim.Adam}}}}]"
LOGISTIC = (
    f"[{SCALER}, {{class: linear_model.LogisticRegression, optimizer: {{class: optim.SGD}}}}]"
)
SOFTMAX = f"[{SCALER}, {{class: linear_model.SoftmaxRegression, optimizer: {{class: optim.SGD}}}}]"
TREE = (
    "[{class: tree.HoeffdingTreeRegressor, grace_period: 50, "
    "leaf_model: {class: linear_model.LinearRegression, optimizer: {class: optim.SGD}}}]"
)
#: Not a pipeline but a function that returns a model.
RAISING = "tests.faults.raising:model"
MACHINE = f"[{SCALER}, {{class: facto.FMRegressor, seed: 1}}]"


class Case(NamedTuple):
    """A source, a pipeline, a controller, and how many records there are."""

    source: str
    pipeline: str
    controller: str
    records: int = 2000
    more: str = ""


CASES: dict[str, Case] = {
    "linear": Case("file", LINEAR, "{type: bold_driver, factor_up: 1.1, patience: 3}"),
    "tree": Case("file", TREE, "{type: plateau}", 600),
    "softmax": Case("file", SOFTMAX, "{type: pid}"),
    "dataset": Case("dataset", LOGISTIC, "{type: pid}", 1250),
    "stdin": Case("stdin", LINEAR, "{type: bold_driver}"),
    "trace": Case("file", LINEAR, "{type: trace}"),
    "trace plain": Case("file", LINEAR, "{type: trace}", more="limits: {low: 1.0e-6, high: 10.0}"),
    "bank": Case("file", ADAM, "{type: bank}"),
    "bank softmax": Case("file", SOFTMAX, "{type: bank}"),
    "race": Case("file", TREE, "{type: race}", 300),
    "mixture": Case("file", LINEAR, "{type: mixture}"),
    "mixture dataset": Case("dataset", LOGISTIC, "{type: mixture}", 1250),
    "fixed": Case("file", SOFTMAX, "{type: fixed}"),
    "cosine": Case("file", LINEAR, "{type: cosine, t_0: 200}"),
    "warmup step": Case("dataset", LOGISTIC, "{type: warmup, then: {type: step}}", 1250),
    "raising": Case("file", RAISING, "{type: bold_driver}"),
    "auto machine": Case("file", MACHINE, "{type: auto}"),
}


def config(case: Case, folder: Path, kept: bool) -> str:
    """Return the YAML of a daemon in a folder, with checkpoints as often as they can be or none."""
    source = SOURCES[case.source].replace("INPUT", str(folder.parent / "input.ndjson"))
    keep = (
        f"checkpoint: {{dir: {folder / 'state'}, "
        "cadence: {records: 1, duty: 0.999}, retention: {hourly: 0}}\n"
    )
    model = "factory" if case.pipeline == RAISING else "pipeline"
    letters = f"dead_letters: {{path: {folder / 'letters.db'}}}\n"
    return (
        f"version: 1\nallow: [tests.faults.raising]\n"
        f"sources:\n  in: {source.replace('JOURNAL', str(folder / 'journal.db'))}\n"
        f"models:\n  m:\n    {model}: {case.pipeline}\n    controller: {case.controller}\n"
        f"    period: 16\n    metrics: []\n    {case.more}\n"
        f"{keep if kept else ''}{letters}http: {{listen: null}}\nlog: {{level: error}}\n"
    )


def write_input(path: Path, case: Case) -> None:
    """Write the records of a case: the same for the same case, lines that are no record among."""
    rng = random.Random(f"{case}")
    several = "Softmax" in case.pipeline
    with path.open("w") as out:
        for i in range(case.records):
            x = {name: rng.gauss(0, 1 + at) for at, name in enumerate("abc")}
            if i > 300:
                x[f"is {i % 3}"] = 1.0
            s = x["a"] - 0.5 * x["b"] + rng.gauss(0, 0.3)
            y: Any = ("low", "middle", "high")[(s > 0) + (s > 1)] if several else s
            if i % 97 == 5:
                x["a"] = 1e300  # refused by the guard
            out.write(json.dumps({**x, "y": y}) + "\n")
            if i % 131 == 7:
                out.write("no record\n")
