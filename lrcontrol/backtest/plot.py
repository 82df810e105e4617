"""A backtest as a picture: loss against the rate held or started from, and how the rate went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import colormaps, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrcontrol.backtest.labels import Label, at_right, short
from lrcontrol.backtest.report import Backtest
from lrcontrol.backtest.runs import Result
from lrcontrol.terminal.figures import clean

#: Inches: twice as wide as a README shows it, at 160 dots an inch.
SIZE = (10.0, 4.2)
DPI = 160
TEXT, SMALL = 9.5, 8.5
INK, GREY, PALE = "#222222", "#777777", "#bbbbbb"
#: Vermilion of Okabe and Ito, told apart from greys and from viridis by everybody.
OTHER = "#d55e00"
#: Starts in order of size take viridis from its dark end to here; beyond it is too pale on white.
PALEST = 0.78
#: Losses shown, in the best fixed rate's or no skill's: a diverged one would flatten the others.
TALLEST = 50.0
#: Marks what diverged or is above everything shown.
BEYOND = "^"
#: The names inside an SVG come from it, so that the same backtest gives the same file.
SALT = "lrcontrol"
#: Room above and below the rates, as a factor.
APART = 2.0
#: Height of two lines of text, in that of the axes.
TWO_LINES = 0.13
#: Room above and below what is shown, as a factor.
MARGIN = 1.12


def draw(backtest: Backtest, path: Path) -> None:
    """Write the picture to ``path``, whose name ends in ``.png`` or ``.svg``.

    Needs matplotlib (the extra ``plot``). Raises OSError where the file cannot be written.
    """
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
    figure.subplots_adjust(left=0.06, right=0.915, bottom=0.135, top=0.885, wspace=0.5)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    colors = _colors(backtest.steered)
    _losses(left, backtest, colors)
    _rates(right, backtest, colors)
    with rc_context({"svg.hashsalt": SALT}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _colors(rows: Sequence[Result]) -> list[Any]:
    return [colormaps["viridis"](PALEST * i / max(len(rows) - 1, 1)) for i in range(len(rows))]


def _losses(axes: Any, backtest: Backtest, colors: Sequence[Any]) -> None:
    many = len(backtest.recorded.records)
    title = f"Loss on {many:,} records of {clean(backtest.recorded.origin)}"
    _bare(axes, title, "rate held, or started from")
    low, high = _range(backtest)
    axes.set_ylim(low, high)
    _curve(axes, backtest, high)
    clamped = backtest.clamped
    xs, ys = [row.start for row in clamped], [_within(row, high * MARGIN) for row in clamped]
    axes.plot(xs, ys, color=PALE, linewidth=1.4, zorder=1)
    ends = [Label("no skill", backtest.no_skill, GREY)]
    axes.axhline(backtest.no_skill, color=PALE, linewidth=1, linestyle=(0, (1, 2)))
    ends += [Label("held fixed", _within(row, high), GREY) for row in backtest.hindsight[-1:]]
    ends += [Label("same, clamped", _within(row, high), GREY) for row in clamped[-1:]]
    ends += _others(axes, backtest, high)
    ends += _points(axes, backtest, colors, high)
    _decades(axes.xaxis)
    _few(axes.yaxis, high / low)
    at_right(axes, ends, SMALL)


def _curve(axes: Any, backtest: Backtest, high: float) -> None:
    """Draw loss against fixed rate, and name the best."""
    rows, best = backtest.hindsight, backtest.best
    xs = [row.start for row in rows]
    shown = [_within(row, high * MARGIN) for row in rows]
    axes.plot(xs, shown, color=GREY, linewidth=1.4, marker="o", markersize=2.6, zorder=2)
    if best is None:
        return
    axes.plot([best.start], [best.loss], marker="o", markersize=9, color=INK, fillstyle="none")
    axes.annotate(
        f"best fixed rate\n{short(best.began)}",
        (best.start, _room_below(axes, backtest, best.loss)),
        xytext=(0, -9),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=SMALL,
        color=INK,
        zorder=2.5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
    )


def _room_below(axes: Any, backtest: Backtest, loss: float) -> float:
    """Return the height below which two lines of text hit no point: of ``loss``, or of what is."""
    low, high = axes.get_ylim()
    two_lines = (high / low) ** TWO_LINES
    near = [row.loss for row in backtest.steered if loss / two_lines < row.loss <= loss]
    return min(near, default=loss)


def _points(axes: Any, backtest: Backtest, colors: Sequence[Any], high: float) -> list[Label]:
    """Draw what the controller reached from each start; return its name at the last one."""
    rows = backtest.steered
    if not rows:
        return []
    ys = [_within(row, high) for row in rows]
    axes.plot([row.start for row in rows], ys, color=INK, linewidth=1.0, zorder=4)
    for row, y, color in zip(rows, ys, colors, strict=True):
        mark = BEYOND if y == high else "o"
        axes.plot([row.start], [y], marker=mark, markersize=7, color=color, zorder=5, clip_on=False)
    return [Label(backtest.controller, ys[-1], INK)]


def _others(axes: Any, backtest: Backtest, high: float) -> list[Label]:
    """Draw what is compared: a line over its starts, or at a height where it has none."""
    ends = []
    names = {(row.name, row.start if row.name == "fixed" else None) for row in backtest.compared}
    for name, rate in sorted(names, key=str):
        rows = [r for r in backtest.compared if r.name == name and rate in (None, r.start)]
        ys = [_within(row, high) for row in rows]
        xs = [row.start for row in rows if row.start is not None]
        if xs:
            axes.plot(xs, ys, color=OTHER, linewidth=0.9, marker="s", markersize=3.5, zorder=3)
        else:
            axes.axhline(ys[0], xmin=0.97, color=OTHER, linewidth=1.6)
        told = name if rate is None else f"{name} {short(rate)}"
        ends.append(Label(told, ys[-1], OTHER))
    return ends


def _within(row: Result, high: float) -> float:
    return min(row.loss, high) if row.counts else high


def _rates(axes: Any, backtest: Backtest, colors: Sequence[Any]) -> None:
    _bare(axes, f"Rate of {backtest.controller}", "records learned")
    ends = []
    for row, color in zip(backtest.steered, colors, strict=True):
        steps, held = zip(*row.path, strict=True)
        axes.plot(steps, held, color=color, linewidth=1.6, drawstyle="steps-post")
        ends.append(Label(f"from {short(row.began)}", held[-1], color))
    rates = [rate for row in backtest.steered for _, rate in row.path]
    if backtest.best is not None:
        rates.append(backtest.best.began)
        axes.axhline(backtest.best.began, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        ends.append(Label("best fixed", backtest.best.began, INK))
    axes.set_xlim(0, max(len(backtest.recorded.records), 1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.get_major_locator().set_params(nbins=5)
    _decades(axes.yaxis)
    axes.set_ylim(min(rates, default=1.0) / APART, max(rates, default=1.0) * APART)
    at_right(axes, ends, SMALL)


def _range(backtest: Backtest) -> tuple[float, float]:
    """Return the losses shown: from the best to a few times no skill."""
    losses = [row.loss for row in backtest.results if row.counts and row.loss > 0]
    known = [*losses, *([backtest.no_skill] if backtest.no_skill > 0 else [])] or [1.0]
    best = backtest.best.loss if backtest.best else 0.0
    usual = TALLEST * max(best, backtest.no_skill)
    low, high = min(known), min(max(known), usual) if usual > 0 else max(known)
    room = (high / low) ** 0.16 * MARGIN  # the name of the best rate is below it
    return low / room, high * MARGIN


def _bare(axes: Any, title: str, below: str) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(PALE)
    axes.set_title(title, loc="left", fontsize=TEXT + 1.5, color=INK, pad=12)
    axes.set_xlabel(below, fontsize=TEXT, color=INK)
    axes.tick_params(which="both", color=PALE, labelcolor=INK, labelsize=SMALL)
    axes.tick_params(which="minor", length=0)


def _decades(axis: Any) -> None:
    axis.axes.set_xscale("log") if axis.axis_name == "x" else axis.axes.set_yscale("log")
    axis.set_major_locator(LogLocator(numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_minor_formatter(NullFormatter())


def _few(axis: Any, ratio: float) -> None:
    """Scale in logs, with marks at round numbers also where it spans less than a decade."""
    axis.axes.set_yscale("log")
    subs = (1.0,) if ratio > 1e3 else (1.0, 2.0, 5.0) if ratio > 8 else (1, 1.5, 2, 3, 4, 5, 7)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
