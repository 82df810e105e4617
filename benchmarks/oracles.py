"""What the best fixed rate would have reached, in hindsight: the yardstick of every controller.

For each stream and view 33 rates of four optimizers learn side by side. The result is kept in a
folder under a digest of the stream, the protocol and the code and libraries that computed it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import river
from keep import closure, kept
from problems import Problem

from lrcontrol.kernels import OPTIMIZERS, Shadows, available, clamp, losses

#: Raised whenever a figure below comes to mean something else.
PROTOCOL = 1
RATES = 10.0 ** (-6.0 + np.arange(33) / 4.0)
#: The modules that compute the figures.
SOURCES = ("shadows", "scaler", "losses")
#: Records the running mean of the climatology looks back.
CLIMATE = 2000
#: What the label frequencies of the climatology add to each count.
PRIOR = 0.5

Figures = dict[str, float]


def oracles(problem: Problem, view: str, cache: Path) -> Figures:
    """Return the best losses and their rates, from the cache where they are in it."""
    code = closure(*(f"lrcontrol.kernels.{name}" for name in SOURCES))
    libraries = f"{PROTOCOL} {code} {river.__version__} {np.__version__} {available()}"
    depends = f"{problem.digest()} {view} {libraries}"
    figures: Figures = kept(
        cache, f"{problem.name}-{view}", depends, lambda: compute(problem, view)
    )
    return figures


def compute(problem: Problem, view: str) -> Figures:
    """Return ``climatology``, for each optimizer ``o_<name>``, ``o_<name>_rate`` and the same
    clamped, and over all of them ``hard_plain`` and ``hard_clamped``."""
    scaled = problem.view(view)
    figures = {"climatology": climatology(problem)}
    for optimizer in OPTIMIZERS:
        # The plain cross entropy: River's floor of 1e-15 under the probabilities that its gradient
        # sees changes two of 176 figures by 2 %, none of them the best of a stream.
        d, classes = problem.x.shape[1], problem.classes
        shadows = Shadows(problem.task, optimizer, RATES, d, classes, floor=0.0)
        scores = shadows.learn(*scaled, problem.y)
        name = f"o_{optimizer.lower()}"
        figures |= _best(name, losses(problem.task, scores, problem.y))
        clamped = clamp(scores, problem.y) if problem.task == "regression" else scores
        figures |= _best(f"{name}_clamped", losses(problem.task, clamped, problem.y))
    plain = min(figures[f"o_{name.lower()}"] for name in OPTIMIZERS)
    clamped_best = min(figures[f"o_{name.lower()}_clamped"] for name in OPTIMIZERS)
    return figures | {"hard_plain": plain, "hard_clamped": min(plain, clamped_best)}


def _best(name: str, loss: np.ndarray) -> Figures:
    means = loss.mean(axis=0)
    best = int(means.argmin())
    return {name: float(means[best]), f"{name}_rate": float(RATES[best])}


def climatology(problem: Problem) -> float:
    """Return the loss of predicting the running mean, or the label frequencies so far."""
    if problem.task != "regression":
        return _frequencies(problem)
    mean = total = 0.0
    for t, y in enumerate(problem.y.tolist(), start=1):
        total += (y - mean) ** 2
        mean += (y - mean) / min(t, CLIMATE)
    return total / len(problem.y)


def _frequencies(problem: Problem) -> float:
    counts = np.full(problem.classes, PRIOR)
    total = 0.0
    for label in problem.y.astype(int):
        total -= np.log(counts[label] / counts.sum())
        counts[label] += 1.0
    return total / len(problem.y)
