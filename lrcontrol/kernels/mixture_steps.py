"""What the members do with their weights: traces recalled, steps aimed and taken."""

from __future__ import annotations

import numpy as np

from lrcontrol.kernels import mixture_layout as at
from lrcontrol.kernels.ada_grad import EPS
from lrcontrol.kernels.arrays import Array
from lrcontrol.kernels.compiler import loops
from lrcontrol.kernels.mixture_record import project
from lrcontrol.kernels.rows import Integers

#: Keeps a division finite where a feature has had no gradient yet; adds nothing to any other sum.
TINY = 1e-300


def recall(
    taken: Integers, x: Array, now: float, lams: Array, classes: int, lanes: int,
    features: Array, memory: Array, out: Array,
) -> None:  # fmt: skip
    """Write the product of a record with the traces to ``out`` (traced lanes).

    Traces fade with every record, ``now`` being the count of them; those of a feature that records
    left out fade here, all at once.
    """
    for j, gap in zip(taken, now - 1.0 - features[taken, at.TOUCHED], strict=True):
        if gap > 0.0:
            fading = [float(lam) ** float(gap) for lam in lams[: len(out) // classes]]
            memory[j, 2 * lanes :] *= np.repeat(fading, classes)
    project(taken, x, memory, 2 * lanes, out)


@loops(recall)
def _recall(
    taken: Integers, x: Array, now: float, lams: Array, classes: int, lanes: int,
    features: Array, memory: Array, out: Array,
) -> None:  # fmt: skip
    for i in range(taken.shape[0]):
        j = taken[i]
        gap = now - 1.0 - features[j, at.TOUCHED]
        if gap > 0.0:
            lam = fading = 0.0
            for k in range(out.shape[0]):
                if lams[k // classes] != lam:
                    lam = lams[k // classes]
                    fading = lam**gap
                memory[j, 2 * lanes + k] *= fading
    project(taken, x, memory, 2 * lanes, out)


def aim(
    geometry: int, pace: float, taken: Integers, x: Array, g: Array, first: int,
    features: Array, memory: Array, move: Array, reach: Array,
) -> None:  # fmt: skip
    """Write a member's step per unit of rate and slope to ``move``, and its effect to ``reach``.

    ``g`` (classes): the member's slopes; ``first``: where in ``memory`` its sums of squared
    gradients G begin; ``move`` (entries, classes); ``reach`` (classes): what it adds to the output.

    - SGD: x.
    - AdaGrad: x / sqrt(G + eps), the intercept plain.
    - NAG: sqrt(t / N) x / (s sqrt(G)), s the largest |x| of the feature, N the sum of (x/s)^2 + 1
      (Ross, Mineiro and Langford 2013, "Normalized online learning").
    - IADA: x / sqrt(G), to be taken implicitly.
    """
    column = x[:, None]
    if geometry == at.SGD:
        move[:] = column
    else:
        gradient = column * g
        memory[taken, first : first + len(g)] += gradient * gradient
        sums = memory[taken, first : first + len(g)]
        if geometry == at.ADA_GRAD:
            move[:] = np.where(taken[:, None] > 0, column / np.sqrt(sums + EPS), column)
        elif geometry == at.NAG:
            peaks = features[taken, at.PEAK][:, None]
            move[:] = pace * column / (peaks * np.sqrt(sums) + TINY)
        else:
            move[:] = column / np.sqrt(sums + TINY)
    np.add.reduce(move * column, axis=0, out=reach) if len(g) > 1 else _in_order(move, x, reach)


def _in_order(move: Array, x: Array, reach: Array) -> None:
    """Sum up one column; numpy's ``reduce`` would add it pairwise."""
    reach[0] = np.add.accumulate(move[:, 0] * x)[-1] if len(x) else 0.0


@loops(aim)
def _aim(
    geometry: int, pace: float, taken: Integers, x: Array, g: Array, first: int,
    features: Array, memory: Array, move: Array, reach: Array,
) -> None:  # fmt: skip
    reach[:] = 0.0
    for i in range(x.shape[0]):
        j, value = taken[i], x[i]
        for c in range(g.shape[0]):
            step = value
            if geometry != at.SGD:
                gradient = value * g[c]
                memory[j, first + c] += gradient * gradient
                total = memory[j, first + c]
                if geometry == at.NAG:
                    step = pace * value / (features[j, at.PEAK] * np.sqrt(total) + TINY)
                elif geometry == at.IADA:
                    step = value / np.sqrt(total + TINY)
                elif j > 0:
                    step = value / np.sqrt(total + EPS)
            move[i, c] = step
            reach[c] += step * value


def advance(
    taken: Integers, move: Array, pull: Array, lam: float, w: int, s: int, memory: Array
) -> None:
    """Add ``move * pull`` to the weights from column ``w``, and to the traces from ``s``, faded."""
    step, classes = move * pull, len(pull)
    memory[taken, w : w + classes] += step
    memory[taken, s : s + classes] = lam * memory[taken, s : s + classes] + step


@loops(advance)
def _advance(
    taken: Integers, move: Array, pull: Array, lam: float, w: int, s: int, memory: Array
) -> None:
    for i in range(taken.shape[0]):
        j = taken[i]
        for c in range(pull.shape[0]):
            step = move[i, c] * pull[c]
            memory[j, w + c] += step
            memory[j, s + c] = lam * memory[j, s + c] + step
