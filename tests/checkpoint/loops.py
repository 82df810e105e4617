"""Loops of every kind over streams that can be made again, and a process that takes one over."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from river import drift, ensemble, linear_model, metrics, optim, preprocessing, tree

from lrcontrol import Loop, Record
from lrcontrol.control import PID, BoldDriver, Plateau

RECORDS = 600

MODELS: dict[str, Callable[[], Any]] = {
    "linear": lambda: preprocessing.StandardScaler() | linear_model.LinearRegression(optim.Adam()),
    "logistic": lambda: preprocessing.StandardScaler() | linear_model.LogisticRegression(),
    "softmax": lambda: (
        preprocessing.StandardScaler() | linear_model.SoftmaxRegression(optim.RMSProp())
    ),
    "tree": lambda: tree.HoeffdingTreeRegressor(
        grace_period=50, leaf_model=linear_model.LinearRegression()
    ),
    "bagging": lambda: ensemble.BaggingRegressor(
        preprocessing.MinMaxScaler() | linear_model.LinearRegression(), n_models=3, seed=7
    ),
}
CONTROLLERS: dict[str, Callable[[], Any]] = {
    "bold_driver": BoldDriver,
    "pid": PID,
    "plateau": Plateau,
}
TARGETS: dict[str, Callable[[float, float], Any]] = {
    "logistic": lambda a, b: a + b > 0,
    "softmax": lambda a, b: ("low", "middle", "high")[(a > 0) + (b > 1)],
}


def stream(model: str, records: int = RECORDS) -> list[Record]:
    """Return the records for a model; the same in every process."""
    rng = random.Random(11)
    target = TARGETS.get(model, lambda a, b: 2 * a - b)
    pairs = [(rng.gauss(0, 1), rng.gauss(0, 2)) for _ in range(records)]
    kinds = ("red", "green", "blue")
    return [
        Record({"a": a, "b": b, f"is {kinds[i % 3]}": 1.0}, target(a, b))
        for i, (a, b) in enumerate(pairs)
    ]


def loop(model: str, controller: str) -> Loop:
    """Return a fresh loop."""
    return Loop(
        MODELS[model](),
        CONTROLLERS[controller](),
        initial_rate=0.05,
        period=16,
        detector=drift.ADWIN(),
        metrics=[metrics.MAE()] if model not in TARGETS else [metrics.Accuracy()],
    )


def outcome(found: Loop, records: list[Record]) -> dict[str, Any]:
    """Return everything that must be equal: predictions, state and counters, to the last bit."""
    from lrcontrol.checkpoint import exact, state

    return {
        "predictions": exact.dumps([found.predict_one(r.x) for r in records[-50:]]),
        "state": state.digest(found, skip=["_path"]),
        "counters": repr(found.status),
        "rate": found.gain.rate.hex(),
    }


def main(folder: Path, start: int) -> None:
    """Take over every loop in a folder, learn the rest, print the outcomes as a pickle."""
    from lrcontrol.checkpoint import unpickling

    outcomes = {}
    for path in folder.iterdir():
        found, records = unpickling.loads(path.read_bytes()), stream(path.stem)
        found.learn(records[start:])
        outcomes[path.name] = outcome(found, records)
    sys.stdout.buffer.write(pickle.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
