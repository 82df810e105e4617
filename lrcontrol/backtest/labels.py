"""Words at the ends of lines, moved apart where they would overlap, so that no legend is needed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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
    """Return ``places`` moved as little as is simple, ``least`` apart, within ``low``..``high``.

    Order is kept. Where there is no room for all, they go on below ``low``.

    >>> spread([5.0, 5.0, 1.0], least=2.0, low=0.0, high=6.0)
    [4.0, 6.0, 1.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [min(max(place, low), high) for place in places]
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + least)
    top = high
    for i in reversed(order):
        moved[i] = min(moved[i], top)
        top = moved[i] - least
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
