"""Words at the ends of lines, moved apart where they would overlap, so that no legend is needed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

#: Height of a line of text in that of the letters.
LEADING = 1.25
#: Rates below are written with a power of ten.
SMALLEST = 1e-3
#: Points in an inch.
INCH = 72.0


class Label(NamedTuple):
    """A text, the height of what it names in data, and its colour."""

    text: str
    y: float
    color: Any


def short(rate: float) -> str:
    """Return a rate in few characters.

    >>> short(1e-5), short(0.1), short(3.1622776e-4)
    ('1e-5', '0.1', '3.16e-4')
    """
    text = f"{rate:.3g}" if rate >= SMALLEST else f"{rate:.2e}"
    digits, e, power = text.partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}" if e else text


def spread(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Return ``places`` moved until they are ``least`` apart, within ``low``..``high``.

    The moves are the smallest in the sum of their squares (pooled adjacent violators), but for
    those that the ends force. Order is kept; where there is no room for all, they go on below
    ``low``.

    >>> spread([5.0, 5.0, 1.0], least=2.0, low=0.0, high=7.0)
    [4.0, 6.0, 1.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    pools: list[list[float]] = []  # what each would be if all those below it took no room
    for rank, i in enumerate(order):
        pools.append([places[i] - rank * least])
        while len(pools) > 1 and fmean(pools[-2]) >= fmean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    spaced = [fmean(pool) for pool in pools for _ in pool]
    moved = list(places)
    for rank, i in enumerate(order):
        lowest, highest = low + rank * least, high - (len(order) - 1 - rank) * least
        moved[i] = min(max(spaced[rank] + rank * least, lowest), highest)
    return moved


def at_right(axes: Any, labels: Sequence[Label], size: float) -> None:
    """Write ``labels`` right of ``axes``, each as near to its height as the others allow."""
    if not labels:
        return
    to_pixels, box = axes.transData, axes.get_window_extent()
    low, high = axes.get_ylim()
    ys = [to_pixels.transform((1.0, min(max(label.y, low), high)))[1] for label in labels]
    least = LEADING * size * axes.figure.dpi / INCH
    for label, y in zip(labels, spread(ys, least, box.y0, box.y1), strict=True):
        axes.annotate(
            label.text,
            (1.0, (y - box.y0) / box.height),
            xycoords="axes fraction",
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=label.color,
            fontsize=size,
        )
