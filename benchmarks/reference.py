"""The published losses of a folder of streams, where they lie beside it, to be compared with."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from oracles import Figures
from outcomes import STARTS, Outcome, excess

Known = dict[str, str]

#: Columns of the prototypes that are shown, and what they are measured against.
PROTOTYPES = {
    "prototype trace": ("tracec_start", "o_sgd"),
    "prototype mixture": ("t8_start", "hard_clamped"),
}
NAMES = ("1e-5", "1e-3", "1e-1", "1e1")


def read(streams: Path | None) -> dict[tuple[str, str], Known]:
    """Return ``reference/oracles.csv`` by stream and view, empty where there is none."""
    folder = streams or os.environ.get("LRCONTROL_STREAMS")
    path = Path(folder).parent / "reference" / "oracles.csv" if folder else None
    if path is None or not path.exists():
        return {}
    with path.open(newline="") as lines:
        return {(row["stream"], row["view"]): row for row in csv.DictReader(lines)}


def deviation(where: str, figures: Figures, known: Known) -> tuple[float, str]:
    """Return the largest relative deviation of a loss from the reference, and which it is.

    Left out: losses above that of no skill. They come from runs that diverged, of which only the
    magnitude means anything.
    """
    worst = (0.0, "")
    for name, figure in figures.items():
        if name.endswith("_rate"):
            continue
        want = float(known[name])
        if want <= figures["climatology"]:
            worst = max(worst, (abs(figure / want - 1.0), f"{where} {name}"))
    return worst


def prototypes(known: Known, figures: Figures) -> list[Outcome]:
    """Return the outcomes of the prototypes."""
    return [
        Outcome(title, excess(float(known[column + name]), figures[yardstick]), 0, None, start)
        for title, (column, yardstick) in PROTOTYPES.items()
        for name, start in zip(NAMES, STARTS, strict=True)
    ]
