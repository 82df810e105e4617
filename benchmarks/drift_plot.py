"""The loss around an abrupt change of the world, as a picture for the README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import followers
import numpy as np
from drift import as_good_as_can_be
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from synthetic import LENGTH, make

#: Streams that each line is a mean of: their noise would hide what is shown.
SEEDS = 20
#: Rows before and after the change that are shown, and over which a line is averaged.
BEFORE, AFTER, SMOOTH = 160, 800, 20
#: Inches at 100 dots: 800 pixels wide.
SIZE = (8.0, 3.9)
INK, GREY, RULE = "#222222", "#666666", "#dddddd"
#: Okabe and Ito's colours, told apart by everybody; what is ours is heavier.
STYLES = {
    "mixture": ("mixture", "#0072b2", 2.4),
    "trace": ("trace controller", "#d55e00", 2.4),
    followers.BEST: ("best fixed rate,\nin hindsight", "#444444", 1.3),
    "river default": ("River's default,\nSGD at 0.01", "#999999", 1.3),
}
TITLES = {"regression": "Predicting a number", "multiclass": "Telling four classes apart"}
TICKS = {"regression": (1, 2, 5, 10, 20, 50), "multiclass": (1, 1.5, 2, 3, 4)}
#: Names inside an SVG come from it, so that the same lines give the same file.
SALT = "lrcontrol"


def draw(path: Path) -> None:
    """Write the picture to ``path``, whose name ends in ``.png`` or ``.svg``."""
    with rc_context({"svg.hashsalt": SALT, "font.size": 9.5, "text.color": INK}):
        figure = Figure(figsize=SIZE, dpi=100, facecolor="white")
        figure.subplots_adjust(left=0.06, right=0.845, bottom=0.13, top=0.79, wspace=0.16)
        left, right = figure.subplots(1, 2)
        panel(left, "regression")
        label(right, panel(right, "multiclass"))
        figure.text(0.02, 0.945, "The world changes: how fast does the model follow?", size=13)
        under = (
            "Loss, in that of a model that knows only the present world, at the rate best for it"
        )
        figure.text(0.02, 0.88, under, size=9.5, color=GREY)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def curves(task: str) -> dict[str, np.ndarray]:
    """Return, around the change, each model's loss in that of the best for its stretch of rows."""
    half, totals, best = LENGTH // 2, {}, np.zeros(LENGTH)
    for seed in range(1, SEEDS + 1):
        problem = make("abrupt", task, LENGTH, seed)
        records = problem.view("scaled")
        stretches = ((0, half), (half, LENGTH))
        best += np.concatenate([as_good_as_can_be(problem, records, *s) for s in stretches])
        for name, run in followers.present().items():
            if name in STYLES:
                mean = run(problem, records).mean(axis=1)
                totals[name] = totals.get(name, 0.0) + mean
    return {name: _around(total) / _levels(best) for name, total in totals.items()}


def _around(values: np.ndarray) -> np.ndarray:
    """Return means over ``SMOOTH`` rows, none of which reaches over the change."""
    half = LENGTH // 2
    return values[half - BEFORE : half + AFTER].reshape(-1, SMOOTH).mean(axis=1)


def _levels(best: np.ndarray) -> np.ndarray:
    """Return the level of the best model, before and after, from the later half of each stretch.

    The first rows of a stream, whose scaler is young, would lift it.
    """
    old, new = (part[len(part) // 2 :].mean() for part in np.split(best, 2))
    return np.repeat([old, new], [BEFORE // SMOOTH, AFTER // SMOOTH])


def panel(axes: Any, task: str) -> dict[str, float]:
    """Draw one task; return where each line ends."""
    lines = curves(task)
    rows = (np.arange(BEFORE // SMOOTH + AFTER // SMOOTH) - BEFORE // SMOOTH + 0.5) * SMOOTH
    for name, (_, colour, width) in reversed(STYLES.items()):
        if name in lines:
            axes.plot(rows, lines[name], color=colour, lw=width, solid_joinstyle="round")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(FixedLocator(TICKS[task]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}\u00d7"))
    axes.set_xlim(-BEFORE, AFTER)
    axes.set_title(TITLES[task], loc="left", size=10, color=INK)
    axes.set_xlabel("rows since the change", color=GREY)
    axes.axvline(0.0, color=GREY, lw=0.8, ls=(0, (2, 2)), zorder=0)
    axes.grid(axis="y", color=RULE, lw=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=GREY)
    for side in axes.spines.values():
        side.set_visible(False)
    return {name: float(line[-1]) for name, line in lines.items()}


def label(axes: Any, ends: dict[str, float]) -> None:
    """Write each line's name at its right."""
    low, high = np.log(axes.get_ylim())
    place = -np.inf
    for name in sorted(ends, key=lambda name: ends[name]):
        text, colour, _ = STYLES[name]
        place = max(place, (np.log(ends[name]) - low) / (high - low))
        axes.text(1.02, place, text, color=colour, transform=axes.transAxes, va="center", size=9)
        place += 0.1 + 0.06 * text.count("\n")
