"""The tables that the benchmark of controllers prints."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from outcomes import Cell, Row, excesses, grouped
from problems import VIEWS

FIGURES = ("median", "p75", "p90", "worst")


def of_controllers(cells: Sequence[Cell], against: Mapping[str, str]) -> dict[str, Row]:
    """Print a line a controller and view, return the figures of each: both views, and each."""
    _head("controller", "  against")
    rows: dict[str, Row] = {}
    for name in dict.fromkeys(cell.outcome.controller for cell in cells):
        mine = [cell for cell in cells if cell.outcome.controller == name]
        rows[name] = excesses([cell.outcome for cell in mine])
        _line(name, rows[name], against.get(name, ""))
        views = [view for view in VIEWS if any(cell.view == view for cell in mine)]
        for view in views:
            label = f"{name} {view}"
            rows[label] = excesses([cell.outcome for cell in mine if cell.view == view])
            _line(f"  {view}", rows[label])
    return rows


def of_groups(cells: Sequence[Cell], names: Sequence[str]) -> dict[str, dict[str, Row]]:
    """Print a table of the groups for each of the controllers named, return all their figures."""
    every = dict.fromkeys(cell.outcome.controller for cell in cells)
    groups = {n: grouped([c for c in cells if c.outcome.controller == n]) for n in every}
    for name in names:
        _head(name)
        for group, row in groups.get(name, {}).items():
            _line(group, row)
    return groups


def of_problems(cells: Sequence[Cell], names: Sequence[str]) -> None:
    """Print the median over the starts of each controller named, for every problem and view."""
    print(f"\n{'median over starts':26}{'view':8}" + "".join(f"{name:>18}" for name in names))
    for problem, view in dict.fromkeys((cell.problem, cell.view) for cell in cells):
        print(f"{problem:26}{view:8}", end="")
        for name in names:
            found = [
                cell.outcome.excess
                for cell in cells
                if (cell.problem, cell.view, cell.outcome.controller) == (problem, view, name)
            ]
            print(f"{_short(statistics.median(found)) if found else '-':>18}", end="")
        print()


def _head(title: str, more: str = "") -> None:
    print(f"\n{title:26}" + "".join(f"{name:>10}" for name in FIGURES), end="")
    print(f"{'beat':>7}{'n':>6}{'nonfinite':>10}{'time':>8}{more}")


def _line(label: str, row: Row, more: str = "") -> None:
    cells = "".join(f"{_short(row[name]):>10}" for name in FIGURES)
    ratio = row["time_ratio"]
    print(f"{label:26}{cells}{row['beat']:7.0%}{row['n']:6.0f}{row['nonfinite']:10.0f}", end="")
    print(f"{'-' if ratio is None else f'{ratio:.2f}x':>8}  {more}".rstrip(), flush=True)


def _short(figure: float | None) -> str:
    """Return an excess as people read it: with a sign, and huge ones in powers of ten.

    >>> _short(-7.123), _short(253.4), _short(123456.0)
    ('-7.1', '+253.4', '+1e+05')
    """
    if figure is None:
        return "-"
    return f"{figure:+.1f}" if abs(figure) < 10_000 else f"{figure:+.0e}"
