"""What people use today, on the same rows: River's optimizers as they come, and Vowpal Wabbit.

All against ``hard_clamped``, the best of four optimizers and 33 rates, and scored by the same
losses, without a clamp of ours. River's linear models with SGD, Adam and AdaGrad, each at the rate
it has when nobody chooses one (0.01, 0.1, 0.1), and the intercept's own default of 0.01. Vowpal
Wabbit (``pip install vowpalwabbit``) through its Python workspace and its text format, as it comes
and with ``--coin``, one pass; logistic loss for two classes, one against all with probabilities for
more. Its prediction is from before it learns the row. Where the records are scaled it sees them
with the row's own statistics for both, which favours it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
from oracles import Figures
from outcomes import Outcome, excess
from problems import Problem
from rivals import BLOCK, bare, linear, records
from river import optim

from lrcontrol.kernels import losses

#: Least probability that is scored.
LEAST = 1e-15

Run = Callable[[Problem, str], tuple[np.ndarray, float]]

FLAGS = {
    "regression": "",
    "binary": "--loss_function logistic",
    "multiclass": "--loss_function logistic --probabilities --oaa",
}


def river_default(optimizer: Callable[[], Any], problem: Problem, view: str) -> Any:
    """Return the scores of River's model with this optimizer as it comes, and the CPU seconds."""
    model = linear(problem, optimizer())
    score = _score(problem.task, model)
    names = [str(j) for j in range(problem.x.shape[1])]
    before, after = problem.view(view)
    scores, seconds = [], 0.0
    for i in range(0, len(before), BLOCK):  # dictionaries of all rows would be a gigabyte
        old = [dict(zip(names, x, strict=True)) for x in before[i : i + BLOCK].tolist()]
        new = [dict(zip(names, x, strict=True)) for x in after[i : i + BLOCK].tolist()]
        labels = [_label(problem.task, y) for y in problem.y[i : i + BLOCK].tolist()]
        began = time.thread_time()
        for a, b, y in zip(old, new, labels, strict=True):
            scores.append(score(a, y))
            model.learn_one(b, y)
        seconds += time.thread_time() - began
    return np.array(scores), seconds


def _label(task: str, y: float) -> Any:
    return {"regression": float, "binary": bool, "multiclass": int}[task](y)


def _score(task: str, model: Any) -> Callable[[dict[Any, float], Any], float]:
    """Return what writes a prediction as the kernels do.

    A number; log odds of 1; or the log probability of the row's class.
    """

    def odds(x: dict[Any, float], _: Any) -> float:
        p = model.predict_proba_one(x)
        return math.log(max(p[True], LEAST)) - math.log(max(p[False], LEAST))

    def own(x: dict[Any, float], y: Any) -> float:
        return math.log(max(model.predict_proba_one(x).get(y, 0.0), LEAST))

    def number(x: dict[Any, float], _: Any) -> float:
        return float(model.predict_one(x))

    return {"regression": number, "binary": odds, "multiclass": own}[task]


def vowpal(flags: str, problem: Problem, view: str) -> tuple[np.ndarray, float]:
    """Return Vowpal Wabbit's scores, and the CPU seconds of reading its text and learning."""
    shape = FLAGS[problem.task] + (f" {problem.classes}" if problem.task == "multiclass" else "")
    workspace = import_module("vowpalwabbit").Workspace(f"--quiet {shape} {flags}")
    lines = list(_lines(problem, view))
    scores, began = np.empty(len(lines)), time.thread_time()
    for t, line in enumerate(lines):
        example = workspace.parse(line)
        workspace.learn(example)
        if problem.task == "multiclass":
            scores[t] = math.log(max(example.get_scalars()[int(problem.y[t])], LEAST))
        else:
            scores[t] = example.get_simplelabel_prediction()
        workspace.finish_example(example)
    seconds = time.thread_time() - began
    workspace.finish()
    return scores, seconds


def _lines(problem: Problem, view: str) -> Iterator[str]:
    """Yield the rows as Vowpal Wabbit's text: classes from 1, or -1 and 1; zeros left out."""
    for x, y in zip(problem.view(view).after.tolist(), problem.y.tolist(), strict=True):
        label = {"regression": y, "binary": 2 * int(y) - 1, "multiclass": int(y) + 1}[problem.task]
        yield f"{label} | " + " ".join(f"{j}:{value!r}" for j, value in enumerate(x) if value)


PEERS: dict[str, Run] = {
    "river SGD 0.01": partial(river_default, optim.SGD),
    "river Adam 0.1": partial(river_default, optim.Adam),
    "river AdaGrad 0.1": partial(river_default, optim.AdaGrad),
    "vw": partial(vowpal, ""),
    "vw --coin": partial(vowpal, "--coin"),
}


def present() -> list[str]:
    """Return the peers that are installed."""
    return [name for name in PEERS if not name.startswith("vw") or find_spec("vowpalwabbit")]


def edition(name: str) -> str:
    """Return the version of the package behind a peer."""
    return version("vowpalwabbit" if name.startswith("vw") else "river")


def peer(name: str, problem: Problem, view: str, oracle: Figures) -> list[Outcome]:
    """Return the outcome of a peer. Its time is measured raw, since no scaler of its own runs."""
    scores, seconds = PEERS[name](problem, view)
    mean = losses(problem.task, scores[:, None], problem.y).mean()
    bad = int(np.count_nonzero(~np.isfinite(scores)))
    ratio = seconds / bare(problem, view, records(problem)) if view == "raw" else None
    return [Outcome(name, excess(mean, oracle["hard_clamped"]), bad, ratio)]
