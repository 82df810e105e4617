"""Loops of every kind over streams that can be made again, and a process that takes one over."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from river import drift, ensemble, facto, linear_model, metrics, optim, preprocessing, tree

from lrcontrol import Loop, Record
from lrcontrol.control import PID, Bank, BoldDriver, Limits, Mixture, Plateau, Race, Trace

RECORDS = 600

MODELS: dict[str, Callable[[], Any]] = {
    "plain": lambda: preprocessing.StandardScaler() | linear_model.LinearRegression(optim.SGD()),
    "machine": lambda: preprocessing.StandardScaler() | facto.FMRegressor(seed=3),
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
#: Controllers that decide on each record, by what they are tried on.
EACH: dict[str, tuple[str, Callable[[], Any]]] = {
    "bank": ("linear", Bank),
    "bank of classes": ("softmax", Bank),
    "trace": ("plain", Trace),
    "race": ("tree", Race),
    "mixture": ("logistic", Mixture),
    "machine": ("machine", Trace),
}
#: In plain Python too: a limit keeps the trace out of its kernel.
LIMITED = ("trace limited", "plain", Limits(low=1e-5, high=1.0))
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


def cases() -> list[tuple[str, str]]:
    """Return every model with every controller that it is tried with."""
    steered = [(m, c) for m in MODELS if m not in ("plain", "machine") for c in CONTROLLERS]
    return [
        *steered,
        *((model, name) for name, (model, _) in EACH.items()),
        (LIMITED[1], LIMITED[0]),
    ]


def loop(model: str, controller: str) -> Loop:
    """Return a fresh loop."""
    limits = LIMITED[2] if controller == LIMITED[0] else None
    kind = CONTROLLERS.get(controller) or (EACH[controller][1] if not limits else Trace)
    return Loop(
        MODELS[model](),
        kind(),
        limits=limits,
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
        "rate": found.status.rate.hex(),
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
